import { countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { KeyReader } from '../source.ts';
import type { Stage } from '../staged/stage.ts';
import { keysIn } from './match-keys.ts';

/**
 * Counts the rows of a stage whose match key stands under several names: they are probably several records, and only one
 * would be written. For a preview; a run does not pay for it. `keys` has the match keys of the rows that no later row of their
 * primary key replaces.
 */
export async function countSharedKeys(work: Work, stage: Stage, keys: WorkTable, key: KeyReader): Promise<void> {
  const { naming, columns, primaryKeyColumn, matchKeyOf } = key;
  if (naming === undefined) return;
  // Rows of one primary key are one record that has another name by now. Where the match key is the primary key, that is the question.
  const asks = primaryKeyColumn !== undefined && columns.includes(primaryKeyColumn);
  const all = asks ? await keysIn(work, stage, { columns, keyOf: ({ row }) => matchKeyOf(row) }) : keys;
  const names = await keysIn(work, stage, { columns, keyOf: ({ row }) => naming.nameOf(row) });
  const named = `${all.sql} as keys join (select position, key as name from ${names.sql}) using (position)`;
  naming.shared(
    await countWork(
      work,
      `select count(*) from ${named} where key in (select key from ${named} group by key having count(distinct name) > 1)`,
    ),
  );
  for (const table of asks ? [names, all] : [names]) await runWork(work, `drop table ${table.sql}`);
}
