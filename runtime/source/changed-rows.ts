import type { SourceRow } from '../record.ts';
import { chosenRows } from './chosen-rows.ts';
import type { Comparison } from './comparison.ts';
import { diffOf } from './diff.ts';
import { matchKeysOf } from './match-keys.ts';
import type { Readable } from './readable.ts';
import { keepLosers, rivalsOf } from './rivals.ts';
import type { KeyReader } from './source.ts';
import { stagedPages } from './staged-pages.ts';
import { supersededIn } from './superseded.ts';
import { runWork, type Work } from './work.ts';
import type { WorkTable } from './work-database.ts';

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
  const removed = `select place from ${diff.table.sql} where position is null`;
  try {
    if (diff.staged === 0) {
      comparison.compared({ unchanged: diff.unchanged, removed });
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

    comparison.compared({ unchanged: diff.unchanged, removed });
    if (losers) yield* stagedPages(work.connection, losers, work.signal, { superseded });
    yield* stagedPages(work.connection, chosen, work.signal, { superseded });
  } finally {
    for (const { sql } of made) await runWork({ ...work, signal: neverAborted }, `drop table if exists ${sql}`);
  }
}

const neverAborted = new AbortController().signal;
