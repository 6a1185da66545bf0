import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { makeFolder } from '../../config/make-folder.ts';
import { ConfigFailure, messageOf } from '../../contract/failure.ts';
import { stateTable } from '../schema.ts';
import { TABLES, type TableName } from '../tables.ts';
import { writeFiles } from './files.ts';

/** Writes every table of a state store to a folder, as Parquet, and returns how many rows each has. */
export async function exportTables(
  connection: DuckDBConnection,
  folder: string,
): Promise<Readonly<Record<string, number>>> {
  try {
    makeFolder(folder, 0o700);
  } catch (error) {
    throw new ConfigFailure(`--to: the folder ${folder} cannot be made: ${messageOf(error)}`, {
      code: 'invalid_target',
    });
  }
  const tables = [...(Object.keys(TABLES) as TableName[]), 'meta' as const];
  const files = tables.map((table) => ({
    sql: `from ${stateTable(table)}`,
    path: join(folder, `${table}.parquet`),
    format: 'parquet' as const,
  }));
  const counts = await writeFiles(connection, files);
  return Object.fromEntries(tables.map((table, i) => [table, counts[i]!]));
}
