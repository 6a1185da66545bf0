import { type Item, isSettled, type PreparedRecord } from './record.ts';
import type { Step } from './writer.ts';

/** What one request gets, or what is none of this step's business and passes it by. */
export type Batch<R> = { readonly send: readonly PreparedRecord<R>[] } | { readonly pass: readonly Item<R>[] };

/** Records that wait for their request to be full. */
interface OpenBatch<R> {
  readonly records: PreparedRecord<R>[];
  readonly taken: Set<string>;
  bytes: number;
}

// Full batches' worth of records that may wait in part-filled ones: enough for 40 owners with a few lists each, and
// still only some thousand records in memory.
const openBatchesMax = 64;

/**
 * Groups the records a step takes into requests, as full as its limits, batch keys and conflict keys allow.
 * A record goes into the first open batch that has room for it, so batches fill in the order of the source.
 */
export async function* batch<R>(
  chunks: AsyncIterable<readonly Item<R>[]>,
  step: Step<R>,
  takes: (record: PreparedRecord<R>) => boolean = (record) => step.takes(record),
): AsyncGenerator<Batch<R>, void, void> {
  const open = new Map<string, OpenBatch<R>[]>();
  for await (const chunk of chunks) {
    const pass: Item<R>[] = [];
    for (const item of chunk) {
      if (isSettled(item) || !takes(item)) {
        pass.push(item);
        continue;
      }
      const full = add(item, open, step);
      if (full) yield { send: full.records };
    }
    if (pass.length > 0) yield { pass };
    for (const { records } of overflow(open)) yield { send: records };
  }
  for (const { records } of fullestFirst(open)) yield { send: records };
}

/** Puts a record into a batch of its key, and returns that batch once nothing more fits in it. */
function add<R>(record: PreparedRecord<R>, open: Map<string, OpenBatch<R>[]>, step: Step<R>): OpenBatch<R> | undefined {
  const { maxRecords, maxBytes } = step.limits;
  const key = step.batchKey?.(record) ?? '';
  const conflicts = step.conflictKeys?.(record) ?? [];
  const batches = open.get(key) ?? [];
  open.set(key, batches);

  const tooFull = batches.find(({ bytes }) => bytes + record.bytes > maxBytes);
  const fits = ({ bytes, taken }: OpenBatch<R>) =>
    bytes + record.bytes <= maxBytes && !conflicts.some((conflict) => taken.has(conflict));
  const target: OpenBatch<R> = batches.find(fits) ?? { records: [], taken: new Set(), bytes: 0 };
  if (target.records.length === 0) batches.push(target);
  target.records.push(record);
  target.bytes += record.bytes;
  for (const conflict of conflicts) target.taken.add(conflict);

  const full = target.records.length >= maxRecords ? target : tooFull;
  if (full) remove(full, key, open);
  return full;
}

function remove<R>(batch: OpenBatch<R>, key: string, open: Map<string, OpenBatch<R>[]>): void {
  const left = open.get(key)!.filter((other) => other !== batch);
  if (left.length > 0) open.set(key, left);
  else open.delete(key);
}

/** Takes out the fullest batches while too many are open at once. */
function overflow<R>(open: Map<string, OpenBatch<R>[]>): OpenBatch<R>[] {
  const count = [...open.values()].reduce((sum, { length }) => sum + length, 0);
  const out = fullestFirst(open).slice(0, Math.max(0, count - openBatchesMax));
  for (const [key, batches] of [...open])
    for (const each of batches) {
      if (out.includes(each)) remove(each, key, open);
    }
  return out;
}

const fullestFirst = <R>(open: Map<string, OpenBatch<R>[]>): OpenBatch<R>[] =>
  [...open.values()].flat().sort((a, b) => b.records.length - a.records.length);
