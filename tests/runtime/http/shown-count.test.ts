import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShownCount } from '../../../runtime/http/shown-count.ts';

/** A request as its server counts it at `countedAt`, and as its answer is read later. */
interface Played {
  readonly startedAt: number;
  readonly countedAt: number;
  readonly readAt: number;
}

const played = fc
  .array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((times) => {
    let startedAt = 0;
    return times.map(([after, there, back]): Played => {
      startedAt += after;
      return { startedAt, countedAt: startedAt + there, readAt: startedAt + there + back };
    });
  });

describe('the count of a window', () => {
  it('is the highest that was shown of a window that stays open, however answers overtake each other', () => {
    fc.assert(
      fc.property(played, (requests) => {
        const count = new ShownCount();
        const used = new Map(requests.toSorted((a, b) => a.countedAt - b.countedAt).map((one, i) => [one, i + 1]));
        const reopened = requests
          .toSorted((a, b) => a.readAt - b.readAt)
          .map((one) => count.show(used.get(one)!, { startedAt: one.startedAt, ms: one.readAt - one.startedAt }));
        expect([count.used, reopened.some(Boolean)]).toEqual([requests.length, false]);
      }),
    );
  });

  it('falls with the first answer to a request that was sent after a higher one was read', () => {
    const count = new ShownCount();
    expect(count.show(9, { startedAt: 0, ms: 10 })).toBe(false);
    expect(count.show(1, { startedAt: 10, ms: 1 })).toBe(false);
    expect(count.used).toBe(9);
    expect(count.show(2, { startedAt: 11, ms: 1 })).toBe(true);
    expect(count.used).toBe(2);
  });
});
