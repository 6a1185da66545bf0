import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { TransientFailure } from '../../../runtime/contract/failure.ts';
import type { RateLimitState, WindowLimit } from '../../../runtime/contract/rate-limit-window.ts';
import { timeFor } from '../../../runtime/http/plan-time.ts';
import { RateLimit } from '../../../runtime/http/rate-limit.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const windows = (minute: number, hour: number, day: number): readonly WindowLimit[] => [
  { name: 'minute', periodMs: MINUTE, limit: minute },
  { name: 'hour', periodMs: HOUR, limit: hour },
  { name: 'day', periodMs: DAY, limit: day },
];
const basic = { windows: windows(200, 400, 2000), reservePercent: 0, maxWaitMs: 3_900_000 };

describe('the time that calls take', () => {
  test.each([
    ['nothing', 0, { ms: 0, runs: 1 }],
    ['what fits into every window', 200, { ms: 0, runs: 1 }],
    ['one more than the minute allows', 201, { ms: MINUTE, runs: 1, binding: 'minute' }],
    ['one more than the hour allows', 401, { ms: HOUR, runs: 1, binding: 'hour' }],
    ['all of a day', 2000, { ms: 4 * HOUR + MINUTE, runs: 1, binding: 'hour' }],
    ['one more than the day allows, which needs another run', 2001, { ms: DAY, runs: 2, binding: 'day' }],
  ])('on Basic: %s', (_, calls, taken) => {
    expect(timeFor(calls, basic, 0)).toEqual(taken);
  });

  test('counts what earlier runs have used, and the limits that they were shown', () => {
    const kept: RateLimitState = {
      pausedUntil: 0,
      windows: [{ name: 'hour', limit: 600, used: 590, closesAt: 10 * MINUTE }],
    };
    expect(timeFor(10, basic, 0, kept)).toEqual({ ms: 0, runs: 1 });
    expect(timeFor(11, basic, 0, kept)).toEqual({ ms: 10 * MINUTE, runs: 1, binding: 'hour' });
  });

  test('without limits is none', () => {
    expect(timeFor(1_000_000, { ...basic, windows: windows(0, 0, 0) }, 0)).toEqual({ ms: 0, runs: 1 });
  });
});

/** The same calls through the rate limit that a run has, with answers that take no time. */
async function taken(calls: number, throttle: typeof basic, state: RateLimitState): Promise<unknown> {
  const clock = new VirtualClock(0);
  const limit = new RateLimit({ name: 'POST it', clock, ...throttle });
  limit.restore(state);
  let runs = 1;
  for (let made = 0; made < calls; ) {
    try {
      const permit = await limit.acquire(new AbortController().signal);
      permit.answered();
      made++;
    } catch (failure) {
      if (!(failure instanceof TransientFailure)) throw failure;
      clock.time += failure.retryAfterMs!;
      runs++;
    }
  }
  return { ms: clock.time, runs };
}

const few = fc.integer({ min: 0, max: 9 });
const kept = (name: string, periodMs: number) =>
  fc.record({ name: fc.constant(name), limit: few, used: few, closesAt: fc.integer({ min: 1, max: periodMs }) });

test('is what the rate limit of a run makes of them, whatever the windows and what is used of them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60 }),
      fc.tuple(few, few, few),
      fc.constantFrom(0, 20, 50, 99),
      fc.constantFrom(0, 30_000, HOUR, 2 * DAY),
      fc.tuple(kept('minute', MINUTE), kept('hour', HOUR), kept('day', DAY)),
      fc.constantFrom(0, 5000, 2 * HOUR),
      async (calls, limits, reservePercent, maxWaitMs, states, pausedUntil) => {
        const throttle = { windows: windows(...limits), reservePercent, maxWaitMs };
        const state = { pausedUntil, windows: states };
        const { ms, runs } = timeFor(calls, throttle, 0, state);
        expect({ ms, runs }).toEqual(await taken(calls, throttle, state));
      },
    ),
    { numRuns: 500 },
  );
});
