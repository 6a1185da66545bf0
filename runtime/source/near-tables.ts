import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb/sql.ts';

/**
 * The SELECT of the tables and views that a person may name: those of the current database, and those of attached ones with its
 * name. No name with a slash in it is a person's.
 */
export const namedTables = `
  select database_name, schema_name, name, database_name = current_database() as is_own
  from (select database_name, schema_name, table_name as name, internal from duckdb_tables()
        union all select database_name, schema_name, view_name, internal from duckdb_views())
  where not internal and not contains(database_name, '/') and schema_name not in ('information_schema', 'pg_catalog')`;

// A schema counts where one was named: of a renamed table it is what is left, and tables of the old name may be in many others.
const nearest = (name: string, schema: string) => `
  select concat_ws('.', case when not is_own then database_name end, case when schema_name <> 'main' then schema_name end, name) as near
  from (${namedTables})
  order by jaro_winkler_similarity(lower(name), lower(${literal(name)}))
           + greatest(jaro_winkler_similarity(lower(schema_name), lower(${literal(schema)})),
                      jaro_winkler_similarity(lower(concat_ws('.', database_name, schema_name)), lower(${literal(schema)}))) desc, near
  limit 5`;

const places = [
  `database_name = current_database() and schema_name = 'main'`,
  `database_name = current_database() and lower(schema_name) = lower($1)
   or lower(database_name) = lower($1) and schema_name = 'main'`,
  'lower(database_name) = lower($1) and lower(schema_name) = lower($2)',
];

/** Whether there is a table or a view of a name, be it readable or not. */
export async function kindOfTable(
  connection: DuckDBConnection,
  parts: readonly string[],
): Promise<'table' | 'view' | undefined> {
  const place = (places[parts.length - 1] ?? 'false')
    .replaceAll('$1', () => literal(parts[0] ?? ''))
    .replaceAll('$2', () => literal(parts[1] ?? ''));
  const found = await connection.runAndReadAll(`
    select kind
    from (select database_name, schema_name, table_name as name, 'table' as kind from duckdb_tables()
          union all select database_name, schema_name, view_name, 'view' from duckdb_views() where not internal)
    where lower(name) = lower(${literal(parts.at(-1) ?? '')}) and (${place})
    limit 1`);
  return found.getRows()[0]?.[0] as 'table' | 'view' | undefined;
}

/** Tables and views whose names are nearest to a name that is not there, best first. */
export async function nearTables(connection: DuckDBConnection, parts: readonly string[]): Promise<readonly string[]> {
  const found = await connection.runAndReadAll(nearest(parts.at(-1) ?? '', parts.slice(0, -1).join('.')));
  return found.getRows().map(([name]) => String(name));
}
