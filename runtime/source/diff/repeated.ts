import { literal } from '../../duckdb/sql.ts';
import { countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import { rowName } from '../row-name.ts';
import type { Stage } from '../staged/stage.ts';
import type { Comparison } from './comparison.ts';
import { keysIn } from './match-keys.ts';

// As JavaScript trims: a name of nothing but such characters is empty.
const blank = literal(String.raw`[\s\x{0b}\p{Z}\x{FEFF}]*`);

/** The SQL of whether a `primary_key` is one. */
const isName = `primary_key is not null and not regexp_full_match(primary_key, ${blank})`;

/** The primary keys that stand more than once in a SELECT of `primary_key`. */
export const repeatedKeys = (rows: string): string =>
  `select primary_key from (select primary_key from (${rows}) group by primary_key having count(*) > 1) where ${isName}`;

/**
 * A stage whose rows are not stored, or stored by names that SQL does not know: with the hash of each row where there is a
 * state store, and all but the last row of each primary key marked. Names that SQL does not know are made in JavaScript.
 */
export async function markRepeated(
  work: Work,
  stage: Stage,
  primaryKeyColumn: string | undefined,
  comparison: Pick<Comparison, 'columns' | 'salt'> | undefined,
): Promise<Stage> {
  const rowHash = comparison === undefined ? 'null' : stage.hash(comparison.columns, comparison.salt);
  const key = primaryKeyColumn === undefined ? undefined : stage.key(primaryKeyColumn);
  // Where SQL does not know the names, only the state store itself can tell whether it knows something.
  const isNew = comparison === undefined || key !== undefined;
  const plain = { rowHash, ...(isNew && { known: 'null' }), repeated: 'false' };
  if (primaryKeyColumn === undefined) return { ...stage, compared: plain };
  const rows =
    key === undefined
      ? `select position, key as primary_key from ${(await namesOf(work, stage, primaryKeyColumn)).sql}`
      : `select ${stage.position} as position, ${key} as primary_key from ${stage.sql}`;
  if ((await countWork(work, `select count(*) from (${repeatedKeys(rows)})`)) === 0)
    return { ...stage, compared: plain };
  const table = work.work.newTable('repeated');
  await runWork(
    work,
    `create table ${table.sql} as
      select position from (
        select position, max(position) over (partition by primary_key) as last
        from (${rows}) where primary_key in (${repeatedKeys(rows)}))
      where position < last`,
  );
  return { ...stage, compared: { ...plain, repeated: `position in (select position from ${table.sql})` } };
}

/** A table of the position and the name of each row, as the rest of the program makes it. */
const namesOf = (work: Work, stage: Stage, column: string): Promise<WorkTable> =>
  keysIn(work, stage, { columns: [column], keyOf: ({ row }) => rowName(row, column) });
