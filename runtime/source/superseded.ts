import type { DuckDBConnection } from '@duckdb/node-api';
import { runInterruptibly } from './interruptible.ts';
import type { KeyReader } from './source.ts';
import type { Stage } from './stage.ts';
import { stagedPages } from './staged-pages.ts';
import { TextAppender } from './text-appender.ts';
import type { WorkDatabase, WorkTable } from './work-database.ts';

/**
 * Makes a table of the positions for which a later position has the same match key. Keys are computed in JavaScript,
 * where the normalisation is, and compared in SQL, where they need not fit into memory.
 */
export async function findSuperseded(
  work: WorkDatabase,
  connection: DuckDBConnection,
  stage: Stage,
  key: KeyReader,
  signal: AbortSignal,
): Promise<WorkTable> {
  const keys = work.newTable('keys');
  const superseded = work.newTable('superseded');
  await connection.run(`create table ${keys.sql} (position bigint, key varchar)`);
  try {
    await appendKeys(work, connection, stage, key, keys, signal);
    const sql = `create table ${superseded.sql} as
      select keys.position
      from ${keys.sql} as keys
      join (select key, max(position) as last from ${keys.sql} group by key having count(*) > 1) as repeated
        on keys.key = repeated.key
      where keys.position < repeated.last
      order by keys.position`;
    await runInterruptibly(connection, sql, signal, 'the match keys could not be compared');
  } finally {
    await connection.run(`drop table ${keys.sql}`);
  }
  return superseded;
}

async function appendKeys(
  work: WorkDatabase,
  connection: DuckDBConnection,
  stage: Stage,
  key: KeyReader,
  keys: WorkTable,
  signal: AbortSignal,
): Promise<void> {
  const own = await work.connect();
  try {
    const appender = await TextAppender.to(own, keys);
    for await (const page of stagedPages(connection, stage, signal, { columns: key.columns })) {
      for (const { position, row } of page) {
        const matchKey = key.matchKeyOf(row);
        if (matchKey !== undefined) appender.append(position, matchKey);
      }
    }
    appender.close();
  } finally {
    work.release(own);
  }
}
