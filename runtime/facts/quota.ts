import type { SentCall } from '../contract/destination.ts';

/** One window of one rate limit, as the last answer told of it. */
export interface WindowUse {
  /** The request it limits, `METHOD path`. */
  readonly request: string;
  readonly window: string;
  readonly limit: number;
  readonly used: number;
  /** When that was, in milliseconds since the epoch. */
  readonly at: number;
}

/** How long the windows of a rate limit last, by name. */
// After so long the window that was told of has surely closed; one of another name counts as told.
export const PERIODS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** What is known of the rate limits of a run, by what its answers said. */
export class Quota {
  readonly #latest = new Map<string, readonly WindowUse[]>();

  see({ request, windows = [] }: SentCall, at: number): void {
    const told = windows.flatMap(({ name, limit = 0, used }) =>
      limit > 0 && used !== undefined ? [{ request, window: name, limit, used, at }] : [],
    );
    if (told.length > 0) this.#latest.set(request, told);
  }

  /** The open window with the fewest requests left: the one that will stop the run first. */
  binding(now: number): WindowUse | undefined {
    const isOpen = ({ window, at }: WindowUse) => now - at < (PERIODS_MS[window] ?? Number.POSITIVE_INFINITY);
    return least([...this.#latest.values()].flat().filter(isOpen), leftOf);
  }

  /**
   * How long the windows let so many more requests take, at the least: full windows must pass before the last of them. A
   * window that was told of is taken to have just opened.
   */
  leastMs(request: string, calls: number, now: number): number {
    const passing = (this.#latest.get(request) ?? []).map((use) => {
      const periodMs = PERIODS_MS[use.window] ?? 0;
      const closesInMs = Math.max(0, use.at + periodMs - now);
      const beyond = calls - (closesInMs > 0 ? leftOf(use) : use.limit);
      return beyond <= 0 ? 0 : closesInMs + (Math.ceil(beyond / use.limit) - 1) * periodMs;
    });
    return Math.max(0, ...passing);
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
