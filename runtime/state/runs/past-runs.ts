import type { DuckDBConnection } from '@duckdb/node-api';
import { OUTCOME_STATUSES, type OutcomeStatus } from '../../contract/outcome.ts';
import { type CallCount, costsOf, type FieldCost } from '../../facts/costs.ts';
import { found, iso } from '../file/look.ts';
import { stateTable } from '../schema.ts';
import { isAlive } from './runs.ts';

/** A run as the state store keeps it; of one that was killed, only when it began. */
type PastRun = {
  readonly run_id: string;
  /** `interrupted` for one that was killed. */
  readonly status: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly retry_at: string | null;
  readonly read: number | null;
  readonly calls: number | null;
  readonly error: string | null;
  /** The code of that; null where an older release has written it. */
  readonly error_code: string | null;
  /** Deferred rows whose records are there, and unfinished; null where that is not known. */
  readonly deferred_in_apollo: number | null;
} & { readonly [S in OutcomeStatus]: number | null };

const counts = ['read', ...OUTCOME_STATUSES, 'calls'].map((name) => `"${name}"::double as "${name}"`).join(', ');

/** The last runs, newest first. */
export async function pastRuns(connection: DuckDBConnection, limit: number): Promise<readonly PastRun[]> {
  const rows = await found(
    connection,
    // Whoever can look is alone with the file: a run that has not ended was killed, unless several runs share the store.
    `select run_id, case when status = 'running' and not (${await isAlive(connection)}) then 'interrupted' else status end as status, ${['started_at', 'finished_at', 'retry_at'].map((name) => `${iso(name)} as ${name}`).join(', ')},
       ${counts}, json_extract_string(summary, '$.error') as error,
       json_extract_string(summary, '$.error_code') as error_code,
       list_sum(cast(json_extract(summary, '$.streams[*].deferred_in_apollo') as double[])) as deferred_in_apollo
     from ${stateTable('runs')} order by runs.started_at desc, place desc limit ${limit}`,
  );
  return rows as unknown as readonly PastRun[];
}

/** What each field has cost in the last runs, in requests. */
export async function pastCosts(connection: DuckDBConnection, limit: number): Promise<readonly FieldCost[]> {
  const rows = await found(
    connection,
    `select endpoint as request, fields, count(*)::double as calls from ${stateTable('calls')}
     where run_id in (select run_id from ${stateTable('runs')} order by started_at desc, place desc limit ${limit})
     group by all`,
  );
  return costsOf(
    rows.map(({ request, fields, calls }): CallCount => {
      return { request: String(request), fields: JSON.parse(String(fields)), calls: Number(calls) };
    }),
  );
}

/** The SQL of the last run of its rows that came to an end, of each stream: `stream`, `run_id`, and `report` as JSON. */
export const lastRuns = `
  select json_extract_string(report, '$.name') as stream, max_by(run_id, place) as run_id,
    max_by(report, place) as report
  from (
    select run_id, (started_at, place) as place, unnest(cast(json_extract(summary, '$.streams') as json[])) as report
    from ${stateTable('runs')} where summary is not null)
  where json_extract_string(report, '$.mode') <> 'undo' group by 1`;
