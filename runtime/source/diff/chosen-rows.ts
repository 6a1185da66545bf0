import { runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import { extentOf, type Stage } from '../staged/stage.ts';
import type { Comparison } from './comparison.ts';
import type { Moves } from './moves.ts';
import type { Readable } from './readable.ts';

/** Copies the rows at the positions of a diff into the work database, with what is stored of them. */
export async function chosenRows(
  work: Work,
  source: Readable,
  diff: WorkTable,
  { stored, known }: Comparison,
): Promise<Stage> {
  const table = work.work.newTable('chosen');
  // Joined first and made into JSON then: the few rows that are chosen, not all there are. Names that nothing else has.
  const chosen = `select position as at_position, cast(row_hash as varchar) as new_hash, place as at_place, repeated as is_repeated
    from ${diff.sql} where position is not null`;
  await runWork(
    work,
    `create table ${table.sql} as
      select row_number() over () - 1 as place, * from (
        select at_position as position, new_hash as row_hash, is_repeated as repeated, json, known,
          null::bigint as waits_for
        from (select chosen.*, ${source.json()} as json
          from ${source.sql} join (${chosen}) as chosen on chosen.at_position = ${source.position}) as rows
        left join (select place as known_place, ${known} as known
          from (select * from (${stored}) where place in (select at_place from (${chosen})))) as stored
          on stored.known_place = rows.at_place
        order by at_position)`,
  );
  return {
    table,
    sql: table.sql,
    position: 'position',
    place: 'place',
    compared: { rowHash: 'row_hash', known: 'known', repeated: 'repeated', waitsFor: 'waits_for' },
    ...(await extentOf(work.connection, table)),
    json: () => 'json',
    // These rows are not compared again.
    key: () => undefined,
    hash: () => 'row_hash',
  };
}

/** Has chosen rows tell what is stored of them once they have moved, and for which other row they wait. */
export async function moveChosen(
  work: Work,
  { table }: Stage,
  diff: WorkTable,
  moves: Moves,
  known: string,
): Promise<void> {
  if (moves.table !== undefined) {
    await runWork(
      work,
      `update ${table.sql} as chosen set known = moved.known
       from (select at_position, ${known} as known from ${moves.table.sql} as moves
         join (select position as at_position, primary_key as at_key from ${diff.sql}
           where position is not null and not repeated) as diff on at_key = moves.primary_key) as moved
       where chosen.position = moved.at_position`,
    );
  }
  if (moves.waits === undefined) return;
  await runWork(
    work,
    `update ${table.sql} as chosen set waits_for = waits.waits_for
     from ${moves.waits.sql} as waits where chosen.position = waits.position`,
  );
}
