import type { Clock } from '../../contract/clock.ts';
import type {
  Leave,
  ObservedWindow,
  SharedPermit,
  SharedQuota,
  WindowLimit,
} from '../../contract/rate-limit-window.ts';
import type { ServerClient } from './client.ts';
import { WindowRows, type WindowState } from './window-rows.ts';

/** As many as are taken at once. Where little is left, fewer are: others want some too. */
const blockSize = 10;

/** Requests that were taken together, and not used yet. They count in the windows that were open then. */
interface Block {
  left: number;
  readonly windows: ReadonlyMap<string, WindowState>;
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
  #open = true;

  /** `ready` throws where this run may send nothing any more. */
  constructor(client: ServerClient, table: string, { clock, ready }: { clock: Clock; ready: () => Promise<void> }) {
    this.#clock = clock;
    this.#ready = ready;
    this.#rows = new WindowRows(client, table, clock);
  }

  async take(action: string, windows: readonly WindowLimit[], reservePercent: number): Promise<Leave> {
    await this.#ready();
    return this.#inTurn(action, () => this.#take(action, windows, reservePercent));
  }

  async #take(action: string, windows: readonly WindowLimit[], reservePercent: number): Promise<Leave> {
    const held = this.#blocks.get(action);
    if (held !== undefined && held.left > 0 && this.#clock.now() < held.until) return this.#permit(action, held);
    if (held !== undefined) await this.#giveBack(action, held);
    const taken = await this.#rows.take(action, windows, { count: blockSize, reservePercent });
    if ('until' in taken) return taken;
    const until = Math.min(...[...taken.windows.values()].map(({ usableUntil }) => usableUntil));
    const block = { left: taken.count, windows: taken.windows, until };
    this.#blocks.set(action, block);
    return this.#permit(action, block);
  }

  #permit(action: string, block: Block): SharedPermit {
    block.left -= 1;
    return {
      answered: (observed) => this.#tell(action, block, observed ?? [], 0),
      refused: (waitMs, observed) => {
        block.left += 1;
        this.#tell(action, block, observed ?? [], waitMs);
      },
      unsent: () => {
        block.left += 1;
        // Another block has been taken since: nothing else gives this one back.
        if (this.#blocks.get(action) !== block) this.#later(action, () => this.#giveBack(action, block));
      },
    };
  }

  /** Tells the others what an answer has shown that they may not know. */
  #tell(action: string, block: Block, said: readonly ObservedWindow[], waitMs: number): void {
    // What is left of the block is yet to come.
    const observed = said.map(({ used, ...one }) => ({
      ...one,
      ...(used !== undefined && { used: used + block.left }),
    }));
    const news = [...block.windows.values()].filter((window) => {
      const { limit, used = 0 } = observed.find(({ name }) => name === window.name) ?? {};
      return !window.isConfirmed || (limit !== undefined && limit !== window.limit) || used > window.used;
    });
    if (news.length === 0 && waitMs === 0) return;
    for (const window of news) window.isConfirmed = true;
    this.#later(action, () => this.#rows.tell(action, news, observed, waitMs));
  }

  async #giveBack(action: string, block: Block): Promise<void> {
    const { left } = block;
    block.left = 0;
    if (left > 0) await this.#rows.giveBack(action, [...block.windows.values()], left);
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
    for (const [action, block] of this.#blocks) await this.#giveBack(action, block).catch(() => undefined);
  }
}
