import { expect, test } from 'vitest';
import { observedWindows, type PLANS, spentWindow, windowsOf } from '../../../connector/api/quota.ts';

// Names as on docs.apollo.io/reference/rate-limits, 2026-07-28.
const headers = {
  'x-rate-limit-minute': '200',
  'x-minute-usage': '1',
  'x-minute-requests-left': '199',
  'x-rate-limit-hourly': '400',
  'x-hourly-usage': '400',
  'x-hourly-requests-left': '0',
  'x-rate-limit-24-hour': '2000',
  'x-24-hour-usage': '700',
  'x-24-hour-requests-left': '1300',
};

test('the nine headers are three windows', () => {
  expect(observedWindows(headers)).toEqual([
    { name: 'minute', limit: 200, used: 1 },
    { name: 'hour', limit: 400, used: 400 },
    { name: 'day', limit: 2000, used: 700 },
  ]);
});

test('the older names of the day are read too', () => {
  const daily = { 'x-rate-limit-daily': '600', 'x-daily-usage': '5', 'x-daily-requests-left': '595' };
  expect(observedWindows(daily)).toEqual([{ name: 'day', limit: 600, used: 5 }]);
});

test('what is left tells what is used', () => {
  expect(observedWindows({ 'x-rate-limit-hourly': '400', 'x-hourly-requests-left': '390' })).toEqual([
    { name: 'hour', limit: 400, used: 10 },
  ]);
});

test('an empty limit is a window that does not exist', () => {
  expect(observedWindows({ 'x-rate-limit-minute': '1000', 'x-minute-usage': '3', 'x-rate-limit-24-hour': '' })).toEqual(
    [
      { name: 'minute', limit: 1000, used: 3 },
      { name: 'day', limit: 0 },
    ],
  );
});

test.each([
  ['1,000', 1000],
  ['12,345,678', 12_345_678],
  ['200.0', 200],
  [' 200 ', 200],
  ['200, 200', 200],
  ['1,000, 400', 1000],
  ['200;w=60', undefined],
  ['200; w=60', 200],
  ['1.5', undefined],
  ['1,00', undefined],
  ['-1', undefined],
  ['0', undefined],
  ['9'.repeat(30), undefined],
])('a limit of "%s" is %s', (text, limit) => {
  const expected = limit === undefined ? undefined : [{ name: 'hour', limit }];
  expect(observedWindows({ 'x-rate-limit-hourly': text })).toEqual(expected);
});

test('no headers, or nonsense in them, say nothing', () => {
  expect(observedWindows({})).toBeUndefined();
  expect(observedWindows({ 'x-rate-limit-minute': 'many', 'x-minute-usage': '3' })).toBeUndefined();
  expect(observedWindows({ 'x-rate-limit-minute': '200', 'x-minute-usage': 'few' })).toEqual([
    { name: 'minute', limit: 200 },
  ]);
});

test('of spent windows the longest counts', () => {
  expect(spentWindow(headers)).toBe('hour');
  expect(spentWindow({ ...headers, 'x-24-hour-usage': '2000' })).toBe('day');
  expect(spentWindow({})).toBeUndefined();
});

test('each plan has its limits, and auto starts with the least', () => {
  const of = (plan: keyof typeof PLANS) => windowsOf({ plan }).map(({ limit, ceiling }) => [limit, ceiling]);
  expect(of('free')).toEqual([[50], [200], [600]].map(([n]) => [n, undefined]));
  expect(of('auto')).toEqual(of('free'));
  expect(of('basic')).toEqual([[200], [400], [2000]].map(([n]) => [n, undefined]));
  expect(of('professional')).toEqual(of('basic'));
  expect(of('organization')).toEqual([[200], [600], [6000]].map(([n]) => [n, undefined]));
});

test('custom limits are a ceiling; a window that is left out has none', () => {
  expect(windowsOf({ plan: 'custom', custom: { minute: 5, day: 100 } })).toEqual([
    { name: 'minute', periodMs: 60_000, limit: 5, ceiling: 5 },
    { name: 'hour', periodMs: 3_600_000, limit: 0, ceiling: 0 },
    { name: 'day', periodMs: 86_400_000, limit: 100, ceiling: 100 },
  ]);
});
