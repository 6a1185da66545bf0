import fc from 'fast-check';
import { expect, test } from 'vitest';
import { waitOf } from '../../../runtime/http/retry-after.ts';

const DAY_MS = 86_400_000;

const now = Date.UTC(2026, 10, 21, 12);
const [minute, hour] = [60_000, 3_600_000];
const soon = new Date(now + 90_000);

test.each([
  ['seconds', '30', hour, 30_000],
  ['parts of a second', '1.2345', hour, 1235],
  ['seconds by their unit', '30 s', hour, 30_000],
  ['at once', '0', hour, 0],
  ['more than the window lasts', '7200', hour, hour],
  ['more than a day', '100000', DAY_MS, 100_000],
  ['a comma between thousands', '1,000', hour, 1_000_000],
  ['milliseconds, as they would be longer than the window', '60000', hour, 60_000],
  ['milliseconds of a day', '86400000', DAY_MS, DAY_MS],
  ['milliseconds by their unit', '500ms', hour, 500],
  ['Unix seconds', String(soon.getTime() / 1000), hour, 90_000],
  ['Unix milliseconds', String(soon.getTime()), hour, 90_000],
  ['a Unix time that is over', String(now / 1000 - 5), hour, 0],
  ['a date', soon.toUTCString(), hour, 90_000],
  ['a date of the older form', 'Saturday, 21-Nov-26 12:01:30 GMT', hour, 90_000],
  ['a date of ISO 8601', soon.toISOString(), hour, 90_000],
  ['a date that is over', new Date(now - 5000).toUTCString(), hour, 0],
  ['a date of another age', 'Fri, 31 Dec 2083 23:59:59 GMT', DAY_MS, DAY_MS],
  ['several values: the longest', '30, 60', hour, 60_000],
  ['several values, a date among them', `${soon.toUTCString()}, 60`, hour, 90_000],
  ['several values, nonsense among them', 'soon, 20', hour, 20_000],
  ['a negative number', '-5', hour, undefined],
  ['14 digits', '99999999999999', hour, undefined],
  ['a time of 14 digits', '20261121120130', hour, undefined],
  ['a number that is too large for a date', '9'.repeat(40), hour, undefined],
  ['nonsense', 'soon', hour, undefined],
  ['nothing', '', hour, undefined],
  ['a number with an exponent', '1e9', hour, undefined],
  ['a window of a minute', '120', minute, minute],
])('%s: %s', (_, text, most, wait) => {
  expect(waitOf(text, now, most)).toBe(wait);
});

test('no header, no wait', () => expect(waitOf(undefined, now, hour)).toBeUndefined());

test('whatever it says, a wait is a whole number of milliseconds within the window', () => {
  const number = fc.oneof(fc.bigInt(0n, 10n ** 20n).map(String), fc.double({ noNaN: true }).map(String));
  const date = fc.date({ noInvalidDate: true }).map((day) => day.toUTCString());
  const text = fc.oneof(
    number,
    date,
    fc.string(),
    fc.tuple(number, date).map((both) => both.join(', ')),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(minute, hour, DAY_MS), (said, most) => {
      const wait = waitOf(said, now, most);
      expect(wait === undefined || (Number.isSafeInteger(wait) && wait >= 0 && wait <= most)).toBe(true);
    }),
  );
});
