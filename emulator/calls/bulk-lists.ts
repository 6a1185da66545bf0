import type { Quirks } from './quirks.ts';

/** From how many records on an answer may be incomplete. */
const MANY = 5;

/** The records of one list that a bulk answer has; `sent` counts those of the request. */
export function answered<T>(
  { incompleteAnswers }: Readonly<Quirks>,
  records: readonly T[],
  sent: number,
): readonly T[] {
  return incompleteAnswers && sent >= MANY ? records.slice(0, -1) : records;
}

/** A list of a bulk answer as it is written. */
export function withNull({ nullsInLists }: Readonly<Quirks>, records: readonly object[]): readonly (object | null)[] {
  return nullsInLists ? [null, ...records] : records;
}
