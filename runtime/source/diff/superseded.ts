import { countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { KeyReader } from '../source.ts';

/** Makes a table of the positions for which a later position has the same match key, and tells how many there are. */
export async function supersededIn(
  work: Work,
  keys: WorkTable,
  { repeats }: Pick<KeyReader, 'repeats'>,
): Promise<WorkTable> {
  const superseded = work.work.newTable('superseded');
  await runWork(
    work,
    `create table ${superseded.sql} as
      select keys.position
      from ${keys.sql} as keys
      join (select key, max(position) as last from ${keys.sql} group by key having count(*) > 1) as repeated
        on keys.key = repeated.key
      where keys.position < repeated.last
      order by keys.position`,
  );
  if (repeats) repeats(await countWork(work, `select count(*) from ${superseded.sql}`));
  return superseded;
}
