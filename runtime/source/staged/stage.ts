import type { DuckDBConnection } from '@duckdb/node-api';
import { runInterruptibly } from '../../duckdb/interruptible.ts';
import type { WorkDatabase, WorkTable } from '../../duckdb/work-database.ts';
import { type Readable, readable } from '../diff/readable.ts';
import type { BoundRelation } from '../relation.ts';

/** Rows in the work database, complete and in order: a table with a `position` and whatever `json` reads. */
export interface Stage extends Readable {
  readonly table: WorkTable;
  /** How many rows it has. Positions ascend; where rows were left out, they have gaps. */
  readonly rows: number;
  /** One more than the highest position. */
  readonly end: number;
  /** The SQL of a number that counts the rows from 0 in their order; `position` where this is absent. */
  readonly place?: string;
  /** What else a row carries, where the state store was asked. */
  readonly compared?: ComparedColumns;
}

/** The SQL of what a comparison adds to a row. */
interface ComparedColumns {
  readonly rowHash: string;
  /** JSON text, or null where nothing is known; absent where SQL could not find out. */
  readonly known?: string;
  readonly repeated: string;
  /** The position of another row, or null; absent where no row waits. */
  readonly waitsFor?: string;
}

/** How a relation is staged. */
interface Staging {
  /** Where the relation is configured, for messages. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** What rows are ordered by, of the columns `c0`, `c1` …; undefined where they come in an order that counts. */
  readonly order: string | undefined;
  /** The rows will be compared and not handed out: they get no positions of their own, which would cost a sort or a thread. */
  readonly isCompared: boolean;
  /** Ends what an interrupt does not reach. */
  readonly cancel: () => Promise<void>;
}

/**
 * Copies a relation into the work database, so that a source which fails half way fails here, before a row is handed
 * out. Throws TransientFailure (`source_unreadable`), or the signal's reason.
 */
export async function stageRelation(
  work: WorkDatabase,
  connection: DuckDBConnection,
  relation: BoundRelation,
  { path, signal, order, isCompared, cancel }: Staging,
): Promise<Stage> {
  const table = work.newTable('stage');
  const columns = ownNames(relation);
  const names = columns.map(({ sql }) => sql).join(', ');
  const rows = `${relation.sql} as source(${names})`;
  const ordered = order === undefined ? rows : `(select * from ${rows} order by ${order})`;
  // An ORDER BY is kept: a window without an order numbers rows as they come.
  const numbered = `select row_number() over () - 1 as position, ${names} from ${ordered}`;
  const sql = `create table ${table.sql} as ${isCompared ? `select ${names} from ${rows}` : numbered}`;
  const failed = `${path}: could not be read to its end, no row was taken`;
  const copy = () => runInterruptibly(connection, sql, signal, failed, cancel);
  await (isCompared && order !== undefined ? inNoOrder(connection, copy) : copy());
  const read = isCompared
    ? { ...readable(`${table.sql} as source`, 'source.rowid', columns), ...(order !== undefined && { order }) }
    : readable(table.sql, 'position', columns);
  return { table, ...read, ...(await extentOf(connection, table, isCompared ? 'rowid' : 'position')) };
}

/**
 * Has a statement write rows as they come. To keep those of several threads in the order in which they were asked for takes as much
 * again as to keep them (a million rows of 15 columns: 0.5 s of CPU instead of 0.25; measured, DuckDB 1.5.5).
 */
async function inNoOrder(connection: DuckDBConnection, statement: () => Promise<unknown>): Promise<void> {
  await connection.run('set session preserve_insertion_order = false');
  try {
    await statement();
  } finally {
    await connection.run('reset session preserve_insertion_order');
  }
}

/** The columns of a relation under names of our own: no column of the user's, however it is called, gets in the way of `position`. */
export const ownNames = ({ columns }: Pick<BoundRelation, 'columns'>): Parameters<typeof readable>[2] =>
  columns.map(({ name, type }, i) => ({ name, type, sql: `c${i}` }));

/** How many rows a staged table has, and where it ends. */
export async function extentOf(
  connection: DuckDBConnection,
  table: WorkTable,
  position = 'position',
): Promise<{ readonly rows: number; readonly end: number }> {
  const found = await connection.runAndReadAll(
    `select count(*)::double, coalesce(max(${position}) + 1, 0)::double from ${table.sql}`,
  );
  const [rows, end] = found.getRows()[0] ?? [];
  return { rows: Number(rows), end: Number(end) };
}
