import { countWork, runWork, type Work } from '../../duckdb/work.ts';
import type { Comparison } from './comparison.ts';
import type { Diff } from './diff.ts';
import type { Readable } from './readable.ts';

/** Takes rows into a diff that were superseded since another row has their record, where that row has changed or is gone. */
export async function withDependents(work: Work, source: Readable, diff: Diff, comparison: Comparison): Promise<void> {
  const { table, staged, hasGone, unchanged } = diff;
  // Counted already: most of the time there is none, and to look for them reads all that is stored.
  if ((staged === 0 && !hasGone) || !unchanged.get('superseded')) return;
  const taken = `select place from ${table.sql} where place is not null`;
  // Rows whose primary key stands twice are in a diff though nothing has changed.
  const changed = `select diff.place from ${table.sql} as diff join (${comparison.stored}) as stored on stored.place = diff.place
    where diff.position is null or (not diff.repeated and diff.row_hash is distinct from stored.row_hash)`;
  const dependents = `select place, primary_key as name from (${comparison.stored})
    where outcome = 'superseded' and code = 'same_record' and place not in (${taken})
      and split_part(message, ':', 1) in (select destination_id from (${comparison.stored}) where place in (${changed}))`;
  const count = await countWork(work, `select count(*) from (${dependents})`);
  if (count === 0) return;
  const hash = source.hash(comparison.columns, comparison.salt);
  await runWork(
    work,
    `insert into ${table.sql} by name
      select rows.position, rows.primary_key, rows.row_hash, dependents.place, false as repeated
      from (select ${source.position} as position, ${diff.key} as primary_key, ${hash} as row_hash from ${source.sql}) as rows
      join (${dependents}) as dependents on dependents.name = rows.primary_key`,
  );
  diff.staged += count;
  diff.unchanged.set('superseded', (diff.unchanged.get('superseded') ?? 0) - count);
}
