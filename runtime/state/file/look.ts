import type { DuckDBConnection, Json } from '@duckdb/node-api';
import { ConfigFailure } from '../../contract/failure.ts';
import { WorkDatabase, type WorkOptions } from '../../duckdb/work-database.ts';
import { versionOf } from '../schema.ts';
import { attachToRead } from './open-file.ts';

/** A row of what a query found, as plain JSON. */
type Found = Readonly<Record<string, Json>>;

/**
 * Opens a state store to look into it, and leaves it as it is. Throws ConfigFailure where there is none, or where a newer
 * release has written it, and TransientFailure where a run has it.
 */
export async function lookInto<T>(
  path: string,
  options: WorkOptions,
  look: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const work = await WorkDatabase.open(options);
  try {
    if (!(await attachToRead(work, path))) throw noStore(path);
    const connection = await work.connect();
    if ((await versionOf(connection, path)) === 0) throw notOurs(path);
    return await look(connection);
  } finally {
    await work.close();
  }
}

export const noStore = (path: string): ConfigFailure =>
  new ConfigFailure(`state.path: there is no state store at ${path}; the first run makes it.`, { code: 'no_state' });

export const notOurs = (path: string): ConfigFailure =>
  new ConfigFailure(`state.path: ${path} is a DuckDB file, and no state store.`, { code: 'invalid_state' });

/** What a query finds. */
export async function found(connection: DuckDBConnection, sql: string): Promise<readonly Found[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

/** The SQL of a timestamp as the summaries write it. */
export const iso = (column: string): string => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
