import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  dateText,
  decimalText,
  float32,
  intervalText,
  timestampText,
  timeText,
} from '../../../../runtime/source/arrow/arrow-text.ts';

test('a decimal is exact whatever its sign and scale', () => {
  expect([
    decimalText(-1n, 2),
    decimalText(123n, 2),
    decimalText(0n, 3),
    decimalText(-5n, 0),
    decimalText(12n, -2),
  ]).toEqual(['-0.01', '1.23', '0.000', '-5', '1200']);
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n }),
      fc.integer({ min: 1, max: 76 }),
      (unscaled, scale) => {
        const text = decimalText(unscaled, scale);
        expect(text).toMatch(new RegExp(`^-?\\d+\\.\\d{${scale}}$`));
        expect(BigInt(text.replace('.', ''))).toBe(unscaled);
      },
    ),
  );
});

test('dates agree with JavaScript where JavaScript has them, and go on beyond', () => {
  fc.assert(
    fc.property(fc.integer({ min: -719_528, max: 2_932_896 }), (days) => {
      expect(dateText(days)).toBe(new Date(days * 86_400_000).toISOString().slice(0, 10));
    }),
  );
  expect([dateText(2_932_897), dateText(-719_529), dateText(2 ** 31 - 1)]).toEqual([
    '10000-01-01',
    '-0001-12-31',
    '5881580-07-11',
  ]);
});

test('timestamps agree with JavaScript to the millisecond, before 1970 too', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 }), (ms) => {
      const iso = new Date(ms).toISOString().replace(/\.?0*Z$/, '');
      const exact = ms % 1000 === 0 ? new Date(ms).toISOString().slice(0, 19) : iso;
      expect(timestampText(BigInt(ms), 1)).toBe(exact);
      expect(timestampText(BigInt(ms) * 1_000_000n, 3)).toBe(exact);
    }),
  );
});

test('times, durations and intervals are written as DuckDB writes them', () => {
  expect([timeText(0n, 0), timeText(-1_500_000n, 2), timeText(90_061n, 0)]).toEqual([
    '00:00:00',
    '-00:00:01.5',
    '25:01:01',
  ]);
  expect([intervalText(0, 0, 0n), intervalText(25, 1, 0n), intervalText(-1, -2, 1n)]).toEqual([
    '00:00:00',
    '2 years 1 month 1 day',
    '-1 month -2 days 00:00:00.000000001',
  ]);
});

test('a 32-bit float is the shortest decimal that gives it back', () => {
  expect([float32(Math.fround(0.1)), float32(Math.fround(16777217)), float32(Math.fround(3.4e38))]).toEqual([
    0.1, 16777216, 3.4e38,
  ]);
  fc.assert(
    fc.property(fc.float(), (value) => {
      expect(Math.fround(float32(value))).toBe(value === 0 ? float32(value) : value);
    }),
  );
});
