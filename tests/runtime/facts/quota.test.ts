import { describe, expect, it } from 'vitest';
import type { ObservedWindow } from '../../../runtime/contract/rate-limit-window.ts';
import { leftOf, percentOf, Quota, type QuotaNow } from '../../../runtime/facts/quota.ts';

const told = (quota: Quota, request: string, windows: readonly ObservedWindow[], startedAt = 0) =>
  quota.add({ request, status: 200, startedAt, ms: 1, attempt: 1, windows }, 0);
const windows = (minute: number, hour: number, day: number): readonly ObservedWindow[] => [
  { name: 'minute', limit: 200, used: minute },
  { name: 'hour', limit: 400, used: hour },
  { name: 'day', limit: 2000, used: day },
];

const limits = [
  { name: 'minute', limit: 200, periodMs: 60_000 },
  { name: 'hour', limit: 400, periodMs: 3_600_000 },
];
/** As a run stands that has used so many requests of a minute and of an hour, by request. */
const now = (used: Readonly<Record<string, readonly number[]>>, { reservePercent = 0 } = {}): QuotaNow => ({
  throttle: { windows: limits, reservePercent, maxWaitMs: 0 },
  states: Object.fromEntries(
    Object.entries(used).map(([request, counts]) => [
      request,
      {
        pausedUntil: 0,
        windows: limits.map(({ name, limit, periodMs }, i) => ({ name, limit, used: counts[i]!, closesAt: periodMs })),
      },
    ]),
  ),
});

describe('what is known of the quota', () => {
  it('is nothing before an answer tells of it, or where there is no limit', () => {
    const quota = new Quota();
    told(quota, 'GET a', []);
    told(quota, 'GET b', [
      { name: 'day', limit: 0, used: 9 },
      { name: 'hour', limit: 9 },
    ]);
    expect([quota.binding(0), quota.scarcest, quota.leastMs('GET b', 9, 0)]).toEqual([undefined, undefined, 0]);
  });

  it('binds where the fewest requests are left to the run, and there in the longest of equals', () => {
    const quota = new Quota();
    quota.hold(now({ 'GET a': [10, 290], 'GET b': [195, 295] }, { reservePercent: 25 }));
    expect(quota.binding(0)).toEqual({ request: 'GET b', window: 'minute', limit: 150, used: 195, at: 0 });
    quota.hold(now({ 'GET a': [10, 290], 'GET b': [145, 295] }, { reservePercent: 25 }));
    expect(quota.binding(0)).toMatchObject({ request: 'GET b', window: 'hour', limit: 300, used: 295 });
  });

  it('is forgotten with the window', () => {
    const quota = new Quota();
    quota.hold(now({ 'GET a': [200, 300] }));
    expect(quota.binding(59_999)?.window).toBe('minute');
    expect(quota.binding(60_000)?.window).toBe('hour');
    expect(quota.binding(3_600_000)).toBeUndefined();
  });

  it('is scarcest where the largest share of the longest window is used', () => {
    const quota = new Quota();
    told(quota, 'GET a', windows(200, 400, 1000));
    told(quota, 'GET b', windows(1, 1, 1500));
    expect(quota.scarcest).toMatchObject({ request: 'GET b', window: 'day', used: 1500 });
  });

  it('is what the window that is open now holds', () => {
    const quota = new Quota();
    told(quota, 'GET a', windows(1, 1, 1900));
    told(quota, 'GET a', windows(1, 1, 5), 10);
    expect(quota.scarcest?.used).toBe(5);
  });

  it('does not fall where answers overtake each other', () => {
    const quota = new Quota();
    told(quota, 'GET a', windows(3, 3, 1900));
    told(quota, 'GET b', windows(1, 1, 1800));
    told(quota, 'GET a', windows(2, 2, 1));
    expect(quota.scarcest).toMatchObject({ request: 'GET a', used: 1900 });
  });
});

it('what is left and what is used stay within the window', () => {
  const use = { request: 'GET a', window: 'hour', limit: 300, at: 0 };
  expect([100, 301].map((used) => [leftOf({ ...use, used }), percentOf({ ...use, used })])).toEqual([
    [200, 33.3],
    [0, 100],
  ]);
});
