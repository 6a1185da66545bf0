import { type Item, isSettled, type PreparedRecord } from '../contract/record.ts';
import type { Step } from '../contract/writer.ts';
import { WAITING_MAX } from './weight.ts';

/** What one request gets, or what is none of this step's business and passes it by. */
export type Batch<R> = { readonly send: readonly PreparedRecord<R>[] } | { readonly pass: readonly Item<R>[] };

/** What a step does with records as they come. */
interface Taking<R> {
  /** Instead of the step's own. */
  readonly takes?: (record: PreparedRecord<R>) => boolean;
  /** What happens to a chunk before its records take up room. */
  readonly arriving?: (chunk: readonly Item<R>[]) => readonly Item<R>[];
}

/** Records that wait for their request to be full. */
interface OpenBatch<R> {
  readonly key: string;
  readonly records: PreparedRecord<R>[];
  readonly taken: Set<string>;
  bytes: number;
  weight: number;
}

/**
 * Groups the records a step takes into requests, as full as its limits, batch keys and conflict keys allow.
 * A record goes into the first open batch that has room for it, so batches fill in the order of the source.
 */
export async function* batch<R>(
  chunks: AsyncIterable<readonly Item<R>[]>,
  step: Step<R>,
  { takes = (record) => step.takes(record), arriving = (chunk) => chunk }: Taking<R> = {},
): AsyncGenerator<Batch<R>, void, void> {
  const open = new OpenBatches(step);
  const isOverfull = () => open.waiting > WAITING_MAX;

  const isTaken = (item: Item<R>): item is PreparedRecord<R> => !isSettled(item) && takes(item);

  /** Puts records where they belong by what they are now. */
  function* place(items: readonly Item<R>[]): Generator<Batch<R>, void, void> {
    const taken = items.filter(isTaken);
    // Most chunks are none of this step's business as a whole.
    const pass = taken.length === 0 ? items : items.filter((item) => !isTaken(item));
    // What passes goes first: its outcome may be revised by that of what is sent (contended/takeovers.ts).
    if (pass.length > 0) yield { pass };
    for (const record of taken) {
      const full = open.add(record);
      if (full) yield { send: full };
    }
  }

  // Not `yield*`: of a generator that is not asynchronous, it makes one that is.
  for await (const chunk of chunks) {
    for (const part of place(arriving(chunk))) yield part;
    if (!isOverfull()) continue;
    for (const part of place(open.relax())) yield part;
    for (const send of open.takeFullest(isOverfull)) yield { send };
  }
  for (const part of place(open.relax())) yield part;
  for (const send of open.takeFullest(() => true)) yield { send };
}

/** The part-filled batches of one step. */
class OpenBatches<R> {
  readonly #step: Step<R>;
  readonly #byKey = new Map<string, OpenBatch<R>[]>();
  /** The weight of all records in them. */
  waiting = 0;

  constructor(step: Step<R>) {
    this.#step = step;
  }

  /** Puts a record into a batch of its key, and returns that batch's records once nothing more fits in it. */
  add(record: PreparedRecord<R>): readonly PreparedRecord<R>[] | undefined {
    const { maxRecords, maxBytes } = this.#step.limits;
    const key = this.#step.sharing?.key?.(record) ?? '';
    const conflicts = this.#step.sharing?.conflicts?.(record) ?? [];
    const batches = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, batches);

    let tooFull: OpenBatch<R> | undefined;
    let found: OpenBatch<R> | undefined;
    for (const each of batches) {
      if (each.bytes + record.bytes > maxBytes) tooFull ??= each;
      else if (found === undefined && !hasOneOf(each.taken, conflicts)) found = each;
    }
    const target = found ?? { key, records: [], taken: new Set<string>(), bytes: 0, weight: 0 };
    if (found === undefined) batches.push(target);
    target.records.push(record);
    target.bytes += record.bytes;
    target.weight += record.weight;
    for (const conflict of conflicts) target.taken.add(conflict);
    this.waiting += record.weight;

    const full = target.records.length >= maxRecords ? target : tooFull;
    return full && this.#remove(full);
  }

  /** Takes out the batches that the step relaxes, as it has changed their records. */
  relax(): readonly PreparedRecord<R>[] {
    const batches = this.#fullestFirst();
    const relaxed = this.#step.sharing?.relax?.(batches.map(({ records }) => records)) ?? [];
    const positions = new Set(relaxed.map(({ position }) => position));
    for (const each of batches) if (positions.has(each.records[0]!.position)) this.#remove(each);
    return relaxed;
  }

  /** Takes out batches, the fullest first, for as long as that is wanted. */
  *takeFullest(isWanted: () => boolean): Generator<readonly PreparedRecord<R>[], void, void> {
    for (const each of this.#fullestFirst()) {
      if (!isWanted()) return;
      yield this.#remove(each);
    }
  }

  #remove(batch: OpenBatch<R>): readonly PreparedRecord<R>[] {
    const left = this.#byKey.get(batch.key)!.filter((other) => other !== batch);
    if (left.length > 0) this.#byKey.set(batch.key, left);
    else this.#byKey.delete(batch.key);
    this.waiting -= batch.weight;
    return batch.records;
  }

  #fullestFirst(): readonly OpenBatch<R>[] {
    return [...this.#byKey.values()].flat().sort((a, b) => b.records.length - a.records.length);
  }
}

function hasOneOf(taken: ReadonlySet<string>, conflicts: readonly string[]): boolean {
  for (const conflict of conflicts) if (taken.has(conflict)) return true;
  return false;
}
