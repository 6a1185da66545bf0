import { type DuckDBConnection, type DuckDBType, type DuckDBValue, LIST, listValue, VARCHAR } from '@duckdb/node-api';

/** A name as SQL takes it, whatever characters it has. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Texts and lists of texts, as the parameters `$1`, `$2` of a statement with their types. */
export const texts = (...given: readonly (string | readonly string[])[]): [DuckDBValue[], DuckDBType[]] => [
  given.map((one) => (typeof one === 'string' ? one : listValue([...one]))),
  given.map((one) => (typeof one === 'string' ? VARCHAR : LIST(VARCHAR))),
];

/** How many rows there are, `from` and `where` of a SELECT. */
export async function countOf(connection: DuckDBConnection, rows: string): Promise<number> {
  const found = await connection.runAndReadAll(`select count(*)::double ${rows}`);
  return Number(found.getRows()[0]?.[0]);
}
