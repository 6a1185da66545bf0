import type { DuckDBConnection, Json } from '@duckdb/node-api';
import type { StateAt } from '../../contract/state-config.ts';
import { WorkDatabase, type WorkOptions } from '../../duckdb/work-database.ts';
import { versionOf } from '../schema.ts';
import { noStore, notOurs } from './no-store.ts';
import { attachToRead } from './store.ts';
import { explainedRead } from './store-failure.ts';

/** A row of what a query found, as plain JSON. */
type Found = Readonly<Record<string, Json>>;

/**
 * Opens a state store to look into it, and leaves it as it is. Throws ConfigFailure where there is none, or where a newer
 * release has written it, and TransientFailure where a run has it.
 */
export async function lookInto<T>(
  at: StateAt,
  options: WorkOptions,
  look: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const work = await WorkDatabase.open(options);
  try {
    if (!(await attachToRead(work, at))) throw noStore(at);
    const connection = await work.connect();
    if (typeof at === 'string' && (await versionOf(connection, at)) === 0) throw notOurs(at);
    return await look(connection);
  } catch (error) {
    throw explainedRead(error, at);
  } finally {
    await work.close();
  }
}

/** What a query finds. */
export async function found(connection: DuckDBConnection, sql: string): Promise<readonly Found[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

/** The SQL of a timestamp as the summaries write it. */
export const iso = (column: string): string => `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
