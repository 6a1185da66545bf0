import type { Deferred } from '../contract/outcome.ts';
import type { Settled } from '../contract/record.ts';

type PartDone = NonNullable<Settled['part']>;

type Learned = Pick<Settled, 'known' | 'values' | 'lists' | 'changes' | 'unfinished'>;

/** What this run has done of a row that it leaves deferred; undefined where its record is as it was. */
export function partDone({ known, values, lists, changes = [], unfinished }: Learned): PartDone | undefined {
  if (unfinished && !known?.unfinished) return 'created';
  if (changes.length > 0 || lists !== undefined) return 'changed';
  // Of a record that an earlier run has created, only what is confirmed tells what this one has added.
  const isAdded = unfinished && known?.values !== undefined && JSON.stringify(values) !== JSON.stringify(known.values);
  return isAdded ? 'changed' : undefined;
}

const SAYS = {
  created: 'Created, unfinished: the record is there, and a part of it is still to be written.',
  changed: 'Changed in part, unfinished: a part of the record is still to be written.',
} as const satisfies Record<PartDone, string>;

/** The outcome of such a row, which says what is there. */
export const unfinished = (outcome: Deferred, part: PartDone): Deferred => ({
  ...outcome,
  message: `${SAYS[part]} ${outcome.message.replace('before this record was sent', 'before the rest was sent')}`,
});
