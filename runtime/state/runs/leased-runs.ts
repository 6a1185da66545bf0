import type { DuckDBConnection } from '@duckdb/node-api';
import { found, iso } from '../file/look.ts';
import { stateTable } from '../schema.ts';

/** A run that has streams of a store that several runs share. */
interface LeasedRun {
  readonly run_id: string;
  /** Its process, and the machine of that. */
  readonly holder: string;
  readonly since: string;
  /** `*` for all. */
  readonly streams: readonly string[];
}

/** The runs that go on, by their leases, oldest first. */
export async function leasedRuns(connection: DuckDBConnection): Promise<readonly LeasedRun[]> {
  const rows = await found(
    connection,
    `select run_id, holder, ${iso('min(taken_at)')} as since, list(stream order by stream) as streams
     from ${stateTable('leases')} where expires_at > now() at time zone 'UTC' group by run_id, holder order by since, run_id`,
  );
  return rows as unknown as readonly LeasedRun[];
}
