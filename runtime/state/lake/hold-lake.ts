import { existsSync } from 'node:fs';
import { ConfigFailure, messageOf } from '../../contract/failure.ts';
import type { LakeState } from '../../contract/state-config.ts';
import { identifier } from '../../duckdb/sql.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import type { Hold, Holder } from '../file/hold.ts';
import { noStore } from '../file/no-store.ts';
import { explainedOpening, holdFileOf } from '../file/open-file.ts';
import { CATALOG, migrate, versionOf } from '../schema.ts';
import { attachLake } from './attach-lake.ts';
import { LakeLock } from './lake-lock.ts';
import { tidyLake } from './tidy-lake.ts';

/** Attaches a state store in a lake, for this run alone. It is made where there is none, and brought to the newest version. */
export async function holdLake(work: WorkDatabase, at: LakeState, holder: Holder): Promise<Hold> {
  const { path } = at;
  const hold =
    path === undefined
      ? await holdWithServer(work, at, holder)
      : await holdFileOf(work, { at, path, attach: () => attachFile(work, at, path) }, holder);
  let commits = 0;
  return {
    ...hold,
    committed: () => {
      commits += 1;
      hold.committed();
    },
    tidy: (connection) => tidyLake(connection, at, commits),
  };
}

async function attachFile(work: WorkDatabase, at: LakeState, path: string): Promise<void> {
  if (existsSync(path)) await requireCatalogue(work, path);
  await attachLake(work, at, 'read_write');
}

const LOOK = 'look/';

/** DuckLake would make a lake of any DuckDB file: of a state store that is one, for example. */
async function requireCatalogue(work: WorkDatabase, path: string): Promise<void> {
  await work.attachBeside(path, LOOK, { readOnly: true });
  const connection = await work.connect();
  try {
    const found = await connection.runAndReadAll(
      `select 1 from duckdb_tables() where database_name = '${LOOK}' and table_name = 'ducklake_metadata'`,
    );
    await connection.run(`detach ${identifier(LOOK)}`);
    if (found.getRows().length > 0) return;
  } finally {
    work.release(connection);
  }
  throw new ConfigFailure(
    `state.path: ${path} is a DuckDB file, and no catalogue of a DuckLake; choose another path. \`state copy\` brings what a store holds into a lake.`,
    { code: 'invalid_state' },
  );
}

/** As `holdLake`, where the catalogue is in PostgreSQL: whoever has its lock has the lake. */
async function holdWithServer(work: WorkDatabase, at: LakeState, { runId, make }: Holder): Promise<Hold> {
  const lock = await LakeLock.take(at, runId);
  try {
    if (!make) await requireStore(work, at);
    await attachLake(work, at, 'read_write');
    const connection = await work.connect();
    await migrate(connection, at).finally(() => work.release(connection));
    return {
      streams: undefined,
      fence: () => lock.ensureHeld(),
      committed: () => undefined,
      release: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function requireStore(work: WorkDatabase, at: LakeState): Promise<void> {
  if (!(await attachLakeToRead(work, at))) throw noStore(at);
  const connection = await work.connect();
  await connection.run(`detach ${identifier(CATALOG)}`).finally(() => work.release(connection));
}

/** Attaches a state store in a lake to look into it, as it is; false where there is none. */
export async function attachLakeToRead(work: WorkDatabase, at: LakeState): Promise<boolean> {
  if (at.path !== undefined && !existsSync(at.path)) return false;
  try {
    await attachLake(work, at, 'read_only');
  } catch (error) {
    if (at.path === undefined && /does not exist|not found|no such/i.test(messageOf(error))) return false;
    throw at.path === undefined ? error : explainedOpening(at.path, messageOf(error));
  }
  const connection = await work.connect();
  try {
    return (await versionOf(connection, at)) > 0;
  } finally {
    work.release(connection);
  }
}
