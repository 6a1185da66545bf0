import { randomBytes } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ConfigFailure, messageOf } from '../../contract/failure.ts';
import type { ServerAddress, ServerState } from '../../contract/state-config.ts';
import { loadExtension } from '../../duckdb/extensions.ts';
import { identifier, literal } from '../../duckdb/sql.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import { CATALOG } from '../schema.ts';
import { parametersOf } from './parameters.ts';
import { explainedServer } from './server-failure.ts';

/** Has a work database know the tables of a state store on a server, under the name of the store. Throws a Failure. */
export async function attachServer(
  work: WorkDatabase,
  at: ServerState,
  mode: 'read_only' | 'read_write',
): Promise<void> {
  const connection = await work.connect();
  try {
    await load(connection, at);
    await connection.run(serverSecretSql(at));
    await attach(connection, at, mode);
  } catch (error) {
    throw explainedServer(error, at);
  } finally {
    work.release(connection);
  }
}

async function load(connection: DuckDBConnection, { extension_directory: directory }: ServerState): Promise<void> {
  if (directory !== undefined) await connection.run(`set global extension_directory = ${literal(directory)}`);
  try {
    await loadExtension(connection, { name: 'postgres_scanner', path: 'state' });
  } catch (error) {
    throw new ConfigFailure(messageOf(error), { code: 'invalid_state' });
  }
}

/** The statement that makes a secret of an address: what stands in one is in no message of DuckDB. */
export function serverSecretSql(at: ServerAddress): string {
  const { host, port, database, user, password } = parametersOf(at);
  const given = Object.entries({ host, port: String(port), database, user, password }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${literal(value)}`],
  );
  return `create or replace temporary secret ${identifier(CATALOG)} (type postgres, ${given.join(', ')})`;
}

const connectTimeoutSeconds = 10;

async function attach(connection: DuckDBConnection, at: ServerState, mode: string): Promise<void> {
  const options = ['type postgres', `secret ${identifier(CATALOG)}`, `schema ${literal(at.schema)}`, mode];
  const sql = (path: string): string => `attach ${literal(path)} as ${identifier(CATALOG)} (${options.join(', ')})`;
  const { application_name, ...more } = parametersOf(at).more;
  const name = application_name ?? `state-store-${randomBytes(4).toString('hex')}`;
  try {
    await connection.run(sql(pathOf({ connect_timeout: `${connectTimeoutSeconds}`, application_name: name, ...more })));
  } catch (error) {
    // Poolers such as PgBouncer know few parameters.
    if (!/unsupported startup parameter/i.test(messageOf(error))) throw error;
    await connection.run(sql(pathOf(more)));
  }
}

/** Parameters as libpq reads them. */
const pathOf = (parameters: Readonly<Record<string, string>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}='${value.replaceAll(/['\\]/g, '\\$&')}'`)
    .join(' ');
