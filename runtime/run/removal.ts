import type { Removal } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { counted } from '../facts/counted.ts';
import { number } from '../facts/number-text.ts';
import type { Compared } from '../source/diff/comparison.ts';
import type { RemovedRows } from '../state/stream/removed-rows.ts';
import type { StreamState } from '../state/stream/stream-state.ts';

/** What a look at a source has found to be gone from it. */
export interface Gone {
  readonly rows: RemovedRows;
  /** How many rows the source has. */
  readonly left: number;
}

/** Notes which rows are gone. Throws ConfigFailure where that cannot be found out. */
export async function goneOf(
  { path }: Removal,
  state: Pick<StreamState, 'removedRows'>,
  { removed, rows, stored }: Compared,
): Promise<Gone> {
  if (removed === undefined) {
    throw new ConfigFailure(
      `${path}: this primary key does not show which rows are gone. Name a primary_key column of text, whole numbers or ` +
        'dates; a query can cast it.',
      { code: 'invalid_config' },
    );
  }
  return { rows: await state.removedRows({ removed, stored }), left: rows };
}

/** Throws ConfigFailure where more is gone than can be believed: a source that is empty or cut says the same. */
export function guardRemoved({ path, maxPercent }: Removal, { rows: { known, found }, left }: Gone): void {
  if (found * 100 <= maxPercent * known) return;
  const share = (found * 100) / known;
  const percent = [1, 2, 4].map((digits) => Number(share.toFixed(digits))).find((one) => one > maxPercent) ?? share;
  const what =
    left === 0
      ? 'the source has no rows at all'
      : `${number(found)} of them ${found === 1 ? 'is' : 'are'} gone (${percent} %)`;
  throw new ConfigFailure(
    `${path}: this stream has synced ${counted(known, 'row')}, and ${what}. max_removed_percent is ${maxPercent}, so nothing ` +
      'was sent. Look at the source; if it is right, run once with max_removed_percent: 100, or with on_removed: keep.',
    { code: 'too_many_removed' },
  );
}
