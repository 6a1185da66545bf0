import type { WindowState } from './rate-limit-window.ts';

/** How many requests a window holds, and when it closes; it is not open where it has no end. */
interface Opened {
  readonly used: number;
  readonly closesAt: number | undefined;
}

const notOpen: Opened = { used: 0, closesAt: undefined };

/** A window that was kept, as it is at a time: once it has closed, nothing is used. */
export const openedAt = (kept: WindowState | undefined, at: number): Opened =>
  kept?.closesAt !== undefined && kept.closesAt > at ? { used: kept.used, closesAt: kept.closesAt } : notOpen;

/**
 * A window whose requests are all known: it opens with the first, and holds what is counted until it closes, a period later.
 * Forecasts and reports count in it; `RateLimitWindow` mirrors one whose opening only the server knows.
 */
export class FixedWindow {
  readonly #periodMs: number;
  #opened: Opened;

  constructor(periodMs: number, opened: Opened = notOpen) {
    this.#periodMs = periodMs;
    this.#opened = opened;
  }

  get used(): number {
    return this.#opened.used;
  }

  get closesAt(): number | undefined {
    return this.#opened.closesAt;
  }

  /** To be called with the present time before anything else is asked or counted. */
  passTo(at: number): void {
    if (this.closesAt !== undefined && at >= this.closesAt) this.#opened = notOpen;
  }

  /** The window holds so many from now on. */
  count(used: number, at: number): void {
    this.#opened = { used, closesAt: this.closesAt ?? at + this.#periodMs };
  }

  /** The server has opened it again. */
  reopen(): void {
    this.#opened = notOpen;
  }
}
