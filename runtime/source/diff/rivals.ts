import type { OutcomeStatus } from '../../contract/outcome.ts';
import { countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { Comparison } from './comparison.ts';
import type { Diff } from './diff.ts';
import type { Readable } from './readable.ts';

/**
 * Finds the unchanged rows that have the match key of a changed one, and adds them to those keys: which of two rows counts
 * shows by their positions. Undefined where there are none, as most of the time.
 */
export async function rivalsOf(
  work: Work,
  source: Readable,
  diff: Diff,
  keys: WorkTable,
  comparison: Comparison,
): Promise<WorkTable | undefined> {
  const holders = work.work.newTable('holders');
  await runWork(
    work,
    `create table ${holders.sql} as
      select place from (${comparison.stored})
      where match_key in (select key from ${keys.sql})
        and place not in (select place from ${diff.table.sql} where place is not null)`,
  );
  if ((await countWork(work, `select count(*) from ${holders.sql}`)) === 0) {
    await runWork(work, `drop table ${holders.sql}`);
    return undefined;
  }
  const rivals = work.work.newTable('rivals');
  const { position } = source;
  const hash = source.hash(comparison.columns, comparison.salt);
  await runWork(
    work,
    `create table ${rivals.sql} as
      select rows.position, rows.primary_key, rows.row_hash, holders.place, false as repeated, holders.match_key, holders.outcome
      from (select ${position} as position, ${diff.key} as primary_key, ${hash} as row_hash from ${source.sql}) as rows
      join (select place, primary_key, match_key, outcome from (${comparison.stored})
        where place in (select place from ${holders.sql})) as holders using (primary_key)`,
  );
  await runWork(work, `insert into ${keys.sql} select position, match_key from ${rivals.sql}`);
  await runWork(work, `drop table ${holders.sql}`);
  return rivals;
}

/** Leaves only the rivals that a changed row has superseded, and counts them as unchanged no longer. */
export async function keepLosers(work: Work, diff: Diff, rivals: WorkTable, superseded: WorkTable): Promise<void> {
  const { sql } = rivals;
  await runWork(work, `delete from ${sql} where position not in (select position from ${superseded.sql})`);
  const lost = await runWork(work, `select outcome, count(*)::double from ${sql} group by outcome`);
  for (const [outcome, rows] of await lost.getRows()) {
    const before = diff.unchanged.get(outcome as OutcomeStatus) ?? 0;
    diff.unchanged.set(outcome as OutcomeStatus, before - Number(rows));
  }
}
