import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb/sql.ts';

// The name alone counts most: a forgotten schema is the usual slip.
const nearest = (name: string, qualified: string) => `
  select case when schema_name = 'main' then name else schema_name || '.' || name end as near
  from (select database_name, schema_name, table_name as name from duckdb_tables()
        union all select database_name, schema_name, view_name from duckdb_views() where not internal)
  where database_name = current_database()
  order by greatest(jaro_winkler_similarity(lower(name), lower(${literal(name)})),
                    jaro_winkler_similarity(lower(near), lower(${literal(qualified)}))) desc, near
  limit 5`;

/** Tables and views of the current database whose names are nearest to a name it does not have, best first. */
export async function nearTables(connection: DuckDBConnection, parts: readonly string[]): Promise<readonly string[]> {
  const found = await connection.runAndReadAll(nearest(parts.at(-1) ?? '', parts.join('.')));
  return found.getRows().map(([name]) => String(name));
}
