import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf } from '../contract/failure.ts';
import type { SourceRow } from '../contract/record.ts';
import type { DuckDbSourceConfig } from '../contract/source-config.ts';
import { attachDatabase } from '../duckdb/attach.ts';
import { type Attached, attachAll } from '../duckdb/attached.ts';
import type { Work } from '../duckdb/work.ts';
import { WorkDatabase } from '../duckdb/work-database.ts';
import { cancelOnServers } from './attached/cancel.ts';
import { withExactNumerics } from './attached/loose-numerics.ts';
import { narrowed, orderSql } from './attached/narrowed.ts';
import { withOrderWarning } from './attached/order-warning.ts';
import { isOrdered } from './attached/ordered.ts';
import { isForeign, scansOf } from './attached/scans.ts';
import { requireSame, type Shape, shapeOf } from './attached/shape.ts';
import { changedRows } from './diff/changed-rows.ts';
import type { Comparison } from './diff/comparison.ts';
import { type Readable, readable } from './diff/readable.ts';
import { type BoundRelation, bindRelation } from './relation.ts';
import { relationsOf } from './relations-of.ts';
import { typeName } from './row-json.ts';
import type { Column, KeyReader, Relation, Source, SourceOptions } from './source.ts';
import { placeOf, type SourceIdentity } from './source-identity.ts';
import { ownNames, type Stage, stageRelation } from './staged/stage.ts';
import { isCompared, requireKeyColumns, stagedRows } from './staged/staged-rows.ts';
import { requireNarrowDecimals } from './wide-decimals.ts';

/**
 * Opens a DuckDB source. Throws ConfigFailure when the file is missing, locked, or no DuckDB database, or something else that is named
 * cannot be had; TransientFailure where a database cannot be reached.
 */
export async function openWarehouse(config: DuckDbSourceConfig, options: SourceOptions): Promise<Source> {
  const work = await WorkDatabase.open({
    ...options,
    memoryLimit: config.memory_limit,
    extensionDirectory: config.extension_directory,
  });
  try {
    if (config.database !== undefined) await attachDatabase(work, config.database);
    const attached = await attachAll(work, config);
    return new Warehouse(work, config.database === undefined ? ':memory:' : placeOf(config.database), attached);
  } catch (error) {
    await work.close();
    throw error;
  }
}

/** A relation that is understood, and where its rows come from. */
interface Bound {
  readonly bound: BoundRelation;
  /** Whether its rows come from another database, in an order of its own. */
  readonly isForeign: boolean;
  readonly isOrdered: boolean;
}

/** Tables and queries of a DuckDB database, and of those that are attached to it. */
class Warehouse implements Source {
  readonly work: WorkDatabase;
  readonly #place: string;
  readonly #attached: readonly Attached[];
  /** The types that servers had for the columns of a relation when it was first looked at. */
  readonly #shapes = new Map<string, Shape>();

  constructor(work: WorkDatabase, place: string, attached: readonly Attached[]) {
    this.work = work;
    this.#place = place;
    this.#attached = attached;
  }

  async identity(relation: Relation): Promise<SourceIdentity> {
    const connection = await this.work.connect();
    try {
      return { source: this.#place, relations: await relationsOf(connection, relation, this.#attached) };
    } finally {
      this.work.release(connection);
    }
  }

  async columns(relation: Relation): Promise<readonly Column[]> {
    const connection = await this.work.connect();
    try {
      await this.#shaped(connection, relation);
      const bound = await bindRelation(connection, relation);
      await requireNarrowDecimals(connection, relation, await scansOf(connection, `select * from ${bound.sql}`));
      return bound.columns.map(({ name, type }) => ({ name, type: typeName(type) }));
    } finally {
      this.work.release(connection);
    }
  }

  /** Notes the types of a relation's columns, before DuckDB learns them. What cannot be asked for is told when it is bound. */
  async #shaped(connection: DuckDBConnection, relation: Relation): Promise<Shape> {
    const name = JSON.stringify([relation.table, relation.query]);
    const shape =
      this.#shapes.get(name) ?? (await shapeOf(connection, relation, this.#attached).catch(() => new Map()));
    this.#shapes.set(name, shape);
    return shape;
  }

