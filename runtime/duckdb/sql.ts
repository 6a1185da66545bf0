import type { DuckDBConnection } from '@duckdb/node-api';

/** A name as SQL takes it, whatever characters it has. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How many rows there are, `from` and `where` of a SELECT. */
export async function countOf(connection: DuckDBConnection, rows: string): Promise<number> {
  const found = await connection.runAndReadAll(`select count(*)::double ${rows}`);
  return Number(found.getRows()[0]?.[0]);
}
