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
 * The SQL that orders rows which come in no order, by columns `c0`, `c1` …: what names a row, then all of it. Then the same rows have
 * the same order in each run. Empty where nothing names a row.
 */
export function orderSql({ columns }: BoundRelation, { primaryKeyColumn, columns: matchKey }: KeyReader): string {
  const names = primaryKeyColumn === undefined ? matchKey : [primaryKeyColumn];
  const first = columns.flatMap(({ name }, i) => (names.includes(name) ? [`c${i}`] : []));
  if (first.length === 0) return '';
  return ` order by ${[...first, `hash(${columns.map((_, i) => `c${i}`).join(', ')})`].join(', ')}`;
}
