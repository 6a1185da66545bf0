import type { SentCall } from '../contract/destination.ts';
import { type RateLimitState, type Throttle, windowsAt } from '../contract/rate-limit-window.ts';
import { timeFor } from '../http/plan-time.ts';
import { ShownCount } from '../http/shown-count.ts';

/** One window of one rate limit, as answers have shown it. */
export interface WindowUse {
  /** The request it limits, `METHOD path`. */
  readonly request: string;
  readonly window: string;
  readonly limit: number;
  readonly used: number;
  /** When that was, in milliseconds since the epoch. */
  readonly at: number;
}

/** The rate limits of a run as they stand: how it is held back, and what each kind of request has used. */
export interface QuotaNow {
  readonly throttle: Throttle;
  /** By `METHOD path`. */
  readonly states: Readonly<Record<string, RateLimitState>>;
}

/** What is known of the rate limits of a run. */
export class Quota {
  readonly #latest = new Map<string, readonly WindowUse[]>();
  /** By request and window. */
  readonly #shown = new Map<string, ShownCount>();
  #now: QuotaNow | undefined;

  /** What an answer says of them, other tools included. */
  add(call: SentCall, at: number): void {
    const { request, windows = [] } = call;
    const shown = windows.flatMap(({ name, limit = 0, used }) =>
      limit > 0 && used !== undefined
        ? [{ request, window: name, limit, used: this.#counted(call, name, used), at }]
        : [],
    );
    if (shown.length > 0) this.#latest.set(request, shown);
  }

  #counted(call: SentCall, window: string, used: number): number {
    const name = `${call.request} ${window}`;
    const count = this.#shown.get(name) ?? new ShownCount();
    this.#shown.set(name, count);
    count.show(used, call);
    return count.used;
  }

  /** How they hold the run back, from now on. */
  hold(now: QuotaNow): void {
    this.#now = now;
  }

  /** The open window in which the run may make the fewest requests: the one that will stop it first. Its limit is the run's share. */
  binding(now: number): WindowUse | undefined {
    const { throttle, states = {} } = this.#now ?? {};
    const open = Object.entries(states).flatMap(([request, state]) =>
      windowsAt(throttle!, state, now)
        .filter(({ share, window }) => share > 0 && window.closesAt !== undefined)
        .map(({ name, share, window }) => ({ request, window: name, limit: share, used: window.used, at: now })),
    );
    return least(open, leftOf);
  }

  /** How long the limits let so many more requests take, at the least. */
  leastMs(request: string, calls: number, now: number): number {
    if (this.#now === undefined || calls <= 0) return 0;
    return timeFor(calls, this.#now.throttle, now, this.#now.states[request]).ms;
  }

  /**
   * The fullest of the longest windows. A run fills the short ones by design, and has them back within the hour; the
   * longest is what it shares with the other tools of the day.
   */
  get scarcest(): WindowUse | undefined {
    return least(
      [...this.#latest.values()].map((windows) => windows.at(-1)!),
      ({ limit, used }) => -used / limit,
    );
  }
}

/** Requests that the window still has room for. */
export const leftOf = ({ limit, used }: WindowUse): number => Math.max(0, limit - used);

/** Percent of the window that is used, 100 at most, to one decimal. */
export const percentOf = ({ limit, used }: WindowUse): number => Math.min(100, Math.round((used / limit) * 1000) / 10);

const least = (uses: readonly WindowUse[], size: (use: WindowUse) => number): WindowUse | undefined =>
  uses.reduce<WindowUse | undefined>(
    (found, use) => (found === undefined || size(use) <= size(found) ? use : found),
    undefined,
  );
