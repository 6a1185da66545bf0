import type { Opened } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { number } from '../facts/number-text.ts';
import type { Compared } from '../source/diff/comparison.ts';

type Rekeying = NonNullable<Opened['rekeying']>;

type Rekeyed = Compared['rekeyed'];

// A handful of corrected addresses is a large share of a small table.
const alwaysBelieved = 20;

/** Whether more rows have changed their match key under the same primary key than can be believed. */
export const isRekeyed = ({ maxPercent }: Rekeying, { rows, known }: Rekeyed): boolean =>
  rows > alwaysBelieved && rows * 100 > maxPercent * known;

/** Throws ConfigFailure where a primary key seems to name another row than before. */
export function guardRekeyed(rekeying: Rekeying, rekeyed: Rekeyed): void {
  if (isRekeyed(rekeying, rekeyed)) {
    throw new ConfigFailure(rekeyedText(rekeying, rekeyed), { code: 'too_many_rekeyed' });
  }
}

/** What was found, what that looks like, and what to do. */
function rekeyedText({ path, maxPercent }: Rekeying, { rows, known }: Rekeyed): string {
  return (
    `${path}: of ${number(known)} rows that this stream has synced, ${number(rows)} (${percentOf(rows, known)} %) have another ` +
    `match key under the same primary key. max_rekeyed_percent is ${number(maxPercent)}, so nothing was sent. Keys that are made ` +
    'afresh in each run look like that: row_number(), a sequence, a reloaded identity column. Name a primary_key that stays with its ' +
    'row, or none, so that the match key names it. If the match keys did change, run once with max_rekeyed_percent: 100.'
  );
}

/** Rounded for people; what decides is the share itself. */
export const percentOf = (rows: number, known: number): number => Math.floor((rows * 1000) / known) / 10;
