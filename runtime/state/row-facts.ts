import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb/sql.ts';
import { fieldShown, type RunAbout } from '../facts/about.ts';
import { storedKey } from './asked-keys.ts';
import { everyRecord } from './compact.ts';
import { found, iso } from './file/look.ts';
import { keptRun } from './runs/kept-run.ts';
import { lastRuns } from './runs/past-runs.ts';
import { hasTable, stateTable } from './schema.ts';

/** What the state store knows of a row. */
interface RowFacts {
  /** Absent: no run has had an answer for it. */
  readonly known?: KnownRow;
  /** Newest first; the first one is that of `known`. */
  readonly outcomes: readonly PastOutcome[];
  /** What a person has decided of it; absent where nothing is. */
  readonly decision?: KeptDecision;
  /** A run was killed, or gave up, while it was about to write the row. */
  readonly is_intended: boolean;
  /** Primary keys of other rows of the stream with the same match key. */
  readonly rivals: readonly string[];
  /** Of the last run over the stream that came to its end. */
  readonly last_run?: LastRun;
  readonly streams: readonly string[];
}

interface KnownRow {
  readonly destination_id: string | null;
  readonly match_key: string | null;
  /** Field to value, as the destination confirmed it; fields as the mapping of the last run named them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly attempts: number | null;
}

interface KeptDecision {
  readonly decision: string;
  /** The record at the destination that it is about; null where it is about none. */
  readonly destination_id: string | null;
  readonly at: string;
  readonly run_id: string;
}

interface PastOutcome {
  readonly at: string;
  readonly run_id: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly message: string | null;
  /** The record at the destination that a rejection is about; null for every other outcome. */
  readonly destination_id: string | null;
}

interface LastRun {
  readonly run_id: string;
  readonly deferred_codes: Readonly<Record<string, number>>;
}

/** Looks a row up by its stream and its primary key. */
export async function rowFacts(connection: DuckDBConnection, stream: string, asked: string): Promise<RowFacts> {
  const key = await storedKey(connection, stream, asked);
  const named = `stream = ${literal(stream)} and primary_key = ${literal(key)}`;
  const [record] = await found(connection, `select * from (${everyRecord}) where ${named}`);
  const outcomes = await found(
    connection,
    `select ${iso('"at"')} as "at", run_id, outcome, code, message, case when outcome = 'rejected' then (
         select any_value(destination_id) from ${stateTable('rejects')} as logged where ${named} and logged.run_id = past.run_id)
       end as destination_id from (
       select 0 as age, settled_at as "at", run_id, outcome, code, message from (${everyRecord}) where ${named}
       union all by name select 1 as age, "at", run_id, outcome, code, message from ${stateTable('outcomes')} where ${named})
     as past order by age, past."at" desc`,
  );
  const intents = await found(connection, `select 1 from ${stateTable('intents')} where ${named} limit 1`);
  const [last] = await found(connection, `select run_id, report from (${lastRuns}) where stream = ${literal(stream)}`);
  const about = last && (await keptRun(connection, String(last['run_id'])))?.summary?.about;
  const streams = await found(connection, `select distinct stream from (${everyRecord}) order by stream`);
  const [decision] = (await hasTable(connection, 'decisions'))
    ? await found(
        connection,
        `select decision, destination_id, ${iso('"at"')} as "at", run_id from ${stateTable('decisions')} where ${named}`,
      )
    : [];
  const matchKey = record?.['match_key'] ?? null;
  const rivals =
    matchKey === null
      ? []
      : await found(
          connection,
          `select primary_key from (${everyRecord}) where stream = ${literal(stream)}
             and match_key = ${literal(String(matchKey))} and primary_key <> ${literal(key)} order by 1 limit 5`,
        );
  return {
    ...(record && {
      known: {
        destination_id: record['destination_id'] as string | null,
        match_key: record['match_key'] as string | null,
        values: shown(JSON.parse(String(record['values'] ?? '{}')), stream, about),
        attempts: record['attempts'] as number | null,
      },
    }),
    ...(decision && { decision: decision as unknown as KeptDecision }),
    outcomes: outcomes as unknown as readonly PastOutcome[],
    is_intended: intents.length > 0,
    rivals: rivals.map((rival) => String(rival['primary_key'])),
    ...(last && {
      last_run: {
        run_id: String(last['run_id']),
        deferred_codes: JSON.parse(String(last['report'])).deferred_codes,
      },
    }),
    streams: streams.map((row) => String(row['stream'])),
  };
}

const shown = (values: Readonly<Record<string, unknown>>, stream: string, about: RunAbout | undefined) =>
  Object.fromEntries(Object.entries(values).map(([field, value]) => [fieldShown(about, stream, field), value]));
