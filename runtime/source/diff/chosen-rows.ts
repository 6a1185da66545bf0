import { rowsWithin, type Slice, slicesOf } from '../../duckdb/slices.ts';
import { dropTables, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import { extentOf, type Stage } from '../staged/stage.ts';
import type { Comparison } from './comparison.ts';
import type { Moves } from './moves.ts';
import type { Readable } from './readable.ts';

// Two joins and a sort hold what is said and known of a row, and cannot spill all of it: with 48 MiB, DuckDB 1.5.5 had not enough for
// 25,000 rows of five short texts at once, and enough for 6,000. More statements cost less than rows that no run can read again.
const bytesOfRow = 8192;

/**
 * Copies the rows at the positions of a diff into the work database, with what is stored of them: as a row carries it, and in the
 * columns `own_key`, `own_id` and `own_outcome`, so that it need not be looked for once more among all that is stored.
 */
export async function chosenRows(
  work: Work,
  source: Readable,
  diff: WorkTable,
  { stored, known }: Comparison,
): Promise<Stage> {
  const table = work.work.newTable('chosen');
  await runWork(
    work,
    `create table ${table.sql}
      (place bigint, position bigint, row_hash ubigint, repeated boolean, json varchar, known varchar, waits_for bigint,
       own_key varchar, own_id varchar, own_outcome varchar)`,
  );
  await copyRows(work, source, { table, diff }, { stored, known });
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

interface Copying {
  readonly table: WorkTable;
  readonly diff: WorkTable;
}

interface CopiedSlice extends Copying {
  /** How many rows are in the table already. */
  readonly copied: number;
  readonly slice: Slice;
}

/** Copies as many rows at once as go into memory: fewer from where they turn out to be too wide for that. */
async function copyRows(
  work: Work,
  source: Readable,
  tables: Copying,
  comparison: Pick<Comparison, 'stored' | 'known'>,
): Promise<void> {
  let most = rowsWithin(work.work.memoryBytes, bytesOfRow);
  let copied = 0;
  const ask = async (sql: string) => (await runWork(work, sql)).getRows();
  const isCopied = async (slice: Slice): Promise<boolean> => {
    if (slice.rows > most) return false;
    try {
      await copySlice(work, source, { ...tables, copied, slice }, comparison);
    } catch (error) {
      if (slice.rows === 1 || work.signal.aborted) throw error;
      most = Math.ceil(slice.rows / 4);
      return false;
    }
    copied += slice.rows;
    return true;
  };
  const copy = async (rows: string): Promise<void> => {
    for (const slice of await slicesOf(`from ${tables.diff.sql} where ${rows}`, 'position', most, ask)) {
      if (!(await isCopied(slice))) await copy(`position between ${slice.from} and ${slice.to}`);
    }
  };
  await copy('position is not null');
}

async function copySlice(
  work: Work,
  source: Readable,
  { table, diff, copied, slice: { from, to } }: CopiedSlice,
  { stored, known }: Pick<Comparison, 'stored' | 'known'>,
): Promise<void> {
  // A table of its own: DuckDB knows how few rows it has, and keeps them, not those that they are looked for among.
  const chosen = work.work.newTable('slice');
  const statements = [
    // Names that nothing else has.
    `create table ${chosen.sql} as
      select position as at_position, row_hash as new_hash, place as at_place, repeated as is_repeated
      from ${diff.sql} where position between ${from} and ${to}`,
    // Joined first and made into JSON then: the few rows that are chosen, not all there are.
    `insert into ${table.sql}
      select ${copied} + row_number() over () - 1, * from (
        select at_position, new_hash, is_repeated, json, known, null, own_key, own_id, own_outcome
        from (select chosen.*, ${source.json()} as json
          from ${source.sql} join ${chosen.sql} as chosen on chosen.at_position = ${source.position}
          where ${source.position} between ${from} and ${to}) as rows
        left join (select place as known_place, ${known} as known,
            match_key as own_key, destination_id as own_id, outcome as own_outcome
          from (select * from (${stored}) where place in (select at_place from ${chosen.sql}))) as stored
          on stored.known_place = rows.at_place
        order by at_position)`,
  ];
  try {
    for (const sql of statements) await runWork(work, sql);
  } finally {
    await dropTables(work, [chosen]);
  }
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
