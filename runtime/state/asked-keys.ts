import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb/sql.ts';
import { spellingsOf } from '../facts/asked-key.ts';
import { everyRecord } from './compact.ts';
import { found } from './file/look.ts';

/** The SQL of a condition: a primary key is one of a list of spellings, as `isAskedKey` says it. */
export const isAsked = (column: string, spellings: string): string =>
  `(${column} in (${spellings}) or case when regexp_full_match(${column}, '-?[0-9]+\\.[0-9]+')
    then rtrim(rtrim(${column}, '0'), '.') in (${spellings}) end)`;

/** The primary key under which a row is known that is asked for by one; as it is asked for where none is known. */
export async function storedKey(connection: DuckDBConnection, stream: string, asked: string): Promise<string> {
  const spellings = spellingsOf(asked).map(literal).join(', ');
  const keys = await found(
    connection,
    `select primary_key from (${everyRecord}) where stream = ${literal(stream)} and ${isAsked('primary_key', spellings)}
     order by primary_key = ${literal(asked)} desc limit 1`,
  );
  return String(keys[0]?.['primary_key'] ?? asked);
}
