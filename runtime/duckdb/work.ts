import type { DuckDBConnection, DuckDBMaterializedResult } from '@duckdb/node-api';
import { runInterruptibly } from './interruptible.ts';
import type { WorkDatabase, WorkTable } from './work-database.ts';

/** A connection to the work database, and what ends its statements. */
export interface Work {
  readonly work: WorkDatabase;
  readonly connection: DuckDBConnection;
  readonly signal: AbortSignal;
}

/** Runs a statement on staged rows to its end. */
export const runWork = ({ connection, signal }: Work, sql: string): Promise<DuckDBMaterializedResult> =>
  runInterruptibly(connection, sql, signal, 'the staged rows could not be compared');

/** The one number that a SELECT gives. */
export async function countWork(work: Work, sql: string): Promise<number> {
  const [count] = await countsWork(work, sql);
  return Number(count);
}

/** The numbers that a SELECT gives in its one row. */
export async function countsWork(work: Work, sql: string): Promise<readonly number[]> {
  const result = await runWork(work, sql);
  const [row = []] = await result.getRows();
  return row.map(Number);
}

/** Ends tables, whatever has been aborted. One that stays takes room until the work database is closed, and no more. */
export async function dropTables(
  { connection }: Pick<Work, 'connection'>,
  tables: readonly WorkTable[],
): Promise<void> {
  for (const { sql } of tables) await connection.run(`drop table if exists ${sql}`).catch(() => undefined);
}
