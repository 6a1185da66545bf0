/** One fixed window of a rate limit: so many requests a period, from the first one on. */
export interface WindowLimit {
  readonly name: string;
  readonly periodMs: number;
  /** Requests a period; 0 means no limit. What the server says replaces it. */
  readonly limit: number;
  /** Never more than this, whatever the server says; absent where the server has the word. */
  readonly ceiling?: number;
}

/** The requests that a window has room for: what the server has said counts, up to the ceiling. 0 means no limit. */
export function limitOf({ limit, ceiling = 0 }: WindowLimit, reported = limit): number {
  return ceiling === 0 || reported === 0 ? reported || ceiling : Math.min(reported, ceiling);
}

/** The requests that a run may make in a window: the rest is left to other tools. At least one, and 0 where there is no limit. */
export function shareOf(limit: WindowLimit, reservePercent: number, reported?: number): number {
  const most = limitOf(limit, reported);
  return most === 0 ? 0 : Math.max(1, Math.floor((most * (100 - reservePercent)) / 100));
}

/** How long windows of these names last: all that is known of them where no limit is configured. */
export const PERIODS_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** What an answer said about one window. */
export interface ObservedWindow {
  readonly name: string;
  /** 0 where the server has no such window. */
  readonly limit?: number;
  /** Requests the server has counted, this one included, other tools' as well. */
  readonly used?: number;
}

/** A window as it is kept between runs; plain JSON. */
export interface WindowState {
  readonly name: string;
  readonly limit: number;
  readonly used: number;
  /** Milliseconds since the epoch; absent while the window is not open. */
  readonly closesAt?: number;
}

/** A rate limit as it is kept between runs; plain JSON. */
export interface RateLimitState {
  readonly pausedUntil: number;
  readonly windows: readonly WindowState[];
}

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
 * Forecasts and reports count in it; `WindowMirror` follows one whose opening only the server knows.
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

/** How the requests of one rate limit are held back. */
export interface Throttle {
  readonly windows: readonly WindowLimit[];
  /** The share of each window that is left to other tools. */
  readonly reservePercent: number;
  /** A longer wait ends a run. */
  readonly maxWaitMs: number;
}

/** One window of a throttle as it stands. */
interface ThrottledWindow {
  readonly name: string;
  readonly limit: number;
  /** The requests that a run may make in it; 0 where it has no limit. */
  readonly share: number;
  readonly window: FixedWindow;
}

/** The windows of a throttle at a time, with what was kept of them. */
export const windowsAt = (
  { windows, reservePercent }: Throttle,
  kept: RateLimitState | undefined,
  at: number,
): readonly ThrottledWindow[] =>
  windows.map((one) => {
    const before = kept?.windows.find(({ name }) => name === one.name);
    return {
      name: one.name,
      limit: limitOf(one, before?.limit),
      share: shareOf(one, reservePercent, before?.limit),
      window: new FixedWindow(one.periodMs, openedAt(before, at)),
    };
  });

/** Rate limits that several runs share: what one of them uses, the others do not. */
export interface SharedQuota {
  /** Asks for leave to send one request that counts in these windows, under the name of their action. Throws a TransientFailure. */
  take(action: string, windows: readonly WindowLimit[], reservePercent: number): Promise<Leave>;
  /** Gives back what was taken and not used. */
  close(): Promise<void>;
}

/** Leave to send a request, or when there is some again: `reason` is a window's name, or `paused`. */
export type Leave = SharedPermit | { readonly until: number; readonly reason: string };

/** Exactly one of the others must be called once the request has ended. */
export interface SharedPermit {
  /** It is of before: a request that was not sent by now needs leave again. */
  isStale(): boolean;
  /** It was counted, and this is what was said of its windows. */
  answered(observed?: readonly ObservedWindow[]): void;
  /** It was turned away for its rate, and every request is asked to wait. */
  refused(waitMs: number, observed?: readonly ObservedWindow[]): void;
  /** It was never sent. */
  unsent(): void;
}
