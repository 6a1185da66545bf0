import { TextAppender } from '../../duckdb/text-appender.ts';
import { countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { KeyReader } from '../source.ts';
import type { Stage } from '../stage.ts';
import { stagedPages } from '../staged-pages.ts';

/**
 * Counts the rows of a stage whose match key stands under several names: they are probably several records, of which only one
 * would be written. For a preview; a run does not pay for it.
 */
export async function countSharedKeys(work: Work, stage: Stage, keys: WorkTable, key: KeyReader): Promise<void> {
  const { naming } = key;
  if (naming === undefined) return;
  const names = work.work.newTable('names');
  await runWork(work, `create table ${names.sql} (position bigint, name varchar)`);
  const own = await work.work.connect();
  try {
    const appender = await TextAppender.to(own, names);
    for await (const page of stagedPages(work.connection, stage, work.signal, { columns: key.columns })) {
      for (const { position, row } of page) {
        const name = naming.nameOf(row);
        if (name !== undefined) appender.append(position, name);
      }
    }
    appender.close();
  } finally {
    work.work.release(own);
  }
  const named = `${keys.sql} as keys join ${names.sql} as names using (position)`;
  naming.shared(
    await countWork(
      work,
      `select count(*) from ${named} where key in (select key from ${named} group by key having count(distinct name) > 1)`,
    ),
  );
  await runWork(work, `drop table ${names.sql}`);
}
