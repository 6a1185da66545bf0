import type { DuckDBConnection } from '@duckdb/node-api';
import { type StateAt, stateFile } from '../../contract/state-config.ts';
import { found, iso } from '../file/look.ts';
import { lakeHolder } from '../lake/lake-lock.ts';
import { stateTable } from '../schema.ts';
import { isHeld } from './is-held.ts';

/** A run that has streams of a store that several runs share. */
interface LeasedRun {
  readonly run_id: string;
  /** Its process, and the machine of that. */
  readonly holder: string;
  readonly since: string;
  /** `*` for all. */
  readonly streams: readonly string[];
}

/**
 * The runs that go on over a store on a server, oldest first: by their leases, or by the lock of a lake. The run that has a file is told
 * by the note beside it.
 */
export async function leasedRuns(at: StateAt, connection: DuckDBConnection): Promise<readonly LeasedRun[]> {
  if (typeof at === 'string' || stateFile(at) !== undefined) return [];
  if (at.type === 'postgres') return byLeases(connection);
  const holder = await lakeHolder(at);
  return holder === undefined ? [] : [{ ...holder, streams: ['*'] }];
}

async function byLeases(connection: DuckDBConnection): Promise<readonly LeasedRun[]> {
  const rows = await found(
    connection,
    `select run_id, holder, ${iso('min(taken_at)')} as since, list(stream order by stream) as streams
     from ${stateTable('leases')} where ${await isHeld(connection)} group by run_id, holder order by since, run_id`,
  );
  return rows as unknown as readonly LeasedRun[];
}
