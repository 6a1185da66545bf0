import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attached } from '../../duckdb/attached.ts';
import { messageWithoutValues } from '../../duckdb/message-without-values.ts';
import { invalidSource, unreadableSource } from '../../duckdb/source-failure.ts';
import { identifier, literal } from '../../duckdb/sql.ts';
import { type BoundRelation, bindRelation, tablesIn } from '../relation.ts';
import type { Relation } from '../source.ts';
import { qualifiedName, tableParts } from '../table-name.ts';
import type { Scan } from './scans.ts';

/** A column as PostgreSQL has it. */
interface ServerColumn {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly isLoose: boolean;
  readonly isList: boolean;
  /** A list of an enum, which DuckDB takes for a text where a query of PostgreSQL gives it. */
  readonly isListOfEnum: boolean;
}

/**
 * PostgreSQL's `numeric` without a precision, or with more than 38 digits: DuckDB reads it as DOUBLE, so that digits are lost and NaN
 * is 0 (duckdb/duckdb#23971; seen in 1.5.5). A table that has such a column among those that are read comes back as a
 * relation that reads them as text; a query that reads one is refused with ConfigFailure.
 */
export async function withExactNumerics(
  connection: DuckDBConnection,
  bound: BoundRelation,
  { relation, scans, attached }: { relation: Relation; scans: readonly Scan[]; attached: readonly Attached[] },
): Promise<BoundRelation> {
  const servers = attached.filter(({ type }) => type === 'postgres');
  const read = scans.filter(({ name }) => name === 'POSTGRES_SCAN');
  if (servers.length === 0 || read.length === 0) return bound;
  const tables = await tablesIn(connection, relation);
  for (const { alias } of servers) {
    const named = tables.filter(([first]) => first?.toLowerCase() === alias.toLowerCase());
    if (named.length === 0) continue;
    const columns = await columnsOf(connection, alias, named);
    const loose = columns.filter(({ isLoose, table, name }) => isLoose && read.some(reads(table, name)));
    if (loose.length === 0) continue;
    if (relation.table === undefined || loose.some(({ isList }) => isList)) throw refused(relation, alias, loose);
    return textual(connection, bound, { alias, columns, relation });
  }
  return bound;
}

const reads =
  (table: string, column: string) =>
  (scan: Scan): boolean =>
    scan.table?.toLowerCase() === table.toLowerCase() && scan.columns.includes(column);

async function columnsOf(
  connection: DuckDBConnection,
  alias: string,
  tables: readonly (readonly string[])[],
): Promise<readonly ServerColumn[]> {
  const names = tables.map((parts) => literal((parts.at(-1) ?? '').toLowerCase())).join(', ');
  // A domain has its precision in its own type, an array of them in its column.
  const typmod = 'coalesce(nullif(a.atttypmod, -1), nullif(t.typtypmod, -1), -1)';
  const sql = `select n.nspname::text as "schema", c.relname::text as "table", a.attname::text as name,
      'numeric'::regtype in (t.oid, t.typbasetype, t.typelem)
        and (${typmod} = -1 or (((${typmod} - 4) >> 16) & 65535) > 38) as is_loose,
      t.typelem <> 0 as is_list,
      coalesce(element.typtype = 'e', false) as is_list_of_enum
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      join pg_type t on t.oid = a.atttypid left join pg_type element on element.oid = t.typelem
    where a.attnum > 0 and not a.attisdropped and lower(c.relname) in (${names})
    order by n.nspname, c.relname, a.attnum`;
  const found = await asked(connection, `from postgres_query(${literal(alias)}, ${literal(sql)})`);
  const columns = found.getRows().map(([schema, table, name, isLoose, isList, isListOfEnum]) => ({
    schema: String(schema),
    table: String(table),
    name: String(name),
    isLoose: isLoose === true,
    isList: isList === true,
    isListOfEnum: isListOfEnum === true,
  }));
  const isNamed = ({ schema, table }: ServerColumn) => tables.some((parts) => fits(parts, schema, table));
  return columns.filter(isNamed);
}

async function asked(connection: DuckDBConnection, sql: string) {
  try {
    return await connection.runAndReadAll(sql);
  } catch (error) {
    throw unreadableSource(`the types of columns could not be read: ${messageWithoutValues(error)}`);
  }
}

/** `alias.table` may be of any schema. */
const fits = (parts: readonly string[], schema: string, table: string): boolean =>
  parts.at(-1)?.toLowerCase() === table.toLowerCase() &&
  (parts.length < 3 || parts[1]?.toLowerCase() === schema.toLowerCase());

const refused = ({ path, table }: Relation, alias: string, loose: readonly ServerColumn[]): Error => {
  const [{ schema, table: name, name: column } = { schema: '', table: '', name: '' }] = loose;
  const where = `${path}.${table === undefined ? 'query' : 'table'}`;
  return invalidSource(
    `${where}: reads column ${column} of ${alias}.${qualifiedName([schema, name])}, which is numeric without a precision or with more than 38 digits: DuckDB ` +
      'would read it as DOUBLE, lose digits and take NaN for 0. Give `table` instead of a query, which reads it as text; or cast ' +
      `it there: from postgres_query(${literal(alias)}, 'select …, ${column}::text as ${column} from …'), or in a view of PostgreSQL`,
  );
};

const castOf = ({ isLoose, isListOfEnum }: ServerColumn): string => {
  if (isLoose) return '::text';
  return isListOfEnum ? '::text[]' : '';
};

/** The same columns, read by a query that PostgreSQL answers. */
async function textual(
  connection: DuckDBConnection,
  bound: BoundRelation,
  { alias, columns, relation }: { alias: string; columns: readonly ServerColumn[]; relation: Relation },
): Promise<BoundRelation> {
  const whole = await bindRelation(connection, relation);
  const parts = tableParts(relation.table ?? '') ?? [];
  const [{ schema, table } = { schema: 'public', table: parts.at(-1) ?? '' }] = columns;
  const own = columns.filter((column) => column.schema === schema && column.table === table);
  // DuckDB gives a name of its own to a column whose name another one has but for its case.
  const named = bound.columns.map(({ name }) => {
    const column = own[whole.columns.findIndex((each) => each.name === name)];
    if (column === undefined) throw invalidSource(`${relation.path}.table: has other columns by now; run it again`);
    return `${identifier(column.name)}${castOf(column)} as ${identifier(name)}`;
  });
  const sql = `select ${named.join(', ')} from ${qualifiedName([schema, table])}`;
  const query = `from postgres_query(${literal(alias)}, ${literal(sql)})`;
  return bindRelation(connection, { query, path: relation.path });
}
