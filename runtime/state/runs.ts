import type { SentCall } from '../destination.ts';
import { OUTCOME_STATUSES, type OutcomeStatus } from '../outcome.ts';
import type { RunSummary } from '../report.ts';
import type { TableRow } from './tables.ts';

const nothing = Object.fromEntries(OUTCOME_STATUSES.map((status) => [status, null])) as Record<OutcomeStatus, null>;

/** A run that has begun, and of which nothing else is known if it is killed. */
export const runningRow = (runId: string, startedAt: number): TableRow<'runs'> => ({
  run_id: runId,
  status: 'running',
  started_at: startedAt,
  finished_at: null,
  retry_at: null,
  read: null,
  ...nothing,
  calls: null,
  summary: null,
});

/** A run that has ended. */
export function runRow(summary: RunSummary): TableRow<'runs'> {
  const { streams } = summary;
  const total = (key: OutcomeStatus | 'read') => streams.reduce((sum, stream) => sum + stream[key], 0);
  const counts = Object.fromEntries(OUTCOME_STATUSES.map((status) => [status, total(status)]));
  return {
    run_id: summary.run_id,
    status: summary.status,
    started_at: Date.parse(summary.started_at),
    finished_at: Date.parse(summary.finished_at),
    retry_at: summary.retry_at === null ? null : Date.parse(summary.retry_at),
    read: total('read'),
    ...(counts as Record<OutcomeStatus, number>),
    calls: Object.values(summary.calls).reduce((sum, count) => sum + count, 0),
    summary: JSON.stringify(summary),
  };
}

/** A request that was made. */
export const callRow = (
  runId: string,
  { request, action, status, startedAt, ms, attempt, records, fields }: SentCall,
): TableRow<'calls'> => ({
  run_id: runId,
  at: startedAt,
  endpoint: request,
  action: action ?? null,
  status: status ?? null,
  ms,
  attempt,
  records: records ?? null,
  fields: fields === undefined ? null : JSON.stringify(fields),
});
