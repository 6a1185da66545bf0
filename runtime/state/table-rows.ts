import type { DuckDBConnection } from '@duckdb/node-api';
import { texts } from '../duckdb/parameters.ts';
import { identifier } from '../duckdb/sql.ts';
import type { WorkDatabase, WorkTable } from '../duckdb/work-database.ts';
import { packedRows } from './packed-rows.ts';
import { definitions, stateTable } from './schema.ts';
import { type Columns, TABLES, type TableName, type TableRow } from './tables.ts';

type Row = Readonly<Record<string, unknown>>;

/** Runs a statement with texts as its parameters. */
type Run = (sql: string, given: readonly string[]) => Promise<unknown>;

const runOn =
  (connection: DuckDBConnection): Run =>
  (sql, given) =>
    connection.run(sql, ...texts(...given));

/** Appends rows to a table of the state store, within the transaction that is open. */
export async function appendRows<T extends TableName>(
  connection: DuckDBConnection,
  name: T,
  rows: readonly TableRow<T>[],
  run: Run = runOn(connection),
): Promise<void> {
  await insert(run, stateTable(name), TABLES[name], rows);
}

/** A new table of the work database, with these rows. */
export async function workTableOf(
  work: WorkDatabase,
  purpose: string,
  columns: Columns,
  rows: readonly Row[],
): Promise<WorkTable> {
  const table = work.newTable(purpose);
  const connection = await work.connect();
  try {
    await connection.run(`create table ${table.sql} (${definitions(columns).join(', ')})`);
    await insert(runOn(connection), table.sql, columns, rows);
    return table;
  } finally {
    work.release(connection);
  }
}

// As many as a commit has. A statement holds its rows as text.
const togetherRows = 2048;
const togetherCharacters = 8_000_000;

async function insert(run: Run, table: string, columns: Columns, rows: readonly Row[]): Promise<void> {
  const names = Object.keys(columns);
  for (const part of partsOf(rows, names)) {
    const { sql, texts: given } = packedRows(columns, part);
    await run(`insert into ${table} (${names.map(identifier).join(', ')}) ${sql}`, given);
  }
}

function* partsOf(rows: readonly Row[], names: readonly string[]): Generator<readonly Row[]> {
  let from = 0;
  let characters = 0;
  for (const [i, row] of rows.entries()) {
    if (i - from >= togetherRows || characters > togetherCharacters) {
      yield rows.slice(from, i);
      from = i;
      characters = 0;
    }
    for (const name of names) characters += lengthOf(row[name]);
  }
  if (from < rows.length) yield rows.slice(from);
}

const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
