import type { SourceRow } from '../contract/record.ts';
import type { StateStore } from '../contract/state-store.ts';
import type { Source } from '../source/source.ts';
import { isPicking, PickedRows, type RowPick } from './picked-rows.ts';
import type { Referring } from './ready.ts';

/** What rows that refer to records of other streams are read with. */
interface ReferredOptions {
  readonly source: Source;
  readonly signal: AbortSignal;
  /** Tells the ids of the records that some run knows. */
  readonly find: NonNullable<StateStore['find']>;
  /** The rows that the run takes; absent: all. */
  readonly pick?: RowPick | undefined;
}

/** A row for each record that rows of another stream refer to and that no run knows, once. Rows that would be refused count for nothing. */
export async function* referredRows(
  { writer, relation, rowOf }: Referring,
  { source, signal, find, pick }: ReferredOptions,
): AsyncGenerator<readonly SourceRow[]> {
  const seen = new Set<string>();
  const picked = pick && isPicking(pick) ? new PickedRows(pick, writer) : undefined;
  const read = source.rows(relation, { ...writer.key, reads: writer.columns }, signal);
  for await (const rows of picked ? picked.of(read) : read) {
    const links = rows.flatMap((row) => linkOf(writer, row) ?? []);
    const fresh = [...new Set(links)].filter((link) => !seen.has(link));
    if (fresh.length === 0) continue;
    const known = await find(fresh, writer.links?.object);
    const missing = fresh.filter((link) => !known.has(link));
    const first = seen.size;
    for (const link of fresh) seen.add(link);
    if (missing.length > 0) yield missing.map((link, i) => ({ position: first + i, row: rowOf(link) }));
  }
}

function linkOf({ map }: Referring['writer'], { row, superseded }: SourceRow): string | undefined {
  const mapped = superseded ? undefined : map(row);
  return mapped?.ok ? mapped.link : undefined;
}
