import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pauses } from '../../../runtime/facts/pauses.ts';

const pausesOf = (calls: readonly (readonly [startedAt: number, ms: number])[]) => {
  const pauses = new Pauses();
  for (const [startedAt, ms] of calls) pauses.add({ startedAt, ms });
  return pauses.all;
};

it('a pause is five seconds or more without a request under way', () => {
  expect(
    pausesOf([
      [0, 1000],
      [5999, 1],
      [11_000, 10],
      [90_000, 10],
    ]),
  ).toEqual([
    { from: 6000, until: 11_000 },
    { from: 11_010, until: 90_000 },
  ]);
});

it('is the same in whatever order requests are added', () => {
  const call = fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1, max: 30_000 }));
  fc.assert(
    fc.property(fc.array(call, { minLength: 2, maxLength: 12 }), (calls) => {
      const byStart = calls.toSorted(([a], [b]) => a - b);
      const byEnd = calls.toSorted(([a, x], [b, y]) => a + x - (b + y));
      expect(pausesOf(byEnd)).toEqual(pausesOf(byStart));
    }),
  );
});
