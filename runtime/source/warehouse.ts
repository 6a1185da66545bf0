import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceRow } from '../contract/record.ts';
import type { DuckDbSourceConfig } from '../contract/source-config.ts';
import { attachDatabase } from '../duckdb/attach.ts';
import type { Work } from '../duckdb/work.ts';
import { WorkDatabase } from '../duckdb/work-database.ts';
import { changedRows } from './diff/changed-rows.ts';
import type { Comparison } from './diff/comparison.ts';
import { type Readable, readable } from './diff/readable.ts';
import { type BoundRelation, bindRelation } from './relation.ts';
import { relationsOf } from './relations-of.ts';
import { typeName } from './row-json.ts';
import type { Column, KeyReader, Relation, Source, SourceOptions } from './source.ts';
import { placeOf, type SourceIdentity } from './source-identity.ts';
import { stageRelation } from './stage.ts';
import { requireKeyColumns, stagedRows } from './staged-rows.ts';
import { requireNarrowDecimals } from './wide-decimals.ts';

/** Opens a DuckDB source. Throws ConfigFailure when the file is missing, locked, or no DuckDB database. */
export async function openWarehouse(config: DuckDbSourceConfig, options: SourceOptions): Promise<Source> {
  const work = await WorkDatabase.open({
    ...options,
    memoryLimit: config.memory_limit,
    extensionDirectory: config.extension_directory,
  });
  try {
    if (config.database !== undefined) await attachDatabase(work, config.database);
    return new Warehouse(work, config.database === undefined ? ':memory:' : placeOf(config.database));
  } catch (error) {
    await work.close();
    throw error;
  }
}

/** Tables and queries of a DuckDB database. */
class Warehouse implements Source {
  readonly work: WorkDatabase;
  readonly #place: string;

  constructor(work: WorkDatabase, place: string) {
    this.work = work;
    this.#place = place;
  }

  async identity(relation: Relation): Promise<SourceIdentity> {
    const connection = await this.work.connect();
    try {
      return { source: this.#place, relations: await relationsOf(connection, relation) };
    } finally {
      this.work.release(connection);
    }
  }

  async columns(relation: Relation): Promise<readonly Column[]> {
    const connection = await this.work.connect();
    try {
      const { columns } = await this.#bind(connection, relation);
      return columns.map(({ name, type }) => ({ name, type: typeName(type) }));
    } finally {
      this.work.release(connection);
    }
  }

  async #bind(connection: DuckDBConnection, relation: Relation): Promise<BoundRelation> {
    const bound = await bindRelation(connection, relation);
    await requireNarrowDecimals(connection, bound, relation);
    return bound;
  }

  async *rows(
    relation: Relation,
    key: KeyReader,
    signal: AbortSignal,
    comparison?: Comparison,
  ): AsyncGenerator<readonly SourceRow[]> {
    signal.throwIfAborted();
    const connection = await this.work.connect();
    const work = { work: this.work, connection, signal };
    try {
      const bound = await this.#bind(connection, relation);
      requireKeyColumns(bound.columns, key, relation.path);
      const direct = comparison && (await comparableTable(connection, bound, comparison));
      if (direct) yield* changedRows(work, direct.rows, direct.name, key, comparison);
      else yield* this.#staged(work, bound, relation.path, key, comparison);
    } finally {
      this.work.release(connection);
    }
  }

  async *#staged(
    work: Work,
    bound: BoundRelation,
    path: string,
    key: KeyReader,
    comparison: Comparison | undefined,
  ): AsyncGenerator<readonly SourceRow[]> {
    const stage = await stageRelation(work.work, work.connection, bound, path, work.signal);
    try {
      yield* stagedRows(work, stage, key, comparison);
    } finally {
      await work.connection.run(`drop table ${stage.table.sql}`);
    }
  }

  close(): Promise<void> {
    return this.work.close();
  }
}

/**
 * A table that is compared where it stands: no process can write to it while it is attached, so it need not be copied to be the
 * same at every look. Undefined for queries and views, and where a comparison would find every row to be new.
 */
async function comparableTable(
  connection: DuckDBConnection,
  { sql, columns }: BoundRelation,
  { isEmpty, primaryKeyColumn }: Comparison,
): Promise<{ readonly rows: Readable; readonly name: string } | undefined> {
  if (isEmpty || primaryKeyColumn === undefined) return undefined;
  const named = columns.map(({ name, type }, i) => ({ name, type, sql: `c${i}` }));
  const rows = readable(`${sql} as source(${named.map((column) => column.sql).join(', ')})`, 'source.rowid', named);
  const name = rows.key(primaryKeyColumn);
  return name !== undefined && (await hasRowids(connection, sql, rows)) ? { rows, name } : undefined;
}

/** Only a table has row ids, and they tell the order of its rows. */
async function hasRowids(connection: DuckDBConnection, sql: string, rows: Readable): Promise<boolean> {
  if (sql.startsWith('query(')) return false;
  try {
    (await connection.prepare(`select ${rows.position} from ${rows.sql}`)).destroySync();
    return true;
  } catch {
    return false;
  }
}
