import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../contract/clock.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { WorkDatabase, type WorkOptions } from '../../duckdb/work-database.ts';
import { compact } from '../compact.ts';
import type { Hold } from './hold.ts';
import { holdStore } from './store.ts';
import { explainedRead } from './store-failure.ts';

/**
 * Has a command other than a run change a state store, in one transaction; `command` is who has it meanwhile. Throws
 * ConfigFailure where there is no store, and TransientFailure where a run has it.
 */
export async function alter<T>(
  at: StateAt,
  command: string,
  { clock, ...options }: WorkOptions & { readonly clock: Clock },
  change: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const work = await WorkDatabase.open(options);
  let hold: Hold | undefined;
  try {
    hold = await holdStore(work, at, { runId: command, now: clock.now(), make: false });
    const connection = await work.connect();
    await connection.run('begin');
    await hold.fence?.(connection);
    await compact(connection);
    const result = await change(connection);
    await hold.fence?.(connection);
    await connection.run('commit');
    return result;
  } catch (error) {
    throw explainedRead(error, at);
  } finally {
    await work.close();
    await hold?.release();
  }
}
