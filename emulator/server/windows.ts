import type { Clock } from '../calls/clock.ts';

/** The three windows in which every action is counted. */
export type WindowName = 'minute' | 'hour' | 'day';

/** Requests allowed in each window; null is a window without limit. */
export interface Limits {
  readonly minute: number | null;
  readonly hour: number | null;
  readonly day: number | null;
}

/** The plans by name. */
export type PlanName = 'free' | 'basic' | 'professional' | 'organization' | 'unlimited';

// docs.apollo.io/reference/rate-limits, 2026-08-12: default endpoints, per minute / hour / day.
/** Limits of each plan for every endpoint documented here. */
export const PLANS = {
  free: { minute: 50, hour: 200, day: 600 },
  basic: { minute: 200, hour: 400, day: 2000 },
  professional: { minute: 200, hour: 400, day: 2000 },
  organization: { minute: 200, hour: 600, day: 6000 },
  unlimited: { minute: null, hour: null, day: null },
} satisfies Record<PlanName, Limits>;

// Header names: docs.apollo.io/reference/rate-limits, 2026-07-28, seen live in August and October 2026.
const WINDOWS = [
  {
    name: 'minute',
    lengthMs: 60_000,
    limit: 'x-rate-limit-minute',
    usage: 'x-minute-usage',
    left: 'x-minute-requests-left',
  },
  {
    name: 'hour',
    lengthMs: 3_600_000,
    limit: 'x-rate-limit-hourly',
    usage: 'x-hourly-usage',
    left: 'x-hourly-requests-left',
  },
  {
    name: 'day',
    lengthMs: 86_400_000,
    limit: 'x-rate-limit-24-hour',
    usage: 'x-24-hour-usage',
    left: 'x-24-hour-requests-left',
  },
] as const satisfies readonly { name: WindowName; lengthMs: number; limit: string; usage: string; left: string }[];

interface Count {
  openedAt: number;
  used: number;
}

/** The window that has no room, and how long it stays so. */
export interface Exhausted {
  readonly window: WindowName;
  readonly limit: number;
  readonly retryAfterMs: number;
}

/** Whether a request may pass, and the rate headers of its answer. */
export interface Verdict {
  readonly headers: Readonly<Record<string, string>>;
  readonly exhausted: Exhausted | null;
}

/** What one action has used of one window. */
interface WindowUsage {
  readonly limit: number | null;
  readonly consumed: number;
  readonly left_over: number | null;
}

/** Counts requests per action in fixed windows that open at the first request, not on the clock. */
export class Windows {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Record<WindowName, Count>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts the request in all three windows if each has room, and in none otherwise. */
  take(action: string, limits: Limits): Verdict {
    const now = this.#clock.now();
    const counts = this.#open(action, now);
    const exhausted = longestExhausted(counts, limits, now);
    if (exhausted === null) for (const { name } of WINDOWS) counts[name].used += 1;
    return { headers: headersOf(counts, limits), exhausted };
  }

  usage(action: string, limits: Limits): Record<'day' | 'hour' | 'minute', WindowUsage> {
    const counts = this.#open(action, this.#clock.now());
    const of = (name: WindowName): WindowUsage => {
      const limit = limits[name];
      const consumed = counts[name].used;
      return { limit, consumed, left_over: limit === null ? null : Math.max(0, limit - consumed) };
    };
    return { day: of('day'), hour: of('hour'), minute: of('minute') };
  }

  clear(): void {
    this.#counts.clear();
  }

  #open(action: string, now: number): Record<WindowName, Count> {
    const counts = this.#counts.get(action) ?? { minute: fresh(now), hour: fresh(now), day: fresh(now) };
    for (const { name, lengthMs } of WINDOWS) {
      // A window that is over, or that nothing was counted in, opens with this request.
      if (now >= counts[name].openedAt + lengthMs || counts[name].used === 0) counts[name] = fresh(now);
    }
    this.#counts.set(action, counts);
    return counts;
  }
}

function fresh(now: number): Count {
  return { openedAt: now, used: 0 };
}

// Of several exhausted windows the one that lasts longest: waiting for a shorter one would only meet the next 429.
function longestExhausted(counts: Record<WindowName, Count>, limits: Limits, now: number): Exhausted | null {
  let longest: Exhausted | null = null;
  for (const { name, lengthMs } of WINDOWS) {
    const limit = limits[name];
    if (limit === null || counts[name].used < limit) continue;
    const retryAfterMs = counts[name].openedAt + lengthMs - now;
    if (longest === null || retryAfterMs > longest.retryAfterMs) longest = { window: name, limit, retryAfterMs };
  }
  return longest;
}

// A window without limit has an empty limit header and no others (seen live, 2026-08).
function headersOf(counts: Record<WindowName, Count>, limits: Limits): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const window of WINDOWS) {
    const limit = limits[window.name];
    const { used } = counts[window.name];
    headers[window.limit] = limit === null ? '' : String(limit);
    if (limit === null) continue;
    headers[window.usage] = String(used);
    headers[window.left] = String(Math.max(0, limit - used));
  }
  return headers;
}
