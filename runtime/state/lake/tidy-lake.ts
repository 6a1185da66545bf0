import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf } from '../../contract/failure.ts';
import type { LakeState } from '../../contract/state-config.ts';
import { countOf, identifier, literal } from '../../duckdb/sql.ts';
import { CATALOG } from '../schema.ts';
import { explainedLake } from './lake-failure.ts';

// A checkpoint takes 0.6 s of CPU, however little there is to do (measured, DuckDB 1.5.5).
const manyCommits = 50;

/**
 * Brings what commits have left into few files, and takes away what is older than a day; after a run of few commits only where
 * there is such. It changes no row, so that a run does not fail by it. Returns why it could not be done; the next run does it then.
 */
export async function tidyLake(
  connection: DuckDBConnection,
  at: LakeState,
  commits: number,
): Promise<string | undefined> {
  try {
    if (commits < manyCommits && !(await isOld(connection))) return undefined;
    for (const option of ['expire_older_than', 'delete_older_than']) {
      await connection.run(`call ${identifier(CATALOG)}.set_option('${option}', '1 day')`);
    }
    // DuckLake does it over a connection to `memory`, which is detached where the source is a file.
    await connection.run(`attach if not exists ':memory:' as memory`);
    await connection.run(`checkpoint ${identifier(CATALOG)}`);
    return undefined;
  } catch (error) {
    return `${messageOf(explainedLake(error, at))} Nothing is lost: the run has kept everything in the catalogue.`;
  }
}

/** Whether there are snapshots that a checkpoint takes away. */
const isOld = async (connection: DuckDBConnection): Promise<boolean> =>
  (await countOf(
    connection,
    `from ducklake_snapshots(${literal(CATALOG)}) where snapshot_time < now() - interval '1 day'`,
  )) > 0;
