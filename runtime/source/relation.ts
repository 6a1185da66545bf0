import { type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBType, StatementType } from '@duckdb/node-api';
import { ConfigFailure, messageOf } from '../contract/failure.ts';
import { messageWithoutValues, pointedAt } from '../duckdb/message-without-values.ts';
import { invalidSource } from '../duckdb/source-failure.ts';
import { literal } from '../duckdb/sql.ts';
import { kindOfTable, nearTables } from './near-tables.ts';
import type { Relation } from './source.ts';
import { qualifiedName, tableParts } from './table-name.ts';

/** A relation DuckDB has understood: `sql` is what follows FROM. */
export interface BoundRelation {
  readonly sql: string;
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[];
}

/** Has DuckDB check a table or a query, reading no rows. Throws ConfigFailure that says which, and what is wrong. */
export async function bindRelation(connection: DuckDBConnection, relation: Relation): Promise<BoundRelation> {
  const { table, query, path } = relation;
  if (table !== undefined && query !== undefined) throw invalidSource(`${path}: has a table and a query; give one`);
  if (table !== undefined) return bindTable(connection, table, `${path}.table`);
  if (query !== undefined) return bindQuery(connection, query, `${path}.query`);
  throw invalidSource(`${path}: a DuckDB source needs a table or a query here`);
}

async function bindTable(connection: DuckDBConnection, table: string, path: string): Promise<BoundRelation> {
  const parts = tableParts(table);
  if (parts === undefined) {
    throw invalidSource(
      `${path}: ${JSON.stringify(table)} is not the name of a table; expected \`table\`, \`schema.table\` or ` +
        '`database.schema.table`, with double quotes around a part that holds a dot or a quote',
    );
  }
  const sql = qualifiedName(parts);
  try {
    const columns = columnsOf(await connection.prepare(`select * from ${sql}`), path);
    return { sql, columns };
  } catch (error) {
    if (error instanceof ConfigFailure) throw error;
    const kind = await kindOfTable(connection, parts);
    if (kind !== undefined) throw invalidSource(`${path}: ${unreadable(table, kind, error)}`);
    if (!/^(Catalog Error|Binder Error: Catalog )/.test(messageOf(error))) throw asInvalid(error, path);
    const near = await nearTables(connection, parts);
    const hint = near.length > 0 ? `; near it: ${near.join(', ')}` : '; the database has no tables';
    throw invalidSource(`${path}: there is no table ${JSON.stringify(table)}${hint}`);
  }
}

/** Why a table or a view that is there cannot be read. A view is bound at each use, in the database it is in by then. */
function unreadable(name: string, kind: 'table' | 'view', error: unknown): string {
  const why = `${name} cannot be read: ${messageWithoutValues(error)}`;
  if (kind === 'table') return why;
  const hint =
    'only this database is attached, and names without a schema are looked for in main. Write the names in the view in full, or give a query instead.';
  return `${why}\n${name} is a view: ${hint}`;
}

async function bindQuery(connection: DuckDBConnection, query: string, path: string): Promise<BoundRelation> {
  // DuckDB fails on an empty text with "Error in native callback".
  if (withoutComments(query) === '') throw invalidSource(`${path}: is empty; expected one SELECT statement`);
  try {
    const statements = await connection.extractStatements(query);
    if (statements.count !== 1) {
      throw invalidSource(`${path}: has ${statements.count} statements; expected one SELECT statement`);
    }
    const statement = await statements.prepare(0);
    if (statement.statementType !== StatementType.SELECT) {
      throw invalidSource(`${path}: is ${StatementType[statement.statementType]}; expected one SELECT statement`);
    }
    if (statement.parameterCount > 0) throw invalidSource(`${path}: has parameters; expected a query with none`);
    const columns = columnsOf(statement, path);
    // query() takes one SELECT and nothing else, with or without semicolon and comments behind it.
    const sql = `query(${literal(query)})`;
    (await connection.prepare(`select * from ${sql}`)).destroySync();
    return { sql, columns };
  } catch (error) {
    if (error instanceof ConfigFailure) throw error;
    const view = await unreadableView(connection, query);
    if (view !== undefined) throw invalidSource(`${path}: ${view}`);
    throw asInvalid(error, path, query);
  }
}

