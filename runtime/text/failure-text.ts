import { rejectionText } from '../facts/ending.ts';
import type { RunSummary } from '../facts/report.ts';
import { withCode } from './error-text.ts';

/** Why a run counts as failed where there is only good and bad, with a name for the kind; undefined for a good one. */
export function failureOf(summary: RunSummary): { name: string; message: string } | undefined {
  const { status, error, error_code, streams } = summary;
  const said = (otherwise: string): string => withCode(error ?? otherwise, error_code);
  if (status === 'failed') return { name: 'RunFailed', message: said('The run failed.') };
  if (status === 'cancelled') return { name: 'RunCancelled', message: said('The run was stopped.') };
  if (status !== 'rejected') return undefined;
  const message = rejectionText(streams);
  return { name: 'RowsRejected', message: withCode(message, 'too_many_rejects') };
}
