import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SentCall } from '../../../runtime/contract/destination.ts';
import { CallFacts } from '../../../runtime/facts/call-facts.ts';
import { added, highest, TimeSeries } from '../../../runtime/facts/time-series.ts';

const START = Date.UTC(2026, 0, 1);
const minute = 60_000;

const call = (afterMs: number, more: Partial<SentCall> = {}): SentCall => ({
  request: 'POST people',
  action: 'people/create',
  status: 200,
  startedAt: START + afterMs,
  ms: 40,
  attempt: 1,
  records: 100,
  ...more,
});

const factsOf = (calls: readonly SentCall[], endMs = 0) => {
  const facts = new CallFacts(START);
  for (const one of calls) facts.add(one);
  return facts.until(START + endMs);
};

const windowsOf = (calls: readonly SentCall[], endMs = 0) =>
  Object.fromEntries(factsOf(calls, endMs).windows.map(({ window, peak }) => [window, peak]));

describe('numbers over time', () => {
  it('are none lost and none added, however long the run is, in at most 96 steps', () => {
    const times = fc.array(fc.integer({ min: 0, max: 3 * 86_400_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(times, (afterMs) => {
        const series = new TimeSeries(START, added);
        for (const ms of afterMs) series.add('a', START + ms, 1);
        const { values, stepMs } = series.until(START + 1000);
        const counts = values['a'] ?? [];
        expect(counts.length).toBeLessThanOrEqual(96);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(afterMs.length);
        for (const ms of afterMs) expect(counts[Math.floor(ms / stepMs)]).toBeGreaterThan(0);
      }),
    );
  });

  it('that are levels keep their highest when steps become longer, and hold between two times', () => {
    const series = new TimeSeries(START, highest);
    series.hold('a', { from: START + 1000, to: START + 3000 }, 5);
    series.add('a', START + 2000, 9);
    expect(series.until(START + 4000).values).toEqual({ a: [0, 5, 9, 5, 0] });
    series.add('a', START + 100_000, 1);
    const { values, stepMs } = series.until(START);
    expect([stepMs, values['a']!.slice(0, 3), values['a']!.at(-1)]).toEqual([2000, [5, 9, 0], 1]);
  });
});

describe('what is said of calls', () => {
  it('adds up by request, and has the slowest first', () => {
    const { totals, slowest, overTime } = factsOf([
      call(0),
      call(1000, { status: 503, ms: 900 }),
      call(2000, { attempt: 2, ms: 100 }),
      call(3000, { status: 429, attempt: 3 }),
      call(4000, { request: 'GET me', ms: 7 }),
    ]);
    expect(totals.map(({ request, calls }) => [request, calls])).toEqual([
      ['POST people', 4],
      ['GET me', 1],
    ]);
    expect(totals[0]).toMatchObject({ records: 400, again: 2, rateLimited: 1, errors: 1, unanswered: 0 });
    expect(totals[0]!.medianMs).toBeGreaterThan(36);
    expect(totals[0]!.medianMs).toBeLessThan(44);
    expect(totals[0]!.p95Ms).toBeGreaterThan(800);
    expect(slowest.map(({ ms }) => ms)).toEqual([900, 100, 40, 40, 7]);
    expect(overTime.values).toEqual({ 'POST people': [1, 1, 1, 1, 0], 'GET me': [0, 0, 0, 0, 1] });
  });

  it('keeps ten of the slowest, and the memory of a run does not grow with its calls', () => {
    const facts = new CallFacts(START);
    for (let i = 0; i < 100_000; i++) facts.add(call(i * 100, { ms: i % 1000 }));
    const { slowest, totals } = facts.until(START);
    expect(slowest.map(({ ms }) => ms)).toEqual(Array(10).fill(999));
    expect(totals[0]!.calls).toBe(100_000);
    expect(JSON.stringify(facts.until(START)).length).toBeLessThan(10_000);
  });
});

describe('windows', () => {
  it('open with a call and close a period later; what is refused for the limit is not in them', () => {
    const calls = [call(0), call(30_000), call(59_999), call(minute), call(minute + 1, { status: 429 })];
    expect(windowsOf(calls)).toEqual({ minute: 3, hour: 4, day: 4 });
  });

  it('count what the answers tell of other tools as well, also where they overtake each other', () => {
    const told = (used: number) => ({ windows: [{ name: 'minute', limit: 200, used }] });
    expect(windowsOf([call(0, told(51)), call(10, told(53)), call(5, told(52))])['minute']).toBe(53);
    expect(windowsOf([call(0, told(90)), call(10, told(2))])['minute']).toBe(90);
    const lastOf = (first: number) =>
      factsOf([call(0, told(first)), call(20_000, told(1))], 25_000).windows[0]!.overTime.values['used']!.at(-1);
    expect([lastOf(90), lastOf(3)]).toEqual([1, 1]);
  });

  it('that an earlier run has opened go on, and its calls are in no other figure', () => {
    const facts = factsOf([call(-30_000), call(1000), call(31_000)]);
    expect(facts.totals[0]!.calls).toBe(2);
    expect(facts.windows.map(({ window, peak }) => [window, peak])).toEqual([
      ['minute', 2],
      ['hour', 3],
      ['day', 3],
    ]);
  });

  it('stay as full as they are until they close', () => {
    const [ofMinute] = factsOf([call(0), call(1000)], 90_000).windows;
    const used = ofMinute!.overTime.values['used']!;
    expect([used[0], used[1], used[59], used[60], used.length]).toEqual([1, 2, 2, 0, 91]);
  });
});
