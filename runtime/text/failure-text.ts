import type { RunSummary } from '../facts/report.ts';
import { withCode } from './error-text.ts';

/** Why a run counts as failed where there is only good and bad, with a name for the kind; undefined for a good one. */
export function failureOf(summary: RunSummary): { name: string; message: string } | undefined {
  const { status, error, error_code, streams } = summary;
  const said = (otherwise: string): string => withCode(error ?? otherwise, error_code);
  if (status === 'failed') return { name: 'RunFailed', message: said('The run failed.') };
  if (status === 'cancelled') return { name: 'RunCancelled', message: said('The run was stopped.') };
  if (status !== 'rejected') return undefined;
  const sum = (key: 'rejected' | 'read') => streams.reduce((total, stream) => total + stream[key], 0);
  const message = `${sum('rejected')} of ${sum('read')} rows were rejected, more than rejects.fail_above_percent allows.`;
  return { name: 'RowsRejected', message: withCode(message, 'too_many_rejects') };
}
