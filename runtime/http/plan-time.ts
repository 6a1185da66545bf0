import { type RateLimitState, type Throttle, windowsAt } from '../contract/rate-limit-window.ts';

/** What a number of requests takes, as far as rate limits go: how long requests themselves take is not in it. */
interface Taken {
  readonly ms: number;
  /** Runs that it takes, each begun when the quota has room again. */
  readonly runs: number;
  /** The window that is waited for the longest; absent where nothing has to wait. */
  readonly binding?: string;
}

/**
 * How long that many requests to one endpoint take from `now` on, when each is sent as soon as all windows have room. Pure;
 * goes from wait to wait, not from request to request.
 */
export function timeFor(calls: number, throttle: Throttle, now: number, kept?: RateLimitState): Taken {
  const windows = windowsAt(throttle, kept, now).filter(({ share }) => share > 0);
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
