import { expect, test } from 'vitest';
import { guardRemoved } from '../../../runtime/run/removal.ts';

const guard = (known: number, found: number, left: number) => () =>
  guardRemoved({ path: 'streams[0].on_removed', maxPercent: 20 } as never, { rows: { known, found } as never, left });

test('the message about too many removed rows has numbers that fit, one as well as many', () => {
  expect(guard(1, 1, 0)).toThrow('has synced 1 row, and the source has no rows at all.');
  expect(guard(4, 1, 3)).toThrow('has synced 4 rows, and 1 of them is gone (25 %).');
  expect(guard(2_000, 1_000, 1_000)).toThrow('has synced 2,000 rows, and 1,000 of them are gone (50 %).');
  expect(guard(10, 2, 8)).not.toThrow();
});
