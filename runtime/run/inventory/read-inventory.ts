import type { Clock } from '../../contract/clock.ts';
import { type Failure, TransientFailure } from '../../contract/failure.ts';
import type { Inventory, InventoryOrder, InventoryPart, InventoryRecord } from '../../contract/inventory.ts';
import type { InventoryProgress, InventoryStore } from '../../state/inventory/inventory-store.ts';

/** What an inventory of one object has come to. */
export interface InventoryResult {
  readonly object: string;
  /** Requests that were made for it. */
  readonly calls: number;
  /** Records that are known. */
  readonly known: number;
  /** Records that the destination said it has; null where it did not say. */
  readonly total: number | null;
  /** Of the records read now: those that are new, or not as they were. */
  readonly changed: number;
  /** Everything there is is known. */
  readonly complete: boolean;
  /** It goes on where it has stopped: the limit of requests was reached, or a rate limit. */
  readonly stopped: boolean;
  /** Records of rows that a read by id has found to be gone; absent where there are none. */
  readonly gone?: number;
  /** As much, of removals from lists that were confirmed and not done. */
  readonly unremoved?: number;
  /** As much, of records of rows that search does not show, and that were not read by id. */
  readonly unread?: number;
  /** Why it has stopped, where something other than `max_calls` made it. */
  readonly cause?: Failure;
}

interface ReadAround {
  readonly inventory: Inventory;
  readonly store: InventoryStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Requests that may be made. */
  readonly maxCalls: number;
  /** Everything is read, whatever is known. */
  readonly full: boolean;
}

/** Brings the inventory of an object up to date: all of it the first time, then what has changed since. */
export async function readInventory(object: string, around: ReadAround): Promise<InventoryResult> {
  return new Reading(object, around).run();
}

/** Where a reading of everything goes on. */
interface Cursor {
  readonly query: number;
  readonly page: number;
  readonly began: number;
}

/** One query of a reading of everything. */
interface Query {
  readonly order: InventoryOrder;
  readonly part?: InventoryPart;
  /** It begins where the one before ended, from the other side. */
  readonly isBackwards: boolean;
}

// So many known records at the end of a page, none of them changed since everything was known: nothing new comes behind them.
const KNOWN_TAIL = 25;

class Stopped extends Error {
  readonly failure: Failure | undefined;

  constructor(failure?: Failure) {
    super('The inventory has stopped.');
    this.failure = failure;
  }
}

class Reading {
  readonly #object: string;
  readonly #around: ReadAround;
  #calls = 0;
  #changed = 0;
  #total: number | undefined;
  #parts: readonly InventoryPart[] | undefined;

  constructor(object: string, around: ReadAround) {
    this.#object = object;
    this.#around = around;
  }

