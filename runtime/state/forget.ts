import type { DuckDBConnection } from '@duckdb/node-api';
import { ConfigFailure } from '../contract/failure.ts';
import { literal } from '../duckdb/sql.ts';
import { found } from './look.ts';
import { stateTable } from './schema.ts';
import { type Columns, TABLES, type TableName } from './tables.ts';

/** What is to be forgotten: a row, or all rows of a stream. */
export interface Forgotten {
  readonly stream: string;
  readonly key?: string | undefined;
}

const tables = Object.entries<Columns>(TABLES)
  .filter(([, columns]) => 'stream' in columns && 'primary_key' in columns)
  .map(([name]) => name as TableName);

/**
 * Removes all that a state store holds of some rows, and returns how many it knew; of a whole stream also what it is read
 * from. Throws ConfigFailure for a stream that it does not know.
 */
export async function forget(connection: DuckDBConnection, { stream, key }: Forgotten): Promise<number> {
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
