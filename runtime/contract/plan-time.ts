import { FixedWindow, openedAt } from './fixed-window.ts';
import { type RateLimitState, shareOf, type WindowLimit } from './rate-limit-window.ts';

/** How the requests of one rate limit are held back. */
export interface Throttle {
  readonly windows: readonly WindowLimit[];
  /** The share of each window that is left to other tools. */
  readonly reservePercent: number;
  /** A longer wait ends a run. */
  readonly maxWaitMs: number;
}

/** What a number of requests takes, as far as rate limits go: how long requests themselves take is not in it. */
interface Taken {
  readonly ms: number;
  /** Runs that it takes, each begun when the quota has room again. */
  readonly runs: number;
  /** The window that is waited for the longest; absent where nothing has to wait. */
  readonly binding?: string;
}

interface SharedWindow {
  readonly name: string;
  readonly share: number;
  readonly window: FixedWindow;
}

/**
 * How long that many requests to one endpoint take from `now` on, when each is sent as soon as all windows have room. Pure;
 * goes from wait to wait, not from request to request.
 */
export function timeFor(calls: number, throttle: Throttle, now: number, kept?: RateLimitState): Taken {
  const windows = throttle.windows
    .map((limit) => sharedWindow(limit, throttle.reservePercent, now, kept))
    .filter(({ share }) => share > 0);
  const waited = new Map<string, number>();
  let at = now;
  let runs = 1;
  let pausedUntil = kept?.pausedUntil ?? 0;
  for (let left = calls; left > 0; ) {
    for (const { window } of windows) window.passTo(at);
    const spent = windows.filter(({ window, share }) => window.used >= share);
    const until = Math.max(pausedUntil, ...spent.map(({ window }) => window.closesAt!));
    if (until > at) {
      const reason = spent.find(({ window }) => window.closesAt === until)?.name ?? 'paused';
      waited.set(reason, (waited.get(reason) ?? 0) + until - at);
      if (until - at > throttle.maxWaitMs) runs++;
      at = until;
      pausedUntil = 0;
      continue;
    }
    const burst = Math.min(left, ...windows.map(({ share, window }) => share - window.used));
    for (const { window } of windows) window.count(window.used + burst, at);
    left -= burst;
  }
  const [binding] = [...waited].sort(([, a], [, b]) => b - a)[0] ?? [];
  return { ms: at - now, runs, ...(binding !== undefined && { binding }) };
}

function sharedWindow(
  limit: WindowLimit,
  reservePercent: number,
  now: number,
  kept: RateLimitState | undefined,
): SharedWindow {
  const { name, periodMs } = limit;
  const before = kept?.windows.find((window) => window.name === name);
  const share = shareOf(limit, reservePercent, before?.limit);
  return { name, share, window: new FixedWindow(periodMs, openedAt(before, now)) };
}
