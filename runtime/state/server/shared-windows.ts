import type { Clock } from '../../contract/clock.ts';
import type {
  Leave,
  ObservedWindow,
  SharedPermit,
  SharedQuota,
  WindowLimit,
} from '../../contract/rate-limit-window.ts';
import type { ServerClient } from './client.ts';
import { type Observed, type Owner, WindowRows, type WindowState } from './window-rows.ts';

/** As many as are taken at once. Where little is left, fewer are: others want some too. */
const blockSize = 10;

/**
 * A run that is not heard of for a minute has lost its leases, and others may use what it had taken. After half of that, by the clock of
 * this machine, it uses nothing that it has not taken again: it may have been stopped meanwhile.
 */
const freshMs = 30_000;

/** Requests that were taken together, and not used yet. They count in the windows that were open then. */
interface Block {
  left: number;
  readonly windows: ReadonlyMap<string, WindowState>;
  /** By the clock of this machine. */
  readonly takenAt: number;
  /** How often others had forgotten what this run had by then: it does not give that back. */
  readonly forgotten: number;
  /** When the first of these windows is about to close. */
  readonly until: number;
}

/** The rate-limit windows of one account, as rows that several runs take blocks of requests from. */
export class SharedWindows implements SharedQuota {
  readonly #clock: Clock;
  readonly #rows: WindowRows;
  readonly #blocks = new Map<string, Block>();
  readonly #ready: () => Promise<void>;
  /** One after another of each action: who waits finds what the one before has taken. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Requests that have leave and have not ended, by action. */
  readonly #underWay = new Map<string, number>();
  /** How often others have forgotten what this run had, by action. */
  readonly #forgotten = new Map<string, number>();
  #open = true;

  /** `ready` throws where this run may send nothing any more. */
  constructor(client: ServerClient, owner: Owner, { clock, ready }: { clock: Clock; ready: () => Promise<void> }) {
    this.#clock = clock;
    this.#ready = ready;
    this.#rows = new WindowRows(client, owner, clock);
  }

  async take(action: string, windows: readonly WindowLimit[], reservePercent: number): Promise<Leave> {
    await this.#ready();
    return this.#inTurn(action, () => this.#take(action, windows, reservePercent));
  }

  async #take(action: string, windows: readonly WindowLimit[], reservePercent: number): Promise<Leave> {
    const held = this.#blocks.get(action);
    if (held !== undefined && held.left > 0 && !this.#isOld(held)) return this.#permit(action, held);
    if (held !== undefined) await this.#giveBack(action, held);
    // Whether it comes in time is not known: it counts from when it was asked for.
    const takenAt = Date.now();
    const underWay = this.#underWay.get(action) ?? 0;
    const taken = await this.#rows.take(action, windows, { count: blockSize, reservePercent, underWay });
    const forgotten = (this.#forgotten.get(action) ?? 0) + (taken.isNew ? 1 : 0);
    this.#forgotten.set(action, forgotten);
    if ('until' in taken) return taken;
    const until = Math.min(...[...taken.windows.values()].map(({ usableUntil }) => usableUntil));
    const block = { left: taken.count, windows: taken.windows, takenAt, forgotten, until };
    this.#blocks.set(action, block);
    return this.#permit(action, block);
  }

  /** Its windows may have closed, or others may have it. */
  #isOld({ takenAt, until }: Block): boolean {
    return this.#clock.now() >= until || Date.now() - takenAt >= freshMs;
  }

  #permit(action: string, block: Block): SharedPermit {
    block.left -= 1;
    this.#count(action, 1);
    return {
      isStale: () => this.#isOld(block),
      answered: (observed) => {
        this.#count(action, -1);
        this.#tell(action, block, observed ?? [], 0);
      },
      refused: (waitMs, observed) => {
        this.#count(action, -1);
        block.left += 1;
        this.#tell(action, block, observed ?? [], waitMs);
      },
      unsent: () => {
        this.#count(action, -1);
        block.left += 1;
        // Another block has been taken since: nothing else gives this one back.
        if (this.#blocks.get(action) !== block) this.#later(action, () => this.#giveBack(action, block));
      },
    };
  }

  #count(action: string, more: 1 | -1): void {
    this.#underWay.set(action, (this.#underWay.get(action) ?? 0) + more);
  }

  /** Tells the others what an answer has shown that they may not know. */
  #tell(action: string, block: Block, said: readonly ObservedWindow[], waitMs: number): void {
    const observed = said.map((one): Observed => {
      const window = block.windows.get(one.name);
      if (one.used === undefined || window === undefined) return one;
      // What is left of the block is yet to come.
      return { ...one, used: one.used + block.left, surplus: Math.max(0, window.used - window.unknown - one.used) };
    });
    const news = [...block.windows.values()].filter((window) => {
      const { limit, used = 0, surplus = 0 } = observed.find(({ name }) => name === window.name) ?? {};
      const isNews = !window.isConfirmed || (limit !== undefined && limit !== window.limit);
      return isNews || used > window.used || (surplus > 0 && !window.isLowered);
    });
    if (news.length === 0 && waitMs === 0) return;
    for (const window of news) {
      window.isConfirmed = true;
      window.isLowered ||= (observed.find(({ name }) => name === window.name)?.surplus ?? 0) > 0;
    }
    this.#later(action, () => this.#rows.tell(action, news, observed, waitMs));
  }

  async #giveBack(action: string, block: Block): Promise<void> {
    const { left } = block;
    block.left = 0;
    const isForgotten = block.forgotten !== this.#forgotten.get(action);
    if (left > 0 && !isForgotten) await this.#rows.giveBack(action, [...block.windows.values()], left);
  }

  /** Has nothing any more, and says so: others need not reckon with it. */
  async #end(action: string, block: Block): Promise<void> {
    await this.#giveBack(action, block);
    await this.#rows.leave(action);
  }

  /** What is told late is not known for a moment, and costs at most a request. */
  #later(action: string, work: () => Promise<void>): void {
    if (this.#open) this.#inTurn(action, work).catch(() => undefined);
  }

  #inTurn<T>(action: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(action) ?? Promise.resolve()).then(work);
    this.#turns.set(
      action,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async close(): Promise<void> {
    await Promise.all(this.#turns.values());
    this.#open = false;
    for (const [action, block] of this.#blocks) await this.#end(action, block).catch(() => undefined);
  }
}
