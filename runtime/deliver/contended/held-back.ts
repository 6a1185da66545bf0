import type { Outcome, Position, Rejection } from '../../contract/outcome.ts';
import { type Item, isSettled, type PreparedRecord, type Settled } from '../../contract/record.ts';
import { stopped } from '../request.ts';
import type { Contention } from './contention.ts';
import { type Contending, isContending } from './takeovers.ts';

/**
 * Lets rows that wait for another one go on once that is settled, as rows of a round of their own. Where the other row has
 * not renamed its record, that still has their match key: they are not sent. Of rows that wait for a record the last takes
 * it over.
 */
export async function* heldBack<R>(
  items: AsyncIterable<readonly Item<R>[]>,
  contention: Contention<R>,
): AsyncGenerator<readonly Item<R>[], void, void> {
  const { takeovers } = contention;
  const ended = new Map<Position, Ended>();
  const waiting = new Map<Position, PreparedRecord<R>[]>();
  const contending: PreparedRecord<R>[] = [];
  const release = (rows: readonly PreparedRecord<R>[], holder: Ended): readonly Item<R>[] => {
    const contending: Contending<R>[] = [];
    const free: Item<R>[] = [];
    for (const row of rows) {
      const renamer = contention.renamerOf(row);
      if (renamer !== undefined) free.push(released(row, ended.get(renamer) ?? lookedForOnceMore));
      else if (isContending(row)) contending.push(row);
      else free.push(released(row, holder));
    }
    return [...free, ...takeovers.released(contending)];
  };
  /** Holds a row back until `holder` is settled, or lets it go where that is. */
  const wait = (row: PreparedRecord<R>, holder: Position): readonly Item<R>[] => {
    const end = ended.get(holder) ?? (takeovers.statusOf(holder) && lookedForOnceMore);
    if (end !== undefined) return release([row], end);
    waiting.set(holder, [...(waiting.get(holder) ?? []), row]);
    return [];
  };
  /** Those that waited for a row that passes. */
  const releasedBy = (item: Item<R>): readonly Item<R>[] => {
    if (isSettled(item)) takeovers.passed(item);
    const waited = waiting.get(item.position);
    const isAwaited = isRenamed(item);
    // Most rows have none that wait for them.
    if (waited === undefined && !isAwaited) return none;
    const end =
      isSettled(item) && !hasNoRecord(item) ? { outcome: item.outcome, id: item.known?.id } : lookedForOnceMore;
    if (isAwaited) ended.set(item.position, end);
    waiting.delete(item.position);
    return waited === undefined ? none : release(waited, end);
  };
  const passingOf = (chunk: readonly Item<R>[]): readonly Item<R>[] => {
    const passing: Item<R>[] = [];
    for (const item of chunk) {
      const holder = isSettled(item) ? undefined : (item.waitsFor ?? item.contends?.position);
      if (holder !== undefined) passing.push(...wait(item as PreparedRecord<R>, holder));
      else if (!isSettled(item) && item.contends !== undefined) contending.push(item);
      else passing.push(item, ...releasedBy(item));
    }
    return passing;
  };
  for await (const chunk of items) {
    const passing = passingOf(chunk);
    if (passing.length > 0) yield passing;
  }
  // What is left waits for rows that have come to no end, or for what only the end can tell.
  const left = release([...contending, ...[...waiting.values()].flat()], { outcome: stopped });
  if (left.length > 0) yield left;
}

const none: readonly never[] = [];

/** A row that was looked for by its new match key and is rejected has let go of the record that it was known to have. */
const hasNoRecord = ({ id, known, outcome }: Settled): boolean =>
  outcome.status === 'rejected' && id === undefined && known?.id === undefined;

/** Only for such rows others wait. */
const isRenamed = <R>({ known, matchKey }: Item<R>): boolean => known?.id !== undefined && known.matchKey !== matchKey;

/** How the row ended that others wait for, and the record that it was known to have. */
interface Ended {
  readonly outcome: Outcome;
  readonly id?: string | undefined;
}

/** The destination no longer has the record: nothing there has its match key. */
const lookedForOnceMore: Ended = { outcome: { status: 'unchanged' } };

function released<R>(item: PreparedRecord<R>, { outcome, id }: Ended): Item<R> {
  const { waitsFor: _, contends: __, ...free } = item;
  if (outcome.status === 'deferred') return unsent(free, outcome);
  if (outcome.status !== 'rejected' && outcome.status !== 'superseded') return { ...free, isRematched: true };
  return unsent(free, {
    status: 'rejected',
    rejection: { ...notFreed, ...(id !== undefined && { destinationId: id }) },
  });
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
