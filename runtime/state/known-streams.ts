import type { DuckDBConnection } from '@duckdb/node-api';
import { nearest } from '../config/near-names.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { found } from './file/look.ts';
import { stateTable } from './schema.ts';
import { type Columns, TABLES, type TableName } from './tables.ts';

/** Every table that holds something under the name of a stream. Leases do not: whoever asks here has one on all of them. */
export const streamTables: readonly TableName[] = Object.entries<Columns>(TABLES)
  .filter(([name, columns]) => 'stream' in columns && name !== 'leases')
  .map(([name]) => name as TableName);

/** The names of all streams in a state store, in order. */
export async function knownStreams(connection: DuckDBConnection): Promise<readonly string[]> {
  const each = streamTables.map((table) => `select stream from ${stateTable(table)}`);
  const rows = await found(connection, `${each.join(' union ')} order by stream`);
  return rows.map((row) => String(row['stream']));
}

/** Throws ConfigFailure where a state store holds nothing of the stream that `option` names. */
export async function requireStream(
  connection: DuckDBConnection,
  stream: string,
  option: '--stream' | '--from' = '--stream',
): Promise<void> {
  const known = await knownStreams(connection);
  if (known.includes(stream)) return;
  const near = nearest(stream, known);
  const has = `the state store knows ${known.length === 0 ? 'nothing' : known.join(', ')}.`;
  const hint = near === undefined ? has : `did you mean ${near}? ${has[0]!.toUpperCase()}${has.slice(1)}`;
  throw new ConfigFailure(`${option} ${stream}: nothing is known of it; ${hint}`, { code: 'unknown_stream' });
}
