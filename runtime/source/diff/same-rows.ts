import type { OutcomeStatus } from '../../contract/outcome.ts';
import { runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { Comparison } from './comparison.ts';
import type { Readable } from './readable.ts';

/** What is stored of a stream, as a whole. */
export interface StoredFacts {
  readonly outcomes: ReadonlyMap<OutcomeStatus, number>;
  /** How many rows there are, and how many of them have a hash: the others are looked at in any case. */
  readonly rows: number;
  readonly hashed: number;
  /** The sum of what `digest` makes of those that have one. */
  readonly digest: bigint;
}

// A sum tells neither the order nor who has what, unless a name and its hash are one number that has nothing left of either: of two
// rows that have swapped their values, the numbers that `hash` makes of two values may sum up to what they were.
const digest = (key: string, rowHash: string): string => `sum(hash(hash(${key}, ${rowHash})))`;

/** Reads what is stored once. */
export async function storedFacts(work: Work, { stored }: Comparison): Promise<StoredFacts> {
  const found = await runWork(
    work,
    `select outcome, count(*)::double, count(row_hash)::double,
       cast(${digest('primary_key', 'row_hash')} filter (row_hash is not null) as varchar)
     from (${stored}) group by outcome`,
  );
  const groups = await found.getRows();
  const total = (column: 1 | 2): number => groups.reduce((sum, group) => sum + Number(group[column]), 0);
  return {
    outcomes: new Map(groups.map(([outcome, rows]) => [outcome as OutcomeStatus, Number(rows)])),
    rows: total(1),
    hashed: total(2),
    digest: groups.reduce((sum, group) => sum + BigInt(String(group[3] ?? 0)), 0n),
  };
}

// With more of them, it takes less to compare all rows.
const maxOpenShare = 0.5;

/**
 * The stored rows without a hash, `place`, `primary_key` and `row_hash`, where the source has all others as they are stored and no
 * row beside; undefined where it has not. It takes less than half of a comparison by names, and no room: nothing is kept of a row.
 */
export async function openRows(
  work: Work,
  { source, key, comparison, facts, total }: Asked,
): Promise<WorkTable | undefined> {
  const { rows, hashed } = facts;
  const open = rows - hashed;
  const maySame = !comparison.everyRow && total >= hashed && total <= rows && open <= rows * maxOpenShare;
  if (!maySame) return undefined;
  const table = work.work.newTable('open');
  const without = open === 0 ? 'where false' : 'where row_hash is null';
  await runWork(
    work,
    `create table ${table.sql} as select place, primary_key, row_hash from (${comparison.stored}) ${without}`,
  );
  // A row without a name is among the others: `not in` would leave it out.
  const others = open === 0 ? '' : `where (${key} in (select primary_key from ${table.sql})) is not true`;
  const found = await runWork(
    work,
    `select count(*)::double, cast(${digest(key, source.hash(comparison.columns, comparison.salt))} as varchar)
     from ${source.sql} ${others}`,
  );
  const [count, sum] = (await found.getRows())[0] ?? [];
  if (Number(count) === hashed && BigInt(String(sum ?? 0)) === facts.digest) return table;
  await runWork(work, `drop table ${table.sql}`);
  return undefined;
}

interface Asked {
  readonly source: Readable;
  /** The SQL of the primary key of a row of the source. */
  readonly key: string;
  readonly comparison: Comparison;
  readonly facts: StoredFacts;
  /** How many rows the source has. */
  readonly total: number;
}
