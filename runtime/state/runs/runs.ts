import { type DuckDBConnection, VARCHAR } from '@duckdb/node-api';
import type { SentCall } from '../../contract/destination.ts';
import { OUTCOME_STATUSES, type OutcomeStatus } from '../../contract/outcome.ts';
import type { RunAbout } from '../../facts/about.ts';
import type { RunSummary } from '../../facts/report.ts';
import type { EarlierRun } from '../../facts/run-report.ts';
import { nextPlace } from '../next-place.ts';
import { stateTable } from '../schema.ts';
import type { TableRow } from '../tables.ts';
import { isHeld } from './is-held.ts';

const nothing = Object.fromEntries(OUTCOME_STATUSES.map((status) => [status, null])) as Record<OutcomeStatus, null>;

/** A run that has begun; nothing else is known of it if it is killed. */
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
  place: nextPlace(startedAt),
});

/** The SQL of a condition: the run still has streams, by the leases of a store that several share. */
export const isAlive = async (connection: DuckDBConnection): Promise<string> =>
  `run_id in (select run_id from ${stateTable('leases')} where ${await isHeld(connection)})`;

/** Runs that have not ended were killed, but for those that go on. */
export async function markInterrupted(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `update ${stateTable('runs')} set status = 'interrupted' where status = 'running' and not (${await isAlive(connection)})`,
  );
}

/** A run that has ended. */
export function runRow(summary: RunSummary, about: RunAbout): TableRow<'runs'> {
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
    summary: JSON.stringify({ ...summary, about }),
    place: nextPlace(Date.parse(summary.finished_at)),
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

// As many as a person compares at a glance.
const earlierShown = 10;

/** The runs before one, the last one first. */
export async function earlierRuns(connection: DuckDBConnection, runId: string): Promise<readonly EarlierRun[]> {
  const found = await connection.runAndReadAll(
    `select run_id, status, epoch_ms(started_at)::double, epoch_ms(finished_at)::double, coalesce(read, 0)::double,
       coalesce(created + updated, 0)::double, coalesce(rejected, 0)::double, coalesce(deferred, 0)::double,
       coalesce(calls, 0)::double
     from ${stateTable('runs')} as earlier
     where started_at < (select max(started_at) from ${stateTable('runs')} where run_id = $1)
     order by started_at desc limit ${earlierShown}`,
    [runId],
    [VARCHAR],
  );
  return found.getRows().map(([id, status, startedAt, finishedAt, ...counts]) => {
    const [read = 0, written = 0, rejected = 0, deferred = 0, calls = 0] = counts.map(Number);
    const finished = finishedAt === null ? undefined : Number(finishedAt);
    const times = { startedAt: Number(startedAt), finishedAt: finished };
    return { id: String(id), status: String(status), ...times, read, written, rejected, deferred, calls };
  });
}
