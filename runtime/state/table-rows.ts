import { type DuckDBAppender, type DuckDBConnection, DuckDBTimestampValue } from '@duckdb/node-api';
import type { WorkDatabase, WorkTable } from '../duckdb/work-database.ts';
import { CATALOG, definitions } from './schema.ts';
import { type Columns, TABLES, type TableName, type TableRow } from './tables.ts';

/** Appends rows to a table of the state store, within the transaction that is open. */
export async function appendRows<T extends TableName>(
  connection: DuckDBConnection,
  name: T,
  rows: readonly TableRow<T>[],
): Promise<void> {
  if (rows.length > 0) await appendTo(connection, { name, schema: '', catalog: CATALOG }, TABLES[name], rows);
}

/** A new table of the work database, with these rows. */
export async function workTableOf(
  work: WorkDatabase,
  purpose: string,
  columns: Columns,
  rows: Iterable<Readonly<Record<string, unknown>>>,
): Promise<WorkTable> {
  const table = work.newTable(purpose);
  const connection = await work.connect();
  try {
    await connection.run(`create table ${table.sql} (${definitions(columns).join(', ')})`);
    await appendTo(connection, table, columns, rows);
    return table;
  } finally {
    work.release(connection);
  }
}

async function appendTo(
  connection: DuckDBConnection,
  { name, schema, catalog }: { readonly name: string; readonly schema: string; readonly catalog: string },
  columns: Columns,
  rows: Iterable<Readonly<Record<string, unknown>>>,
): Promise<void> {
  const appender = await connection.createAppender(name, schema, catalog);
  const types = Object.entries(columns);
  try {
    for (const row of rows) {
      for (const [column, type] of types) append(appender, type, row[column] ?? null);
      appender.endRow();
    }
    appender.flushSync();
  } catch (error) {
    closeAfter(error, appender);
  }
  appender.closeSync();
}

/** Throws why rows could not be appended: to close flushes once more, and fails for the transaction that is aborted by then. */
function closeAfter(error: unknown, appender: DuckDBAppender): never {
  try {
    appender.closeSync();
  } catch {
    // What it says is a consequence.
  }
  throw error;
}

function append(appender: DuckDBAppender, type: Columns[string], value: unknown): void {
  if (value === null) appender.appendNull();
  else appenders[type](appender, value as never);
}

const appenders: { readonly [T in Columns[string]]: (appender: DuckDBAppender, value: never) => void } = {
  varchar: (appender, value: string) => appender.appendVarchar(value),
  ubigint: (appender, value: bigint) => appender.appendUBigInt(value),
  bigint: (appender, value: number) => appender.appendBigInt(BigInt(value)),
  integer: (appender, value: number) => appender.appendInteger(Math.round(value)),
  boolean: (appender, value: boolean) => appender.appendBoolean(value),
  timestamp: (appender, value: number) =>
    appender.appendTimestamp(new DuckDBTimestampValue(BigInt(Math.round(value)) * 1000n)),
};
