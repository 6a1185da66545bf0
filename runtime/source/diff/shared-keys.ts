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
  const hasAll = !asks || stage.compared?.repeated === 'false';
  const all = hasAll ? keys : await keysIn(work, stage, { columns, keyOf: ({ row }) => matchKeyOf(row) });
  // A key that one row has stands under one name: most of the time no row has to be read again.
  const repeated = await countWork(
    work,
    `select count(*) from (select key from ${all.sql} group by key having count(*) > 1)`,
  );
  naming.shared(repeated === 0 ? 0 : await countNamed(work, stage, all, { columns, nameOf: naming.nameOf }));
  if (!hasAll) await runWork(work, `drop table ${all.sql}`);
}

async function countNamed(
  work: Work,
  stage: Stage,
  keys: WorkTable,
  { columns, nameOf }: Pick<KeyReader, 'columns'> & Pick<NonNullable<KeyReader['naming']>, 'nameOf'>,
): Promise<number> {
  const names = await keysIn(work, stage, { columns, keyOf: ({ row }) => nameOf(row) });
  const named = `${keys.sql} as keys join (select position, key as name from ${names.sql}) using (position)`;
  const count = await countWork(
    work,
    `select count(*) from ${named} where key in (select key from ${named} group by key having count(distinct name) > 1)`,
  );
  await runWork(work, `drop table ${names.sql}`);
  return count;
}
