import type { SourceRow } from '../../contract/record.ts';
import { countWork, dropTables, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { KeyReader } from '../source.ts';
import type { Stage } from '../staged/stage.ts';
import { stagedPages } from '../staged/staged-pages.ts';
import { chosenRows, moveChosen } from './chosen-rows.ts';
import type { Compared, Comparison } from './comparison.ts';
import { withDependents } from './dependents.ts';
import { type Diff, diffOf } from './diff.ts';
import { matchKeysOf } from './match-keys.ts';
import { isLeft, type Moves, movedStored, movesOf, withOwn } from './moves.ts';
import type { Readable } from './readable.ts';
import { keepLosers, rivalsOf } from './rivals.ts';
import { countSharedKeys } from './shared-keys.ts';
import { supersededIn } from './superseded.ts';

/** The rows of a source that differ from what is stored of them, with what is known of each. `name` is their primary key. */
export async function* changedRows(
  work: Work,
  read: Readable,
  name: string,
  key: KeyReader,
  comparison: Comparison,
): AsyncGenerator<readonly SourceRow[]> {
  const diff = await diffOf(work, read, name, comparison);
  const { source, ranks } = diff;
  const made: WorkTable[] = ranks === undefined ? [diff.table] : [diff.table, ranks];
  let moves: Moves | undefined;
  try {
    await withDependents(work, source, diff, comparison);
    if (diff.staged === 0) {
      await comparison.compared(await compared(work, diff, comparison, {}));
      key.counted?.(0);
      return;
    }
    const chosen = await chosenRows(work, source, diff.table, comparison);
    const keys = await matchKeysOf(work, chosen, key);
    made.push(chosen.table, keys);
    await countSharedKeys(work, chosen, keys, key);
    const rivals = await rivalsOf(work, source, diff, keys, comparison);
    const superseded = await supersededIn(work, keys, key);
    made.push(superseded);
    if (rivals !== undefined) await keepLosers(work, diff, rivals, superseded);
    const wanted = wantedBy({ diff: diff.table, chosen: chosen.table, keys, superseded, rivals }, comparison);
    moves = await movesOf(work, wanted, { stored: comparison.stored, renames: key.renames });
    await moveChosen(work, chosen, diff.table, moves, comparison.known);
    const losers = rivals && (await losersOf(work, source, rivals, { moves, comparison }));
    if (rivals && losers) made.push(rivals, losers.table);

    await comparison.compared(await compared(work, diff, comparison, { keys, moves }));
    key.counted?.(chosen.rows + (losers?.rows ?? 0));
    const options = { superseded, demand: key.demand };
    if (losers) yield* stagedPages(work, losers, options);
    yield* stagedPages(work, chosen, options);
  } finally {
    await moves?.drop();
    await dropTables(work, made);
  }
}

/** The rows that have a record or are to have one, as `movesOf` asks for them; unchanged ones only where they lose. */
function wantedBy(
  tables: {
    readonly diff: WorkTable;
    readonly chosen: WorkTable;
    readonly keys: WorkTable;
    readonly superseded: WorkTable;
    readonly rivals: WorkTable | undefined;
  },
  { stored }: Pick<Comparison, 'stored'>,
): string {
  const { diff, chosen, keys, superseded, rivals } = tables;
  const losers = rivals && withOwn(`select position, primary_key from ${rivals.sql}`, stored);
  const others = losers === undefined ? '' : ` union all by name ${losers}`;
  return `select rows.*, keys.key, rows.position in (select position from ${superseded.sql}) as superseded
    from (select diff.position, diff.primary_key, diff.place, own_key, own_id, own_outcome
      from ${diff.sql} as diff join ${chosen.sql} as chosen using (position)
      where diff.primary_key is not null and not diff.repeated${others}) as rows
    left join ${keys.sql} as keys on keys.position = rows.position`;
}

/** The unchanged rows that a changed one supersedes, with what is stored of them by now. */
async function losersOf(
  work: Work,
  source: Readable,
  rivals: WorkTable,
  { moves, comparison }: { readonly moves: Moves; readonly comparison: Comparison },
): Promise<Stage> {
  if (moves.table !== undefined) {
    await runWork(
      work,
      `update ${rivals.sql} as rivals set place = moves.place
       from ${moves.table.sql} as moves where moves.primary_key = rivals.primary_key`,
    );
  }
  return chosenRows(work, source, rivals, { ...comparison, stored: movedStored(comparison.stored, moves) });
}

/** What was found. A row that has got another name, or whose name SQL does not know, is named by its match key. */
async function compared(
  work: Work,
  { unchanged, total, table, hasGone }: Diff,
  comparison: Comparison,
  { keys, moves }: { readonly keys?: WorkTable; readonly moves?: Moves },
): Promise<Compared> {
  const stored = moves === undefined ? comparison.stored : movedStored(comparison.stored, moves);
  const gone = `select place from ${table.sql} where position is null`;
  const isGone = moves?.table === undefined ? `place in (${gone})` : `(place in (${gone}) or ${isLeft})`;
  const present = [
    // A changed row has the key that it has by now, and no longer the one that is stored.
    `select match_key from (${comparison.stored}) where match_key is not null
      and place not in (select place from ${table.sql} where place is not null)`,
    ...(keys === undefined ? [] : [`select key from ${keys.sql}`]),
  ];
  const removed = `select place from (${stored}) where ${isGone}
    and (match_key is null or match_key not in (${present.join(' union all ')}))`;
  const rows = moves?.rekeyed ?? 0;
  const left = hasGone ? `and place not in (${gone})` : '';
  const isKnown = `destination_id is not null and outcome <> 'removed'`;
  const known =
    rows === 0 ? 0 : await countWork(work, `select count(*) from (${comparison.stored}) where ${isKnown} ${left}`);
  const gonePrimaryKeys = `select primary_key from (${comparison.stored}) where place in (${gone})`;
  return {
    unchanged,
    rows: total,
    removed,
    stored,
    gone: gonePrimaryKeys,
    moved: moves?.table,
    rekeyed: { rows, known },
  };
}
