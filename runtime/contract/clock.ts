import { setTimeout } from 'node:timers/promises';

/** Time and chance, passed in so that tests own them. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends early, without throwing, when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1), as `Math.random`. */
  random(): number;
}

// A timer takes a signed 32-bit number of milliseconds; more fires at once (nodejs.org/api/timers.html).
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    for (let left = ms; left > 0 && !signal.aborted; left -= longestTimerMs) {
      await setTimeout(Math.min(left, longestTimerMs), undefined, { signal }).catch(() => undefined);
    }
  },
  random: () => Math.random(),
};
