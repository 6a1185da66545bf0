import type { DuckDBConnection } from '@duckdb/node-api';
import { ConfigFailure } from '../contract/failure.ts';
import { literal } from '../duckdb/sql.ts';
import { found } from './look.ts';
import { stateTable } from './schema.ts';
import { type Columns, TABLES, type TableName } from './tables.ts';

/** What is to be forgotten: a row, all rows of a stream, or what is known of rate limits. */
export type Forgotten =
  | { readonly stream: string; readonly key?: string | undefined; readonly limits?: undefined }
  | { readonly limits: true };

const tables = Object.entries<Columns>(TABLES)
  .filter(([, columns]) => 'stream' in columns && 'primary_key' in columns)
  .map(([name]) => name as TableName);

/**
/**
 * Removes all that a state store holds of some rows, or its rate-limit windows, and returns how many it knew; of a whole stream
 * also what it is read from. Throws ConfigFailure for a stream that it does not know.
 */
export function forget(connection: DuckDBConnection, what: Forgotten): Promise<number> {
  return what.limits ? limitsRemoved(connection) : rowsRemoved(connection, what);
}

async function limitsRemoved(connection: DuckDBConnection): Promise<number> {
  const windows = stateTable('quota_windows');
  const [count] = await found(connection, `select count(*)::double as n from ${windows}`);
  await connection.run(`delete from ${windows}`);
  return Number(count!['n']);
}

async function rowsRemoved(
  connection: DuckDBConnection,
  { stream, key }: Extract<Forgotten, { stream: string }>,
): Promise<number> {
  await requireStream(connection, stream);
  const rows = `stream = ${literal(stream)}${key === undefined ? '' : ` and primary_key = ${literal(key)}`}`;
  const [count] = await found(connection, `select count(*)::double as n from ${stateTable('records')} where ${rows}`);
  for (const table of tables) await connection.run(`delete from ${stateTable(table)} where ${rows}`);
  if (key === undefined) await connection.run(`delete from ${stateTable('streams')} where ${rows}`);
  return Number(count!['n']);
}

/** Throws ConfigFailure where a state store holds nothing of a stream. */
export async function requireStream(connection: DuckDBConnection, stream: string): Promise<void> {
  const known = await found(
    connection,
    `select stream from ${stateTable('records')} union select stream from ${stateTable('rejects')}
     union select stream from ${stateTable('intents')} union select stream from ${stateTable('streams')} order by stream`,
  );
  const streams = known.map((row) => String(row['stream']));
  if (streams.includes(stream)) return;
  const has = streams.length === 0 ? 'nothing' : streams.join(', ');
  throw new ConfigFailure(`--stream ${stream}: nothing is known of it; the state store knows ${has}.`, {
    code: 'unknown_stream',
  });
}
