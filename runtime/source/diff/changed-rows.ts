import type { SourceRow } from '../../contract/record.ts';
import { runWork, type Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { KeyReader } from '../source.ts';
import { stagedPages } from '../staged-pages.ts';
import { chosenRows } from './chosen-rows.ts';
import type { Compared, Comparison } from './comparison.ts';
import { type Diff, diffOf } from './diff.ts';
import { matchKeysOf } from './match-keys.ts';
import type { Readable } from './readable.ts';
import { keepLosers, rivalsOf } from './rivals.ts';
import { supersededIn } from './superseded.ts';

/** The rows of a source that differ from what is stored of them, with what is known of each. `name` is their primary key. */
export async function* changedRows(
  work: Work,
  source: Readable,
  name: string,
  key: KeyReader,
  comparison: Comparison,
): AsyncGenerator<readonly SourceRow[]> {
  const diff = await diffOf(work, source, name, comparison);
  const made: WorkTable[] = [diff.table];
  try {
    if (diff.staged === 0) {
      await comparison.compared(compared(diff, comparison, undefined));
      key.counted?.(0);
      return;
    }
    const chosen = await chosenRows(work, source, diff.table, comparison);
    const keys = await matchKeysOf(work, chosen, key);
    made.push(chosen.table, keys);
    const rivals = await rivalsOf(work, source, diff, keys, comparison);
    const superseded = await supersededIn(work, keys);
    made.push(superseded);
    if (rivals !== undefined) await keepLosers(work, diff, rivals, superseded);
    const losers = rivals && (await chosenRows(work, source, rivals, comparison));
    if (rivals && losers) made.push(rivals, losers.table);

    await comparison.compared(compared(diff, comparison, keys));
    key.counted?.(chosen.rows + (losers?.rows ?? 0));
    if (losers) yield* stagedPages(work.connection, losers, work.signal, { superseded });
    yield* stagedPages(work.connection, chosen, work.signal, { superseded });
  } finally {
    for (const { sql } of made) await runWork({ ...work, signal: neverAborted }, `drop table if exists ${sql}`);
  }
}

/** What was found. A row that has got another name, or whose name SQL does not know, is told by its match key. */
function compared(
  { unchanged, total, table, hasGone }: Diff,
  { stored }: Comparison,
  keys: WorkTable | undefined,
): Compared {
  const gone = `select place from ${table.sql} where position is null`;
  const present = [
    `select match_key from (${stored}) where match_key is not null and place not in (${gone})`,
    ...(keys === undefined ? [] : [`select key from ${keys.sql}`]),
  ];
  const removed = `select place from (${stored}) where place in (${gone})
    and (match_key is null or match_key not in (${present.join(' union all ')}))`;
  const renamed =
    hasGone &&
    keys &&
    `select primary_key from (${stored}) where place in (${gone}) and match_key in (select key from ${keys.sql})`;
  return { unchanged, rows: total, removed, ...(renamed && { renamed }) };
}

const neverAborted = new AbortController().signal;
