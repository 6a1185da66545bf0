import type { RunSummary } from '../facts/report.ts';

/** Why a run counts as failed where there is only good and bad, with a name for the kind; undefined for a good one. */
export function failureOf({ status, error, streams }: RunSummary): { name: string; message: string } | undefined {
  if (status === 'failed') return { name: 'RunFailed', message: error ?? 'The run failed.' };
  if (status === 'cancelled') return { name: 'RunCancelled', message: error ?? 'The run was stopped.' };
  if (status !== 'rejected') return undefined;
  const sum = (key: 'rejected' | 'read') => streams.reduce((total, stream) => total + stream[key], 0);
  const message = `${sum('rejected')} of ${sum('read')} rows were rejected, more than rejects.fail_above_percent allows.`;
  return { name: 'RowsRejected', message };
}
