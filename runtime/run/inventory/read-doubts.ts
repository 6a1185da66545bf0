import type { Clock } from '../../contract/clock.ts';
import { ConfigFailure, RecordFailure, TransientFailure } from '../../contract/failure.ts';
import type { Inventory, InventoryRecord } from '../../contract/inventory.ts';
import { grouped } from '../../facts/grouped.ts';
import type { Doubts } from '../../state/inventory/doubts.ts';
import type { InventoryStore } from '../../state/inventory/inventory-store.ts';
import { isSameList, type ListRemoval } from '../../state/inventory/list-removals.ts';

/** What reads by id have said of what an inventory left in doubt. */
interface DoubtsRead {
  readonly calls: number;
  /** Records of rows that are not there any more. */
  readonly gone: number;
  /** Removals from lists that were confirmed and not done. */
  readonly unremoved: number;
  /** Records of rows that search does not show, and that are still to be read. */
  readonly unread: number;
}

interface DoubtsAround {
  readonly inventory: Inventory;
  readonly store: InventoryStore;
  readonly doubts: Doubts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Requests that may be made. */
  readonly maxCalls: number;
}

// They count in a quota that runs need as well; the next inventory goes on.
const MAX_READS = 100;

// No lag of a search has been reported, and none is promised: what it shows of an hour later has seen a removal.
const SURE_AFTER_MS = 3_600_000;

/**
 * Reads by their ids, after an inventory of an object, the records that rows have and search no longer shows, and those that were
 * taken off lists, as far as no search has shown that they are.
 */
export async function readDoubts(object: string, around: DoubtsAround): Promise<DoubtsRead> {
  return new DoubtsReading(object, around).run();
}

class DoubtsReading {
  readonly #object: string;
  readonly #around: DoubtsAround;
  #calls = 0;
  #gone = 0;
  #unremoved = 0;
  #names: ReadonlyMap<string, string> = new Map();

  constructor(object: string, around: DoubtsAround) {
    this.#object = object;
    this.#around = around;
  }

  async run(): Promise<DoubtsRead> {
    const { doubts } = this.#around;
    const absent = new Set(await doubts.absent(this.#object));
    const removals = await doubts.removals(this.#object);
    try {
      const open = await this.#unseen(removals);
      await this.#read(absent, open);
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
    }
    const [calls, gone, unremoved] = [this.#calls, this.#gone, this.#unremoved];
    return { calls, gone, unremoved, unread: absent.size };
  }

  /** The removals that no search has shown to be done; notes the others. */
  async #unseen(removals: readonly ListRemoval[]): Promise<readonly ListRemoval[]> {
    const { inventory, doubts, clock, signal } = this.#around;
    if (removals.length === 0 || !this.#mayCall()) return [];
    this.#calls++;
    this.#names = await inventory.lists(this.#object, signal);
    const done = removals.filter((one) => this.#isSeenDone(one));
    await doubts.lookedAt(
      done.map((removal) => ({ removal, still: [] })),
      clock.now(),
    );
    return removals.filter((one) => !done.includes(one));
  }

  #isSeenDone(removal: ListRemoval): boolean {
    const { lists, shown, at } = removal;
    if (lists.length === 0) return true;
    return shown !== undefined && shown.at >= at + SURE_AFTER_MS && this.#stillOn(removal, shown.lists).length === 0;
  }

  /** Those of its lists that are among these ids. */
  #stillOn({ lists }: ListRemoval, ids: readonly string[]): readonly string[] {
    const names = ids.map((id) => this.#names.get(id) ?? '');
    return lists.filter((list) => names.some((name) => isSameList(list, name)));
  }

  /** Reads as many as may be read; of those that were absent, the ones that were read are taken out. */
  async #read(absent: Set<string>, removals: readonly ListRemoval[]): Promise<void> {
    const { inventory, signal } = this.#around;
    const byId = grouped(removals, ({ id }) => id);
    for (const id of [...new Set([...byId.keys(), ...absent])].slice(0, MAX_READS)) {
      if (!this.#mayCall()) return;
      this.#calls++;
      const record = await inventory.read(this.#object, id, signal).catch(notTold);
      if (absent.has(id)) await this.#noteAbsent(id, record);
      if (record !== 'not told') absent.delete(id);
      await this.#noteRemovals(byId.get(id) ?? [], record);
    }
  }

  async #noteAbsent(id: string, record: ReadRecord): Promise<void> {
    const { inventory, store, doubts, clock } = this.#around;
    if (record === 'not told') return doubts.postpone(this.#object, id, clock.now());
    if (record !== undefined) {
      return store.keepUnshown(this.#object, record, { at: clock.now(), aheadMs: inventory.aheadMs() });
    }
    this.#gone++;
    await doubts.gone(this.#object, [id], clock.now());
  }

  /** Where nothing tells whether a removal was done, its answer counts. */
  async #noteRemovals(removals: readonly ListRemoval[], record: ReadRecord): Promise<void> {
    const ids = (record === 'not told' ? undefined : record?.lists) ?? [];
    const looked = removals.map((removal) => ({ removal, still: this.#stillOn(removal, ids) }));
    this.#unremoved += looked.filter(({ still }) => still.length > 0).length;
    await this.#around.doubts.lookedAt(looked, this.#around.clock.now());
  }

  #mayCall(): boolean {
    return this.#calls < this.#around.maxCalls;
  }
}

/** A record; undefined where there is none any more. */
type ReadRecord = InventoryRecord | 'not told' | undefined;

/** An answer that does not tell of one record tells of others. Throws any other failure. */
function notTold(failure: unknown): 'not told' {
  if (failure instanceof RecordFailure) return 'not told';
  throw failure;
}

/** Whether the quota, an outage or the rights of the key keep from reading: the next inventory goes on. */
const isNoAnswer = (error: unknown): boolean =>
  error instanceof TransientFailure || (error instanceof ConfigFailure && error.code !== 'unauthorized');
