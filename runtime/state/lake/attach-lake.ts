import type { DuckDBConnection } from '@duckdb/node-api';
import { makeFolder } from '../../config/make-folder.ts';
import { ConfigFailure, messageOf } from '../../contract/failure.ts';
import type { LakeState } from '../../contract/state-config.ts';
import { loadExtension, neededByPath, neededBySecret } from '../../duckdb/extensions.ts';
import { secretSql } from '../../duckdb/source-settings.ts';
import { identifier, literal } from '../../duckdb/sql.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import { CATALOG } from '../schema.ts';
import { serverSecretSql } from '../server/attach-server.ts';
import { explainedLake } from './lake-failure.ts';

// A name without a slash: DuckLake takes another one for the path of a file.
const LAKE = 'state_lake';

// What a commit has of a table stays in the catalogue at first, as a commit a second would make a file a second. It goes there as
// text, which takes 0.2 ms of CPU a row: what is more than that becomes a file at once (measured, DuckDB 1.5.5).
const inlinedRows = 500;

/** Has a work database know the tables of a state store in a lake, under the name of the store. Throws a Failure. */
export async function attachLake(work: WorkDatabase, at: LakeState, mode: 'read_only' | 'read_write'): Promise<void> {
  const connection = await work.connect();
  try {
    if (mode === 'read_write') makeDataFolder(at);
    await loadAll(connection, at);
    for (const sql of secretsSql(at)) await connection.run(sql);
    await connection.run(attachSql(at, mode));
    if (mode === 'read_write') await requireStore(connection, dataPathOf(at));
  } catch (error) {
    throw explainedLake(error, at);
  } finally {
    work.release(connection);
  }
}

/** Where the data is: as configured, or beside the file of the catalogue. */
const dataPathOf = ({ data_path: given, path = '' }: LakeState): string => given ?? `${path}.files`;

const isAddress = (path: string): boolean => /^[a-z][a-z0-9+]+:\/\//i.test(path);

// These files hold people's data.
function makeDataFolder(at: LakeState): void {
  const path = dataPathOf(at);
  if (isAddress(path)) return;
  try {
    makeFolder(path, 0o700);
  } catch (error) {
    const message = `state.data_path: the folder ${path} cannot be made: ${messageOf(error)}`;
    throw new ConfigFailure(message, { code: 'invalid_state' });
  }
}

/** A store that cannot be reached would show late: what a commit writes stays in the catalogue at first. */
async function requireStore(connection: DuckDBConnection, path: string): Promise<void> {
  if (isAddress(path)) await connection.run(`select count(*) from glob(${literal(`${path.replace(/\/*$/, '/')}*`)})`);
}

async function loadAll(connection: DuckDBConnection, at: LakeState): Promise<void> {
  if (at.extension_directory !== undefined) {
    await connection.run(`set global extension_directory = ${literal(at.extension_directory)}`);
  }
  const names = new Set([
    'ducklake',
    ...(at.path === undefined ? ['postgres_scanner'] : []),
    ...neededByPath(dataPathOf(at)),
    ...(at.secrets ?? []).flatMap(neededBySecret),
  ]);
  for (const name of names) {
    try {
      await loadExtension(connection, { name, path: 'state' });
    } catch (error) {
      throw new ConfigFailure(messageOf(error), { code: 'invalid_state' });
    }
  }
}

/** What stands in a secret is in no message of DuckDB. Those of the source stay as they are: the longest scope counts. */
function secretsSql(at: LakeState): readonly string[] {
  const scope = dataPathOf(at);
  const stores = (at.secrets ?? []).map((secret, i) =>
    secretSql({ scope, ...secret, name: `${LAKE}_${i}` }).replace('create', 'create or replace'),
  );
  return at.path === undefined ? [...stores, serverSecretSql(at), lakeSecretSql(at)] : stores;
}

const lakeSecretSql = (at: LakeState): string =>
  `create or replace temporary secret ${LAKE} (type ducklake, metadata_path '', data_path ${literal(dataPathOf(at))},
     metadata_parameters map {'TYPE': 'postgres', 'SECRET': ${literal(CATALOG)}})`;

function attachSql(at: LakeState, mode: string): string {
  const place =
    at.path === undefined
      ? { path: `ducklake:${LAKE}`, options: [`metadata_schema ${literal(at.schema)}`] }
      : { path: `ducklake:${at.path}`, options: [`data_path ${literal(dataPathOf(at))}`] };
  const options = [...place.options, `data_inlining_row_limit ${inlinedRows}`, mode];
  return `attach ${literal(place.path)} as ${identifier(CATALOG)} (${options.join(', ')})`;
}
