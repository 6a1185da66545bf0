import type { Outcome, Position, Rejection } from '../contract/outcome.ts';
import { type Item, isSettled, type PreparedRecord, type Settled } from '../contract/record.ts';
import { stopped } from './request.ts';

/**
 * Lets rows that wait for another one go on once that is settled, as rows of a round of their own. Where the other row has
 * not renamed its record, that still has their match key: they are not sent.
 */
export async function* heldBack<R>(
  items: AsyncIterable<readonly Item<R>[]>,
): AsyncGenerator<readonly Item<R>[], void, void> {
  const waiting = new Map<Position, PreparedRecord<R>>();
  const ended = new Map<Position, Outcome>();
  for await (const chunk of items) {
    const passing: Item<R>[] = [];
    for (const item of chunk) {
      if (!isSettled(item) && item.waitsFor !== undefined) {
        const outcome = ended.get(item.waitsFor);
        if (outcome === undefined) waiting.set(item.waitsFor, item);
        else passing.push(released(item, outcome));
        continue;
      }
      passing.push(item);
      const outcome = isSettled(item) ? item.outcome : lookedForOnceMore;
      const next = waiting.get(item.position);
      waiting.delete(item.position);
      if (next !== undefined) passing.push(released(next, outcome));
      else if (isRenamed(item)) ended.set(item.position, outcome);
    }
    if (passing.length > 0) yield passing;
  }
  // What they wait for has come to no end.
  if (waiting.size > 0) yield [...waiting.values()].map((item) => released(item, stopped));
}

/** Only for such rows others wait. */
const isRenamed = <R>({ known, matchKey }: Item<R>): boolean => known?.id !== undefined && known.matchKey !== matchKey;

/** The destination no longer has the record: nothing there has its match key. */
const lookedForOnceMore: Outcome = { status: 'unchanged' };

function released<R>(item: PreparedRecord<R>, outcome: Outcome): Item<R> {
  const { waitsFor: _, ...free } = item;
  if (outcome.status === 'deferred') return unsent(free, outcome);
  if (outcome.status !== 'rejected' && outcome.status !== 'superseded') return { ...free, isAnew: true };
  return unsent(free, { status: 'rejected', rejection: notFreed });
}

const unsent = <R>(
  { position, row, rowHash, known, dropped, primaryKey, matchKey, fingerprint }: PreparedRecord<R>,
  outcome: Outcome,
): Settled => ({ position, row, rowHash, known, dropped, primaryKey, matchKey, fingerprint, outcome });

const notFreed: Rejection = {
  code: 'match_conflict',
  message:
    'Another row of the stream has the record with this match key. That row has a new match key by now, which the destination ' +
    'did not take, so the record still has the old one; it was left as it is.',
  retryable: true,
};
