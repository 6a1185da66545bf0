import { expect, test } from 'vitest';
import type { Quota } from '../../../../runtime/contract/destination.ts';
import type { RateLimitState } from '../../../../runtime/contract/rate-limit-window.ts';
import { planTimes } from '../../../../runtime/run/preview/plan-times.ts';

const HOUR = 3_600_000;
const exactly = (count: number) => ({ min: count, max: count });

test.each([
  ['no limit', 0, 4],
  ['a higher limit', 600, 4],
  ['a lower limit', 3, 3],
])('the limit of a window is the ceiling where the server has told of %s', (_, told, limit) => {
  const state: RateLimitState = {
    pausedUntil: 0,
    windows: [{ name: 'hour', limit: told, used: 1, closesAt: HOUR }],
  };
  const quota: Quota = {
    restore: () => {},
    plans: () => [
      {
        name: 'custom',
        windows: [{ name: 'hour', periodMs: HOUR, limit: 4, ceiling: 4 }],
        reservePercent: 0,
        maxWaitMs: 0,
      },
    ],
    actionOf: (request) => request,
    snapshot: () => ({ 'POST it': state }),
  };
  const [time] = planTimes({ 'POST it': exactly(limit) }, quota, 0);
  const seconds = exactly(HOUR / 1000);
  expect(time?.endpoints).toEqual([
    {
      request: 'POST it',
      calls: exactly(limit),
      seconds,
      binding: 'hour',
      windows: [{ window: 'hour', limit, used: 1, seconds }],
    },
  ]);
});
