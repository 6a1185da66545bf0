import { BIGINT, type DuckDBConnection, VARCHAR } from '@duckdb/node-api';
import { ConfigFailure } from '../../contract/failure.ts';
import type { StateAt } from '../../contract/state-config.ts';
import type { WorkOptions } from '../../duckdb/work-database.ts';
import type { RunAbout } from '../../facts/about.ts';
import type { ReportedCalls } from '../../facts/call-facts.ts';
import { CallFacts } from '../../facts/call-facts.ts';
import { changedShown } from '../../facts/changed-fields.ts';
import { quotaUse } from '../../facts/quota-use.ts';
import type { StreamReport } from '../../facts/report.ts';
import type { RunReport } from '../../facts/run-report.ts';
import { lookInto } from '../file/look.ts';
import { stateTable } from '../schema.ts';
import { storeName } from '../server/parameters.ts';
import { keptRun } from './kept-run.ts';
import { quotaStates } from './quota-windows.ts';
import { runNamed } from './run-named.ts';
import { earlierRuns } from './runs.ts';
import { storedRejects } from './stored-rejects.ts';

/** A run, and its state store. */
interface Asked {
  readonly path: StateAt;
  /** The beginning of its id is enough; absent: the last run. */
  readonly runId: string | undefined;
}

/** What a state store knows of a run. Throws ConfigFailure where there is no such store, or no such run. */
export const storedReport = (asked: Asked, options: WorkOptions): Promise<Omit<RunReport, 'program'>> =>
  lookInto(asked.path, options, async (connection) => {
    const { run, streams, about, isLast } = await storedRun(connection, asked);
    return {
      run,
      streams,
      about,
      changed: changedShown(await storedChanges(connection, run.id), about),
      rejects: await storedRejects(connection, run.id, streams),
      calls: await storedCalls(connection, run),
      quota: await storedQuota(connection, { ...run, isLast }),
      earlier: await earlierRuns(connection, run.id),
    };
  });

interface StoredRun {
  readonly run: RunReport['run'];
  readonly streams: readonly StreamReport[];
  readonly about: RunAbout | undefined;
  readonly isLast: boolean;
}

async function storedRun(connection: DuckDBConnection, { path, runId }: Asked): Promise<StoredRun> {
  const kept = await keptRun(connection, runId === undefined ? undefined : await runNamed(connection, runId));
  if (kept === undefined)
    throw new ConfigFailure(`The state store ${storeName(path)} knows no run yet.`, { code: 'no_report' });
  const { id, status, startedAt, finishedAt, summary, isLast } = kept;
  const said = { retryAt: summary?.retry_at ?? null, error: summary?.error, notices: summary?.notices };
  const run = { id, status, startedAt, finishedAt, ...said };
  return { run, streams: summary?.streams ?? [], about: summary?.about, isLast };
}

async function storedChanges(connection: DuckDBConnection, runId: string): Promise<RunReport['changed']> {
  const found = await connection.runAndReadAll(
    `select stream, field, count(*)::double from ${stateTable('changes')} where run_id = $1 group by all`,
    [runId],
    [VARCHAR],
  );
  return found.getRows().map(([stream, field, records]) => ({
    stream: String(stream),
    field: String(field),
    records: Number(records),
  }));
}

// The windows that a run began in were opened no earlier.
const longestWindowMs = 86_400_000;

/** Request by request, so that no run is too large. */
async function storedCalls(connection: DuckDBConnection, run: RunReport['run']): Promise<ReportedCalls> {
  const facts = new CallFacts(run.startedAt);
  const found = await connection.stream(
    `select endpoint, action, status, epoch_ms("at")::double, ms, attempt, records, fields
     from ${stateTable('calls')} where run_id = $1 or "at" between make_timestamp_ms($2) and make_timestamp_ms($3)
     order by "at"`,
    [run.id, BigInt(run.startedAt - longestWindowMs), BigInt(run.startedAt - 1)],
    [VARCHAR, BIGINT, BIGINT],
  );
  let last = run.startedAt;
  for await (const rows of found.yieldRows()) {
    for (const [endpoint, action, status, at, ms, attempt, records, fields] of rows) {
      last = Number(at);
      facts.add({
        request: String(endpoint),
        ...(action !== null && { action: String(action) }),
        ...(status !== null && { status: Number(status) }),
        startedAt: last,
        ms: Number(ms),
        attempt: Number(attempt),
        ...(records !== null && { records: Number(records) }),
        ...(fields !== null && { fields: JSON.parse(String(fields)) as string[] }),
      });
    }
  }
  return facts.until(run.finishedAt ?? last);
}

/** What is kept is how the windows stand now: the limits, and for the last run also how far they were used. */
async function storedQuota(
  connection: DuckDBConnection,
  { finishedAt, isLast }: RunReport['run'] & { readonly isLast: boolean },
): Promise<RunReport['quota']> {
  const uses = quotaUse(await quotaStates(connection), finishedAt ?? 0);
  return isLast && finishedAt !== undefined ? uses : uses.map(({ used: _, ...limit }) => limit);
}
