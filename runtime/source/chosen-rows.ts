import type { Comparison } from './comparison.ts';
import type { Readable } from './readable.ts';
import { extentOf, type Stage } from './stage.ts';
import { runWork, type Work } from './work.ts';
import type { WorkTable } from './work-database.ts';

/** Copies the rows at the positions of a diff into the work database, with what is stored of them. */
export async function chosenRows(
  work: Work,
  source: Readable,
  diff: WorkTable,
  { stored }: Comparison,
): Promise<Stage> {
  const table = work.work.newTable('chosen');
  await runWork(
    work,
    `create table ${table.sql} as
      select row_number() over () - 1 as place, * from (
        select diff.position, cast(diff.row_hash as varchar) as row_hash, stored.known, diff.repeated, rows.json
        from ${diff.sql} as diff
        join (select ${source.position} as position, ${source.json()} as json from ${source.sql}) as rows
          on rows.position = diff.position
        left join (select place, known from (${stored})) as stored on stored.place = diff.place
        order by diff.position)`,
  );
  return {
    table,
    sql: table.sql,
    position: 'position',
    place: 'place',
    compared: { rowHash: 'row_hash', known: 'known', repeated: 'repeated' },
    ...(await extentOf(work.connection, table)),
    json: () => 'json',
    // Nobody compares these rows again.
    key: () => undefined,
    hash: () => 'row_hash',
  };
}
