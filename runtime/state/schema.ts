import type { DuckDBConnection } from '@duckdb/node-api';
import { ConfigFailure, messageOf } from '../contract/failure.ts';
import type { StateAt } from '../contract/state-config.ts';
import { countOf, identifier, literal } from '../duckdb/sql.ts';
import { storeText } from './server/parameters.ts';
import { type Columns, TABLES, type TableName } from './tables.ts';

// No file name holds a slash, so no database file gives itself this name.
/** The name under which a state store is attached. */
export const CATALOG = 'state/';

/** A table of the state store, as a statement names it. */
export const stateTable = (name: keyof typeof TABLES | 'meta'): string => `${identifier(CATALOG)}.${name}`;

/** What takes the store from each version to the next. A migration that was released is never changed. */
const migrations: readonly (() => readonly string[])[] = [
  // 0, an empty file or one that has less than all columns, to 1.
  allCompleted,
  // 1 to 2: `outcomes`, `changes`, and `fields` of calls.
  allCompleted,
  // 2 to 3: `lists` of records.
  allCompleted,
  // 3 to 4: `streams`, what the memory of each is about.
  allCompleted,
  // 4 to 5: `fields` and `match_key` of intents; `in_file` of rejects, so that none is written twice.
  () => [...allCompleted(), `update ${stateTable('rejects')} set in_file = true`],
  // 5 to 6: `destination_id` of rejects.
  allCompleted,
  // 6 to 7: `place`, which tells rows apart and in which order they came.
  () => [...allCompleted(), ...placed.map((table) => `update ${stateTable(table)} set place = rowid`)],
  // 7 to 8: `inventory`, its keys, and how far it has been read.
  allCompleted,
  // 8 to 9: `moved` of records.
  allCompleted,
  // 9 to 10: `conflicts` and `decisions`.
  allCompleted,
  // 10 to 11: `leases`, which only stores have rows of that several runs share.
  allCompleted,
  // 11 to 12: `confirmed_from` and `confirmed_at` of records.
  allCompleted,
  // 12 to 13: `windows`, as `leases`.
  allCompleted,
  // 13 to 14: `protected_fields`.
  allCompleted,
  // 14 to 15: `destination_id` of these.
  () => [...allCompleted(), protectedRecords(stateTable)],
  // 15 to 16: `gone_at` and `lists` of the inventory; `still` and `looked_at` of changes.
  allCompleted,
  // 16 to 17: `blocks` and `lowered` of windows.
  allCompleted,
];

/** A statement of the migration from 14 to 15, where its tables are named so: fields are protected of the records that rows had. */
export const protectedRecords = (table: (name: TableName) => string): string =>
  `update ${table('protected_fields')} as kept set destination_id = record.destination_id
   from ${table('records')} as record where record.stream = kept.stream and record.primary_key = kept.primary_key`;

/** The tables whose rows have a place. */
const placed = ['records', 'outcomes', 'runs', 'rejects', 'changes'] as const satisfies readonly TableName[];

/** The version that this program writes. */
export const SCHEMA_VERSION = migrations.length;

function allCompleted(): readonly string[] {
  return Object.entries(TABLES).flatMap(([name, columns]) => completed(name as keyof typeof TABLES, columns));
}

const completed = (name: keyof typeof TABLES, columns: Columns): readonly string[] => [
  created(name, columns),
  ...definitions(columns).map((column) => `alter table ${stateTable(name)} add column if not exists ${column}`),
];

const allCreated = (): readonly string[] =>
  Object.entries(TABLES).map(([name, columns]) => created(name as keyof typeof TABLES, columns));

const created = (name: keyof typeof TABLES, columns: Columns): string =>
  `create table if not exists ${stateTable(name)} (${definitions(columns).join(', ')})`;

/** Columns as a statement defines them. */
export const definitions = (columns: Columns): readonly string[] =>
  Object.entries(columns).map(([column, type]) => `${identifier(column)} ${type}`);

/** Brings the attached file to the newest version, in one transaction. Throws ConfigFailure where it is newer than that. */
export async function migrate(connection: DuckDBConnection, at: StateAt): Promise<void> {
  const version = await versionOf(connection, at);
  if (version === SCHEMA_VERSION) return;
  const isEmpty = (await countOf(connection, `from duckdb_tables() where database_name = ${literal(CATALOG)}`)) === 0;
  await connection.run('begin');
  await connection.run(`create table if not exists ${stateTable('meta')} (key varchar, value varchar)`);
  for (const sql of isEmpty ? allCreated() : statementsFrom(version)) await connection.run(sql);
  await connection.run(`delete from ${stateTable('meta')} where key = 'schema_version'`);
  await connection.run(`insert into ${stateTable('meta')} values ('schema_version', ${literal(`${SCHEMA_VERSION}`)})`);
  await connection.run('commit');
}

// Several migrations complete all tables: the first of them has done it for the others.
const statementsFrom = (version: number): ReadonlySet<string> =>
  new Set(migrations.slice(version).flatMap((statements) => statements()));

/** The version of the attached store; 0 for one that has none. Throws ConfigFailure where it is newer than this program. */
export async function versionOf(connection: DuckDBConnection, at: StateAt): Promise<number> {
  if (!(await hasTable(connection, 'meta'))) return 0;
  const found = await connection.runAndReadAll(`select value from ${stateTable('meta')} where key = 'schema_version'`);
  const version = Number(found.getRows()[0]?.[0] ?? 0);
  if (version <= SCHEMA_VERSION) return version;
  throw newerState(at, version);
}

/** Whether the attached store has a table: one that is only looked into may be older than it. */
export const hasTable = (connection: DuckDBConnection, table: TableName | 'meta'): Promise<boolean> =>
  binds(connection, `from ${stateTable(table)}`);

/** Whether the attached store has a column, as `hasTable`. */
export const hasColumn = (connection: DuckDBConnection, table: TableName, column: string): Promise<boolean> =>
  binds(connection, `select ${identifier(column)} from ${stateTable(table)}`);

/**
 * Whether a statement names only what there is. A list of what there is would have a lake read how large each table is, which takes
 * 30 ms of CPU (measured, DuckDB 1.5.5).
 */
async function binds(connection: DuckDBConnection, select: string): Promise<boolean> {
  try {
    await connection.run(`${select} limit 0`);
    return true;
  } catch (error) {
    if (/^(Catalog|Binder) Error/.test(messageOf(error))) return false;
    throw error;
  }
}

/** Why a store that a newer release has written is left as it is. */
export const newerState = (at: StateAt, version: number): ConfigFailure =>
  new ConfigFailure(
    `${storeText(at)} has schema version ${version}, and this program knows ${SCHEMA_VERSION} at most: a newer ` +
      'release has written it. Use that release, or another store.',
    { code: 'newer_state' },
  );
