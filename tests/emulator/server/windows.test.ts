import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../emulator/calls/clock.ts';
import { PLANS, Windows } from '../../../emulator/server/windows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('a window opens at its first request, and closes that long after it', () => {
  const clock = new ManualClock();
  const windows = new Windows(clock);
  const limits = { minute: 1, hour: null, day: null };
  clock.advance(30_000);
  expect(windows.take('a', limits).exhausted).toBeNull();
  clock.advance(MINUTE - 1);
  expect(windows.take('a', limits).exhausted).toEqual({ window: 'minute', limit: 1, retryAfterMs: 1 });
  clock.advance(1);
  expect(windows.take('a', limits).exhausted).toBeNull();
});

test('a window that was only looked at has not opened', () => {
  const clock = new ManualClock();
  const windows = new Windows(clock);
  const limits = { minute: 1, hour: null, day: null };
  windows.usage('a', limits);
  clock.advance(59_000);
  windows.take('a', limits);
  clock.advance(2_000);
  expect(windows.take('a', limits).exhausted?.retryAfterMs).toBe(58_000);
});

test('of several full windows the one that lasts longest is named', () => {
  const clock = new ManualClock();
  const windows = new Windows(clock);
  const limits = { minute: 1, hour: 1, day: 2 };
  windows.take('a', limits);
  expect(windows.take('a', limits).exhausted).toMatchObject({ window: 'hour', retryAfterMs: HOUR });
});

test('a request that is refused counts in no window', () => {
  const clock = new ManualClock();
  const windows = new Windows(clock);
  const limits = { minute: 1, hour: 10, day: null };
  windows.take('a', limits);
  for (let i = 0; i < 20; i++) windows.take('a', limits);
  expect(windows.usage('a', limits)).toEqual({
    minute: { limit: 1, consumed: 1, left_over: 0 },
    hour: { limit: 10, consumed: 1, left_over: 9 },
    day: { limit: null, consumed: 1, left_over: null },
  });
  expect(windows.usage('b', limits).minute.consumed).toBe(0);
});

test('no window ever lets more through than its limit, counted from the request that opened it', () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(pauses, (waits) => {
      const clock = new ManualClock(0);
      const windows = new Windows(clock);
      const limits = { minute: 3, hour: 20, day: 50 };
      const passed: number[] = [];
      for (const wait of waits) {
        clock.advance(wait);
        if (windows.take('a', limits).exhausted === null) passed.push(clock.now());
      }
      for (const [lengthMs, limit] of [
        [MINUTE, 3],
        [HOUR, 20],
        [24 * HOUR, 50],
      ] as const) {
        expect(fullestWindow(passed, lengthMs)).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

// An independent count: windows laid one after the other, each from the first request after the last one's end.
function fullestWindow(times: readonly number[], lengthMs: number): number {
  let opened = Number.NEGATIVE_INFINITY;
  let count = 0;
  let most = 0;
  for (const time of times) {
    if (time >= opened + lengthMs) {
      opened = time;
      count = 0;
    }
    count += 1;
    most = Math.max(most, count);
  }
  return most;
}

test('plans are those of the published table', () => {
  expect(PLANS).toEqual({
    free: { minute: 50, hour: 200, day: 600 },
    basic: { minute: 200, hour: 400, day: 2000 },
    professional: { minute: 200, hour: 400, day: 2000 },
    organization: { minute: 200, hour: 600, day: 6000 },
    unlimited: { minute: null, hour: null, day: null },
  });
});
