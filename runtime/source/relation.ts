import { type DuckDBConnection, type DuckDBPreparedStatement, type DuckDBType, StatementType } from '@duckdb/node-api';
import { ConfigFailure } from '../contract/failure.ts';
import { invalidSource, messageOf, messageWithoutValues } from '../duckdb/source-failure.ts';
import { literal } from '../duckdb/sql.ts';
import { nearTables } from './near-tables.ts';
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
    if (!/^Catalog Error/.test(messageOf(error))) throw asInvalid(error, path);
    const near = await nearTables(connection, parts);
    const hint = near.length > 0 ? `; near it: ${near.join(', ')}` : '; the database has no tables';
    throw invalidSource(`${path}: there is no table ${JSON.stringify(table)}${hint}`);
  }
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
    throw asInvalid(error, path);
  }
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

const asInvalid = (error: unknown, path: string): Error => {
  if (error instanceof ConfigFailure) return error;
  // query() says so of PRAGMA, which DuckDB prepares as a SELECT.
  if (/Expected a single SELECT/.test(messageOf(error))) return invalidSource(`${path}: expected one SELECT statement`);
  const message = messageOf(error).replace(/^Failed to extract statements: /, '');
  return invalidSource(`${path}: ${messageWithoutValues(message)}`);
};

const withoutComments = (sql: string): string =>
  sql
    .replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, '')
    .replaceAll(';', '')
    .trim();
