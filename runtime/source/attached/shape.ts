import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attached } from '../../duckdb/attached.ts';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import { literal } from '../../duckdb/sql.ts';
import { tablesIn } from '../relation.ts';
import type { Relation } from '../source.ts';

/** The types that PostgreSQL has for the columns of tables, by their names. */
export type Shape = ReadonlyMap<string, string>;

/**
 * The types of the columns of a relation's tables on the server, now. DuckDB learns them once and takes the bytes that come later for
 * values of these types: where a migration has changed one since, other values would be read, without any error. Empty for what
 * is not of a PostgreSQL.
 */
export async function shapeOf(
  connection: DuckDBConnection,
  relation: Relation,
  attached: readonly Attached[],
): Promise<Shape> {
  const servers = attached.filter(({ type }) => type === 'postgres');
  if (servers.length === 0) return new Map();
  const shape = new Map<string, string>();
  const tables = await tablesIn(connection, relation);
  for (const { alias } of servers) {
    const named = tables.filter(([first]) => first?.toLowerCase() === alias.toLowerCase());
    for (const [column, type] of await typesOf(connection, alias, named)) shape.set(`${alias}.${column}`, type);
  }
  return shape;
}

async function typesOf(
  connection: DuckDBConnection,
  alias: string,
  tables: readonly (readonly string[])[],
): Promise<readonly (readonly [column: string, type: string])[]> {
  if (tables.length === 0) return [];
  const names = tables.map((parts) => literal((parts.at(-1) ?? '').toLowerCase())).join(', ');
  const sql = `select concat_ws('.', n.nspname, c.relname, a.attname), a.atttypid::text || ':' || a.atttypmod::text
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where a.attnum > 0 and not a.attisdropped and lower(c.relname) in (${names})`;
  const found = await connection.runAndReadAll(`from postgres_query(${literal(alias)}, ${literal(sql)})`);
  return found.getRows().map(([column, type]) => [String(column), String(type)]);
}

/** Throws TransientFailure where a column has another type than before. One that is gone, or new, is not read. */
export function requireSame(before: Shape, after: Shape, { path, table }: Relation): void {
  const changed = [...after].find(([column, type]) => (before.get(column) ?? type) !== type)?.[0];
  if (changed === undefined) return;
  throw unreadableSource(
    `${path}.${table === undefined ? 'query' : 'table'}: the type of ${changed} was changed while this run went on, by a migration for one. Nothing of it is sent; run again`,
  );
}
