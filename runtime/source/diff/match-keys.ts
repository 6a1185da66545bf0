import { TextAppender } from '../../duckdb/text-appender.ts';
import type { Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { KeyReader } from '../source.ts';
import type { Stage } from '../stage.ts';
import { stagedPages } from '../staged-pages.ts';

/**
 * Makes a table of the position and match key of each staged row that has one. Keys are computed in JavaScript, where the
 * normalisation is, and compared in SQL, where they need not fit into memory.
 */
export async function matchKeysOf(work: Work, stage: Stage, key: KeyReader): Promise<WorkTable> {
  const keys = work.work.newTable('keys');
  await work.connection.run(`create table ${keys.sql} (position bigint, key varchar)`);
  const own = await work.work.connect();
  try {
    const appender = await TextAppender.to(own, keys);
    for await (const page of stagedPages(work.connection, stage, work.signal, { columns: key.columns })) {
      for (const { position, row, repeated } of page) {
        const matchKey = repeated ? undefined : key.matchKeyOf(row);
        if (matchKey !== undefined) appender.append(position, matchKey);
      }
    }
    appender.close();
  } finally {
    work.work.release(own);
  }
  return keys;
}