/** Why a view that a query reads cannot be read itself; DuckDB speaks only of what the view lacks. */
async function unreadableView(connection: DuckDBConnection, query: string): Promise<string | undefined> {
  for (const parts of await namesIn(connection, query)) {
    if ((await kindOfTable(connection, parts)) !== 'view') continue;
    const name = qualifiedName(parts);
    try {
      (await connection.prepare(`select * from ${name}`)).destroySync();
    } catch (error) {
      return unreadable(name, 'view', error);
    }
  }
  return undefined;
}

/** The tables that a relation reads, in parts: those that it names, and those that views read in their place. */
export async function tablesIn(
  connection: DuckDBConnection,
  { table, query }: Pick<Relation, 'table' | 'query'>,
): Promise<readonly (readonly string[])[]> {
  const text = query ?? `select * from ${qualifiedName(tableParts(table ?? '') ?? [])}`;
  const read = [...connection.getTableNames(text, true)].flatMap((name) => [tableParts(name) ?? []]);
  return [...(await namesIn(connection, text)), ...read];
}

/** The names that stand after FROM in a query, as it is written: DuckDB's list of them has what a view reads in its place. */
async function namesIn(connection: DuckDBConnection, query: string): Promise<readonly (readonly string[])[]> {
  const text = literal(query.replace(/;\s*$/, ''));
  const found = await connection.runAndReadAll(`select json_serialize_sql(${text})`);
  const names: string[][] = [];
  JSON.parse(String(found.getRows()[0]?.[0]), (_, node: { readonly [key: string]: unknown } | null) => {
    if (node?.['type'] === 'BASE_TABLE') {
      const parts = [node['catalog_name'], node['schema_name'], node['table_name']].map(String);
      names.push(parts.filter((part) => part !== ''));
    }
    return node;
  });
  return names;
}

function columnsOf(statement: DuckDBPreparedStatement, path: string): BoundRelation['columns'] {
  const columns = Array.from({ length: statement.columnCount }, (_, i) => ({
    name: statement.columnName(i),
    type: statement.columnType(i),
  }));
  statement.destroySync();
  requireDistinctColumns(columns, path);
  const unnamed = columns.find(({ type }) => String(type).includes('STRUCT("" '));
  if (unnamed !== undefined) {
    // DuckDB cannot make a table of it ("A table cannot be created from an unnamed struct").
    throw invalidSource(`${path}: column ${unnamed.name} is a struct without names; name its fields: {'a': 1, 'b': 2}`);
  }
  return columns;
}

/** Throws ConfigFailure where there is no column, or two have one name. */
export function requireDistinctColumns(columns: readonly { readonly name: string }[], path: string): void {
  if (columns.length === 0) throw invalidSource(`${path}: has no columns`);
  const names = columns.map(({ name }) => name);
  const twice = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  if (twice.size > 0) {
    const list = [...twice].map((name) => JSON.stringify(name)).join(', ');
    throw invalidSource(`${path}: has more than one column named ${list}; give each a name of its own`);
  }
}

const asInvalid = (error: unknown, path: string, query = ''): Error => {
  if (error instanceof ConfigFailure) return error;
  // query() says so of PRAGMA, which DuckDB prepares as a SELECT.
  if (/Expected a single SELECT/.test(messageOf(error))) return invalidSource(`${path}: expected one SELECT statement`);
  const message = messageOf(error).replace(/^Failed to extract statements: /, '');
  const place = pointedAt(message, query);
  return invalidSource(`${path}: ${messageWithoutValues(message)}${place === undefined ? '' : `\n(${place})`}`);
};

const withoutComments = (sql: string): string =>
  sql
    .replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, '')
    .replaceAll(';', '')
    .trim();
