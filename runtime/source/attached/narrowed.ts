import { identifier } from '../../duckdb/sql.ts';
import type { BoundRelation } from '../relation.ts';
import type { KeyReader } from '../source.ts';

/** The relation with the columns that are asked for alone: no other one travels. All of them where nothing says which. */
export function narrowed({ sql, columns }: BoundRelation, key: KeyReader): BoundRelation {
  if (key.reads === undefined) return { sql, columns };
  const wanted = new Set([
    ...key.reads,
    ...key.columns,
    ...(key.primaryKeyColumn === undefined ? [] : [key.primaryKeyColumn]),
  ]);
  const kept = columns.filter(({ name }) => wanted.has(name));
  if (kept.length === 0) return { sql, columns };
  return { sql: `(select ${kept.map(({ name }) => identifier(name)).join(', ')} from ${sql})`, columns: kept };
}

/**
 * What rows that come in no order are ordered by, of columns `c0`, `c1` …: what names a row, then all of it. Then the same rows have
 * the same order in each run. Undefined where nothing names a row.
 */
export function orderSql(
  { columns }: BoundRelation,
  { primaryKeyColumn, columns: matchKey }: KeyReader,
): string | undefined {
  const names = primaryKeyColumn === undefined ? matchKey : [primaryKeyColumn];
  const first = columns.flatMap(({ name }, i) => (names.includes(name) ? [`c${i}`] : []));
  if (first.length === 0) return undefined;
  return [...first, `hash(${columns.map((_, i) => `c${i}`).join(', ')})`].join(', ');
}
