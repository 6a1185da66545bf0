import { literal } from '../../duckdb/sql.ts';
import { countsWork, countWork, dropTables, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';

/** Which record each row is to have, where that is not the one it had. */
export interface Moves {
  /**
   * What is stored from now on under the primary keys concerned, in the columns of `stored`, with places of its own; absent
   * where all stays as it is.
   */
  readonly table: WorkTable | undefined;
  /** `position`, `waits_for`: rows whose match key another row's record has until that one is renamed. Absent: none. */
  readonly waits: WorkTable | undefined;
  /** Rows that have another match key than before, of the same kind. */
  readonly rekeyed: number;
  /** Ends the tables. */
  drop(): Promise<void>;
}

// The name of a record that its row has left and that no other row has taken.
const LEFT = 'record:';

/** The SQL of whether a `primary_key` names a record that no row has. */
export const isLeft = `starts_with(primary_key, '${LEFT}')`;

/** What differs between rows that let go of their record and those that lose it to another row, is what they have by then. */
const emptied = `null as destination_id, null as row_hash, null as settled_hash, null as fingerprint, null as "values",
  null as lists, false as unfinished, false as moved, null as code, null as message, null as attempts`;

/**
 * Decides which record each row has, before anything is sent. `wanted` is a SELECT of rows with `position`, `primary_key`,
 * `key` (null: it has none), `superseded` and the columns of `withOwn`; each key stands there once without `superseded`. `stored`
 * is what is stored, a SELECT with a `place`; `renames` are the kinds of keys that an update gives a record.
 *
 * A row keeps the record that is known by its key. A row with another key than before goes to the record that is known by
 * the new one, if there is such a record, and so does one that a later row had superseded; else it keeps its own and
 * renames it, unless another row has taken that, its update cannot, or primary keys seem to name other rows than before. A row that never had a record takes one that no other
 * row has; where another row is about to rename it, it waits. A record that comes to another row is `moved`.
 */
export async function movesOf(
  work: Work,
  wanted: string,
  { stored, renames = [] }: { readonly stored: string; readonly renames?: readonly string[] | undefined },
): Promise<Moves> {
  const tables = (['want', 'held', 'took', 'kept', 'moves', 'waits'] as const).map((name) => work.work.newTable(name));
  const [want, held, took, kept, moves, waits] = tables.map(({ sql }) => sql) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const drop = (): Promise<void> => dropTables(work, tables);
  const isRekeyed = 'want.own_id is not null and want.own_key <> want.key';
  // Who has the record of its key, or was superseded before and is not any more, needs no other.
  const seeks =
    'not want.superseded and want.key is not null and (want.own_id is null or want.own_key is distinct from want.key)';
  await runWork(
    work,
    `create table ${want} as
      select *, own_id is null and own_outcome is distinct from 'superseded' as is_new from (${wanted})`,
  );
  const rekeyed = await countWork(
    work,
    `select count(*) from ${want} as want where ${isRekeyed} and split_part(want.own_key, ':', 1) = split_part(want.key, ':', 1)`,
  );
  const mayMove = await countWork(
    work,
    `select count(*) from ${want} as want where (${seeks}) or (superseded and own_id is not null)`,
  );
  if (mayMove === 0) {
    await runWork(work, `drop table ${want}`);
    return { table: undefined, waits: undefined, rekeyed, drop: async () => undefined };
  }
  const first = [
    `create table ${held} as
      select match_key as key, place, primary_key, destination_id from (${stored})
      where destination_id is not null and match_key in (select key from ${want} as want where ${seeks})
      qualify row_number() over (partition by match_key
        order by outcome in ('superseded', 'removed'), settled_at desc, primary_key) = 1`,
    `create table ${took} as
      select want.position, want.primary_key, held.place, held.destination_id
      from ${want} as want join ${held} as held using (key) where ${seeks} and not want.is_new
      qualify row_number() over (partition by held.destination_id order by want.position desc) = 1`,
  ];
  for (const sql of first) await runWork(work, sql);
  const mayRename = (await isShifted(work, { want, held, took, stored, rekeyed })) ? 'false' : isRenamable(renames);
  const then = [
    `create table ${kept} as
      select position, primary_key, own_id from ${want} as want
      where not superseded and own_id is not null and key is not null and (own_key is not distinct from key
        or (${mayRename} and position not in (select position from ${took})
          and own_id not in (select destination_id from ${took})))`,
    `create table ${waits} as
      select want.position, kept.position as waits_for
      from ${want} as want join ${held} as held using (key) join ${kept} as kept on kept.primary_key = held.primary_key
      where ${seeks} and want.is_new`,
    `insert into ${took}
      select want.position, want.primary_key, held.place, held.destination_id
      from ${want} as want join ${held} as held using (key)
      where ${seeks} and want.is_new and want.position not in (select position from ${waits})
        and held.destination_id not in (select destination_id from ${took})`,
    // A row without a key is rejected; its record stays its own as long as no other row has the key of that.
    `insert into ${kept}
      select position, primary_key, own_id from ${want} as want
      where not superseded and own_id is not null and key is null
        and own_id not in (select destination_id from ${took})`,
    `create table ${moves} as select -1000000000000000 - row_number() over () as place, * exclude (place) from (
      select stored.* replace (took.primary_key as primary_key, true as moved, null as row_hash, null as settled_hash)
      from ${took} as took join (${stored}) as stored on stored.place = took.place
      union all by name
      select stored.* replace (${emptied}, 'deferred' as outcome)
      from (${stored}) as stored join ${want} as want on want.place = stored.place
      where want.own_id is not null and want.position not in (select position from ${took})
        and want.position not in (select position from ${kept})
      union all by name
      select * replace (${emptied}, 'superseded' as outcome)
      from (${stored}) where place in (select place from ${took})
        and primary_key not in (select primary_key from ${want})
      union all by name
      select stored.* replace ('${LEFT}' || want.own_id as primary_key, null as row_hash, null as settled_hash)
      from (${stored}) as stored join ${want} as want on want.place = stored.place
      where want.own_id is not null and want.position not in (select position from ${kept})
        and want.own_id not in (select destination_id from ${took}))`,
  ];
  for (const sql of then) await runWork(work, sql);
  const [table, waiting] = [tables[4]!, tables[5]!];
  const [moved = 0, waiters = 0] = await countsWork(
    work,
    `select (select count(*) from ${moves}), (select count(*) from ${waits})`,
  );
  return { table: moved > 0 ? table : undefined, waits: waiters > 0 ? waiting : undefined, rekeyed, drop };
}

/** A SELECT of rows with a `primary_key`, and what is stored under that: `place`, `own_key`, `own_id`, `own_outcome`. */
export const withOwn = (rows: string, stored: string): string => `
  select rows.*, own.place, own.match_key as own_key, own.destination_id as own_id, own.outcome as own_outcome
  from (${rows}) as rows left join (${stored}) as own on own.primary_key = rows.primary_key`;

const isRenamable = (kinds: readonly string[]): string =>
  kinds.length === 0 ? 'false' : `split_part(key, ':', 1) in (${kinds.map(literal).join(', ')})`;

interface Shift extends Readonly<Record<'want' | 'held' | 'took' | 'stored', string>> {
  readonly rekeyed: number;
}

// Two addresses may be swapped by hand. Of a small table, one that moves is a sign where it is one of many that are new.
const manySwapped = 3;
const believedPercent = 20;

/**
 * Whether primary keys seem to name other rows than before, as \`row_number()\` does: rows have come to the records of rows that are
 * still there under another key. Then a row whose key nothing knows is another row too, and must not rename what is stored
 * under its name.
 */
async function isShifted(work: Work, { want, held, took, stored, rekeyed }: Shift): Promise<boolean> {
  const swapped = await countWork(
    work,
    `select count(*) from ${took} as took join ${held} as held using (place) join ${want} as former on former.primary_key = held.primary_key
     where held.primary_key <> took.primary_key and former.key is distinct from held.key`,
  );
  if (swapped === 0 || swapped >= manySwapped) return swapped > 0;
  const isKnown = `destination_id is not null and outcome <> 'removed' and not ${isLeft}`;
  const known = await countWork(work, `select count(*) from (${stored}) where ${isKnown}`);
  return rekeyed * 100 > believedPercent * known;
}

/** What is stored once rows have moved. */
export const movedStored = (stored: string, { table }: Pick<Moves, 'table'>): string =>
  table === undefined
    ? stored
    : `select * from (${stored}) where primary_key not in (select primary_key from ${table.sql})
       union all by name select * from ${table.sql}`;
