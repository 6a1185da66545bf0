import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../../duckdb/sql.ts';
import type { Relation } from '../source.ts';

interface Parsed {
  readonly statements?: readonly {
    readonly node?: { readonly modifiers?: readonly { readonly type?: string }[] };
  }[];
}

/** Whether a query says in which order its rows come: by an ORDER BY at its end. */
export async function isOrdered(connection: DuckDBConnection, { query }: Relation): Promise<boolean> {
  if (query === undefined) return false;
  const found = await connection.runAndReadAll(`select json_serialize_sql(${literal(query.replace(/;\s*$/, ''))})`);
  const { statements = [] } = JSON.parse(String(found.getRows()[0]?.[0])) as Parsed;
  return statements.some(({ node }) => node?.modifiers?.some(({ type }) => type === 'ORDER_MODIFIER') === true);
}
