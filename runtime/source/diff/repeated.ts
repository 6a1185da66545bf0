import { rowName } from '../../contract/row-name.ts';
import { literal } from '../../duckdb/sql.ts';
import { countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { Stage } from '../stage.ts';
import type { Comparison } from './comparison.ts';
import { keysIn } from './match-keys.ts';

// As JavaScript trims: a name of nothing but such characters is none.
const blank = literal(String.raw`[\s\x{0b}\p{Z}\x{FEFF}]*`);

/** The SQL of whether a `primary_key` is one. */
export const isName = `primary_key is not null and not regexp_full_match(primary_key, ${blank})`;

/** The primary keys that stand more than once in a SELECT of `primary_key`. */
export const repeatedKeys = (rows: string): string =>
  `select primary_key from (select primary_key from (${rows}) group by primary_key having count(*) > 1) where ${isName}`;

/**
 * A stage of which the state store knows nothing, or knows it by names that SQL does not: with the hash of each row, and
 * all but the last row of each primary key marked. Names that SQL does not know are made in JavaScript.
 */
export async function markRepeated(
  work: Work,
  stage: Stage,
  key: string | undefined,
  { columns, salt, primaryKeyColumn }: Comparison,
): Promise<Stage> {
  const rowHash = stage.hash(columns, salt);
  if (primaryKeyColumn === undefined) return { ...stage, compared: { rowHash, repeated: 'false' } };
  const rows =
    key === undefined
      ? `select position, key as primary_key from ${(await namesOf(work, stage, primaryKeyColumn)).sql}`
      : `select ${stage.position} as position, ${key} as primary_key from ${stage.sql}`;
  const plain = { rowHash, ...(key !== undefined && { known: 'null' }), repeated: 'false' };
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