  async run(): Promise<InventoryResult> {
    const { store, full } = this.#around;
    const before = await store.progress(this.#object);
    this.#total = before?.total;
    try {
      const isFirst = full || before?.began === undefined || before.cursor !== undefined;
      if (isFirst || !(await this.#refresh(before, before.began!))) await this.#readAll(before);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      return this.#result(error);
    }
    return this.#result();
  }

  async #result(stopped?: Stopped): Promise<InventoryResult> {
    const { store } = this.#around;
    const progress = await store.progress(this.#object);
    return {
      object: this.#object,
      calls: this.#calls,
      known: await store.count(this.#object),
      total: this.#total ?? null,
      changed: this.#changed,
      complete: progress?.isComplete === true && stopped === undefined,
      stopped: stopped !== undefined,
      ...(stopped?.failure && { cause: stopped.failure }),
    };
  }

  /** Reads everything, from where an earlier reading has stopped. */
  async #readAll(before: InventoryProgress | undefined): Promise<void> {
    const { store, clock } = this.#around;
    const isResumed = before?.cursor !== undefined;
    const pass = isResumed ? before.pass : (before?.pass ?? 0) + 1;
    const from: Cursor = isResumed ? (JSON.parse(before.cursor) as Cursor) : { query: 0, page: 1, began: clock.now() };
    const isExhausted = await this.#readQueries(from, { ...before, pass });
    const seen = await store.count(this.#object, pass);
    const isComplete = this.#total === undefined ? isExhausted : seen >= this.#total;
    if (isComplete) await store.missing(this.#object, pass, clock.now());
    await store.note(this.#object, { pass, total: this.#total, began: from.began, read: clock.now(), isComplete });
  }

  /** Asks one query after the other, until all is known; resolves with whether the last one was read to its end. */
  async #readQueries(from: Cursor, progress: Omit<InventoryProgress, 'isComplete'>): Promise<boolean> {
    const { store } = this.#around;
    let isExhausted = false;
    for (let at = from; ; at = { ...from, query: at.query + 1, page: 1 }) {
      const query = await this.#query(at.query);
      if (query === undefined) return isExhausted;
      // What one order has shown to its end, the other shows no more of.
      if (!(query.isBackwards && isExhausted)) isExhausted = await this.#readQuery(query, at, progress);
      const isAll =
        this.#total === undefined ? isExhausted : (await store.count(this.#object, progress.pass)) >= this.#total;
      if (isAll) return isExhausted;
    }
  }

  /** Reads the pages of one query; resolves with whether there were no more. */
  async #readQuery(query: Query, from: Cursor, progress: Omit<InventoryProgress, 'isComplete'>): Promise<boolean> {
    const { inventory } = this.#around;
    for (let { page } = from; page <= inventory.maxPages; page++) {
      const next = { ...from, page: page + 1 };
      const { records, kept, total } = await this.#page(query, page, {
        pass: progress.pass,
        began: progress.began,
        read: progress.read,
        cursor: JSON.stringify(next),
        isComplete: false,
      });
      if (records.length < inventory.pageSize) {
        return isLast({ records, total }, page, inventory.pageSize);
      }
      if (query.isBackwards && kept.fresh === 0) return false;
    }
    return false;
  }

  /** All records from both ends, then by parts, each from both ends as well; undefined where nothing is left to ask. */
  async #query(index: number): Promise<Query | undefined> {
    const isBackwards = index % 2 === 1;
    const order = isBackwards ? 'newest first' : 'oldest first';
    const nth = Math.floor(index / 2);
    if (nth === 0) return { order, isBackwards };
    this.#parts ??= await this.#around.inventory.parts(this.#object, this.#around.signal);
    const part = this.#parts[nth - 1];
    return part && { order, isBackwards, part };
  }

  /**
   * Reads what was changed last, until it comes to what is known, and then what was made last, if some of that is missing. Resolves
   * with whether that was enough: not where the destination does not sort, or where more has changed than one query shows.
   */
  async #refresh(before: InventoryProgress, knownFrom: number): Promise<boolean> {
    const { store, clock } = this.#around;
    const began = clock.now();
    const { pass, total, read } = before;
    const progress = { pass, total, read, began: knownFrom, isComplete: before.isComplete };
    if (!(await this.#until('last changed first', progress, (page) => isKnownFrom(page, knownFrom)))) return false;
    const isShort = this.#total !== undefined && (await store.count(this.#object)) < this.#total;
    if (isShort && before.isComplete) {
      await this.#until('newest first', progress, ({ kept }) => kept.known.every((known) => known));
    }
    const count = await store.count(this.#object);
    // Fewer than are known: some are gone, or not shown. Which ones only a reading of everything tells.
    const isComplete = this.#total === undefined ? before.isComplete : count === this.#total;
    await store.note(this.#object, { pass, total: this.#total, began, read: clock.now(), isComplete });
    return true;
  }

  /** Reads pages until one of them says that it is enough; resolves with whether one did. */
  async #until(
    order: InventoryOrder,
    progress: InventoryProgress,
    isEnough: (page: ReadPage) => boolean,
  ): Promise<boolean> {
    const { inventory } = this.#around;
    for (let page = 1; page <= inventory.maxPages; page++) {
      const read = await this.#page({ order, isBackwards: false }, page, progress);
      if (order === 'last changed first' && !isSorted(read.records)) return false;
      if (read.records.length < inventory.pageSize) return isLast(read, page, inventory.pageSize);
      if (isEnough(read)) return true;
    }
    return false;
  }

  async #page(query: Query, page: number, progress: InventoryProgress): Promise<ReadPage> {
    const { inventory, store, clock, signal, maxCalls } = this.#around;
    if (this.#calls >= maxCalls) throw new Stopped();
    const asked = { object: this.#object, order: query.order, page, part: query.part };
    this.#calls++;
    const { records, total } = await inventory.page(asked, signal).catch((error: unknown) => {
      // What was read is kept; a later reading goes on from there.
      throw error instanceof TransientFailure ? new Stopped(error) : error;
    });
    if (query.part === undefined && total !== undefined) this.#total = total;
    const kept = await store.keep(this.#object, records, {
      progress: { ...progress, total: this.#total },
      at: clock.now(),
      aheadMs: inventory.aheadMs(),
    });
    this.#changed += kept.known.filter((known) => !known).length;
    return { records, kept, total };
  }
}

interface ReadPage {
  readonly records: readonly InventoryRecord[];
  readonly kept: Awaited<ReturnType<InventoryStore['keep']>>;
  /** Records that the query has. */
  readonly total: number | undefined;
}

/** Whether nothing lies behind a page that is not full: a query shows only so many. */
const isLast = ({ records, total }: Pick<ReadPage, 'records' | 'total'>, page: number, pageSize: number): boolean =>
  total === undefined || (page - 1) * pageSize + records.length >= total;

/** Whether a page ends with records that are known as they are, and have been since everything was known. */
function isKnownFrom({ records, kept }: ReadPage, began: number): boolean {
  const isOld = ({ updatedAt }: InventoryRecord): boolean => updatedAt === undefined || updatedAt <= began;
  const tail = records.slice(-KNOWN_TAIL);
  return tail.every((record, i) => kept.known[records.length - tail.length + i] && isOld(record));
}

const isSorted = (records: readonly InventoryRecord[]): boolean =>
  records.every(({ updatedAt }, i) => {
    const before = records[i - 1]?.updatedAt;
    return updatedAt === undefined || before === undefined || updatedAt <= before;
  });