  async #bind(connection: DuckDBConnection, relation: Relation, key: KeyReader): Promise<Bound> {
    const whole = await bindRelation(connection, relation);
    requireKeyColumns(whole.columns, key, relation.path);
    const scans = await scansOf(connection, `select * from ${whole.sql}`);
    await requireNarrowDecimals(connection, relation, scans);
    if (!scans.some(isForeign) && !isFarAway(relation))
      return { bound: firstOf(whole, relation), isForeign: false, isOrdered: true };
    const bound = narrowed(whole, key);
    const read = await scansOf(connection, `select * from ${bound.sql}`);
    const exact = await withExactNumerics(connection, bound, { relation, scans: read, attached: this.#attached });
    return {
      bound: firstOf(exact, relation),
      isForeign: scans.some(isForeign),
      isOrdered: await isOrdered(connection, relation),
    };
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
      await this.#shaped(connection, relation);
      const bound = await this.#bind(connection, relation, key);
      const direct =
        comparison && !bound.isForeign ? await comparableTable(connection, bound.bound, comparison) : undefined;
      if (direct) yield* changedRows(work, direct.rows, direct.name, key, comparison!);
      else yield* this.#staged(work, bound, relation, key, comparison);
    } finally {
      this.work.release(connection);
    }
  }

  async *#staged(
    work: Work,
    { bound, isForeign, isOrdered }: Bound,
    relation: Relation,
    key: KeyReader,
    comparison: Comparison | undefined,
  ): AsyncGenerator<readonly SourceRow[]> {
    const { path } = relation;
    const isLoose = isForeign && !isOrdered;
    const stage = await this.#stage(work, bound, {
      path,
      signal: work.signal,
      order: isLoose ? orderSql(bound, key) : undefined,
      isCompared: isCompared(readable('', '', ownNames(bound)), comparison),
      cancel: () => cancelOnServers(this.work, this.#attached),
    });
    try {
      const before = await this.#shaped(work.connection, relation);
      if (before.size > 0) requireSame(before, await shapeOf(work.connection, relation, this.#attached), relation);
      yield* stagedRows(work, stage, isLoose ? withOrderWarning(key, path) : key, comparison);
    } finally {
      await work.connection.run(`drop table ${stage.table.sql}`);
    }
  }

  /** A user with rights on some columns only may not read a table by the places of its rows, as DuckDB does it first. */
  async #stage(
    { work, connection }: Work,
    bound: BoundRelation,
    staging: Parameters<typeof stageRelation>[3],
  ): Promise<Stage> {
    try {
      return await stageRelation(work, connection, bound, staging);
    } catch (error) {
      const isRefused = /permission denied for table/.test(messageOf(error));
      if (staging.signal.aborted || !isRefused || !(await readsByPlace(connection))) throw error;
      await connection.run('set session pg_use_ctid_scan = false');
      return stageRelation(work, connection, bound, staging);
    }
  }

  close(): Promise<void> {
    return this.work.close();
  }
}

/** No more rows of a relation than are asked for. */
const firstOf = (bound: BoundRelation, { first }: Relation): BoundRelation =>
  first === undefined ? bound : { ...bound, sql: `(select * from ${bound.sql} limit ${first})` };

const isFarAway = ({ query = '' }: Relation): boolean => /\w:\/\//.test(query);

async function readsByPlace(connection: DuckDBConnection): Promise<boolean> {
  const found = await connection.runAndReadAll(`select value from duckdb_settings() where name = 'pg_use_ctid_scan'`);
  return found.getRows()[0]?.[0] === 'true';
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
  const named = ownNames({ columns });
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
