import { existsSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

// To open a DuckDB costs ten times what a test does with its file, so that all files of a process are attached to one.
let shared: Promise<DuckDBInstance> | undefined;
let files = 0;

/** Works on a DuckDB file, made where there is none; when this resolves nothing holds the file any more. */
export async function withDatabaseFile<T>(path: string, work: (on: DuckDBConnection) => Promise<T>): Promise<T> {
  shared ??= DuckDBInstance.create();
  const connection = await (await shared).connect();
  const name = `file_${++files}`;
  try {
    // The smallest blocks are the cheapest for a few rows; a file that is there keeps its own.
    const blocks = existsSync(path) ? '' : ' (block_size 16384)';
    await connection.run(`attach '${path.replaceAll("'", "''")}' as ${name}${blocks}`);
    await connection.run(`use ${name}`);
    return await work(connection);
  } finally {
    await connection.run('use memory');
    await connection.run(`detach database if exists ${name}`);
    connection.closeSync();
  }
}
