import type { OutcomeStatus } from '../../contract/outcome.ts';
import { countsWork, countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { Comparison } from './comparison.ts';
import type { Readable } from './readable.ts';
import { repeatedKeys } from './repeated.ts';
import { openRows, type StoredFacts, storedFacts } from './same-rows.ts';

/** Which rows of a source differ from what is stored of them. */
export interface Diff {
  /** The rows by the positions that `table` has; these ascend in their order. */
  readonly source: Readable;
  /** What they were numbered by. */
  readonly ranks: WorkTable | undefined;
  /**
   * `position` (null where the source has no such row), `row_hash`, `place` of what is stored (null where nothing is),
   * and `repeated`: whether a later row has the same primary key.
   */
  readonly table: WorkTable;
  /** The SQL of the primary key of a row of the source. */
  readonly key: string;
  /** How many rows of the source it has. */
  staged: number;
  /** How many rows the source has. */
  readonly total: number;
  /** Whether something is stored that the source no longer has under that name. */
  readonly hasGone: boolean;
  /** Rows that are as they are stored, by the outcome that they had. */
  readonly unchanged: Map<OutcomeStatus, number>;
}

/**
 * Compares a source with what is stored. Rows without a name are in the diff. What is stored is read in one transaction with
 * this, or its places may have moved.
 */
export async function diffOf(work: Work, source: Readable, key: string, comparison: Comparison): Promise<Diff> {
  const table = work.work.newTable('diff');
  const facts = await storedFacts(work, comparison);
  const total = await countWork(work, `select count(*) from ${source.sql}`);
  const open = await openRows(work, { source, key, comparison, facts, total });
  const rows = `${hashed(source, key, comparison)} ${open ? `where ${key} in (select primary_key from ${open.sql})` : ''}`;
  const stored = open?.sql ?? `(select place, primary_key, row_hash from (${comparison.stored}))`;
  const differs = comparison.everyRow ? 'true' : 'rows.row_hash is distinct from stored.row_hash';
  // A row that neither side has a hash of is new or removed: without a hash of its own nothing is equal.
  await runWork(
    work,
    `create table ${table.sql} as
      select rows.position, rows.primary_key, rows.row_hash, stored.place, false as repeated
      from (${rows}) as rows full join ${stored} as stored on rows.primary_key = stored.primary_key
      where ${differs} or stored.row_hash is null`,
  );
  if (open) await runWork(work, `drop table ${open.sql}`);
  const [staged = 0, all = 0] = await countsWork(work, `select count(position), count(*) from ${table.sql}`);
  const hasGone = all > staged;
  const unchanged = await unchangedOf(work, table, comparison, facts);
  const known = [...unchanged.values()].reduce((sum, count) => sum + count, 0);
  // Every unchanged row has a stored one of its own, unless two rows have one name.
  const isSimple = known === total - staged && (staged === 0 || !(await hasRepeated(work, table)));
  const diff = { table, key, staged, total, hasGone, unchanged, source, ranks: undefined };
  if (isSimple && staged === 0 && !hasGone) return diff;
  const placed = { ...diff, ...(await ranked(work, source, table)) };
  return isSimple ? placed : withRepeated(work, placed, comparison, facts);
}

/**
 * Numbers rows that came in no order by the order that counts, in a source and in a diff of it. What is sorted is what orders
 * them and where they are, not the rows, and not before something differs: a run without changes needs no order.
 */
async function ranked(work: Work, source: Readable, diff: WorkTable): Promise<Pick<Diff, 'source' | 'ranks'>> {
  const { order, ...rows } = source;
  if (order === undefined) return { source, ranks: undefined };
  const ranks = work.work.newTable('ranks');
  await runWork(
    work,
    `create table ${ranks.sql} as select row_number() over () - 1 as position, place
     from (select ${rows.position} as place from ${rows.sql} order by ${order})`,
  );
  await runWork(
    work,
    `update ${diff.sql} as diff set position = ranks.position from ${ranks.sql} as ranks where ranks.place = diff.position`,
  );
  const sql = `${rows.sql} join ${ranks.sql} as ranks on ranks.place = ${rows.position}`;
  return { source: { ...rows, sql, position: 'ranks.position' }, ranks };
}

/** A SELECT of the position, the name and the hash of each row. */
const hashed = (source: Readable, key: string, { columns, salt }: Comparison): string =>
  `select ${source.position} as position, ${key} as primary_key, ${source.hash(columns, salt)} as row_hash from ${source.sql}`;

/** What is stored, without what the diff has taken from it: nothing of that has to be counted row by row. */
async function unchangedOf(
  work: Work,
  table: WorkTable,
  { stored }: Comparison,
  facts: StoredFacts,
): Promise<Map<OutcomeStatus, number>> {
  const counts = new Map(facts.outcomes);
  const taken = `select place from ${table.sql} where place is not null`;
  if ((await countWork(work, `select count(*) from (${taken})`)) === 0) return counts;
  // Of two rows with one primary key both have taken it.
  const less = await outcomes(
    work,
    `select outcome, count(*) as rows from (${stored}) where place in (${taken}) group by outcome`,
  );
  for (const [outcome, rows] of less) counts.set(outcome, (counts.get(outcome) ?? 0) - rows);
  return new Map([...counts].filter(([, rows]) => rows > 0));
}

async function outcomes(work: Work, sql: string): Promise<Map<OutcomeStatus, number>> {
  const result = await runWork(work, `select outcome, rows::double from (${sql})`);
  return new Map((await result.getRows()).map(([outcome, rows]) => [outcome as OutcomeStatus, Number(rows)]));
}

async function hasRepeated(work: Work, { sql }: WorkTable): Promise<boolean> {
  const keys = repeatedKeys(`select primary_key from ${sql} where position is not null`);
  return (await countWork(work, `select count(*) from (${keys})`)) > 0;
}

/** Takes all rows of each primary key that stands more than once into the diff, and marks all but the last. */
async function withRepeated(work: Work, diff: Diff, comparison: Comparison, facts: StoredFacts): Promise<Diff> {
  const { source } = diff;
  const repeated = work.work.newTable('repeated');
  const keys = `select ${diff.key} as primary_key from ${source.sql}`;
  await runWork(
    work,
    `create table ${repeated.sql} as
      select rows.*, stored.place, position < max(position) over (partition by primary_key) as repeated
      from (select * from (${hashed(source, diff.key, comparison)}) where primary_key in
        (${repeatedKeys(keys)})) as rows
      left join (select place, primary_key from (${comparison.stored})) as stored using (primary_key)`,
  );
  const { sql } = diff.table;
  await runWork(work, `delete from ${sql} where position in (select position from ${repeated.sql})`);
  await runWork(
    work,
    `insert into ${sql} by name select position, primary_key, row_hash, place, repeated from ${repeated.sql}`,
  );
  await runWork(work, `drop table ${repeated.sql}`);
  const staged = await countWork(work, `select count(*) from ${sql} where position is not null`);
  return { ...diff, staged, unchanged: await unchangedOf(work, diff.table, comparison, facts) };
}
