import { type Batch, batch } from './batch.ts';
import type { Clock } from './clock.ts';
import { mapConcurrent } from './concurrency.ts';
import type { Outcome } from './outcome.ts';
import { prepare } from './prepare.ts';
import { type Item, isSettled, type PreparedRecord, type Settled, type SourceRow } from './record.ts';
import { type Link, request } from './request.ts';
import type { StateStore } from './state-store.ts';
import type { Writer } from './writer.ts';

/**
 * Rows in, outcomes out. Pulled by its consumer: a row is read only when there is room for it.
 *
 * There is one way to stop, `run.abort(reason)`, whoever does it: rows stop being read, nothing more is sent, what is
 * in flight ends, every row read gets its outcome, and then the reason is thrown.
 */
export async function* deliver<R>(
  chunks: AsyncIterable<readonly SourceRow[]>,
  writer: Writer<R>,
  { store, run, clock }: { store: StateStore; run: AbortController; clock: Clock },
): AsyncGenerator<readonly Settled[], void, void> {
  let items: AsyncIterable<readonly Item<R>[]> = prepare(chunks, writer, store, run);
  for (const step of writer.steps) items = through(items, { step, run, clock, lost: 0 });

  for await (const chunk of items) {
    const settled = chunk.map((item) => (isSettled(item) ? item : settle(item, unaccounted)));
    await store.record(settled).catch((error: unknown) => run.abort(error));
    yield settled;
  }
  run.signal.throwIfAborted();
}

/** Sends what the step takes, passes on the rest. */
function through<R>(items: AsyncIterable<readonly Item<R>[]>, link: Link<R>): AsyncIterable<readonly Item<R>[]> {
  const answer = async (part: Batch<R>): Promise<readonly Item<R>[]> => {
    if ('pass' in part) return part.pass;
    const answers = await request(part.send, link);
    return part.send.map((sent) => {
      const found = answers.get(sent.position) ?? unaccounted;
      if (found.status !== 'onward') return settle(sent, found);
      return { ...sent, id: found.id ?? sent.id, record: found.record ?? sent.record };
    });
  };
  return mapConcurrent(batch(items, link.step), answer, link.step.limits.maxInFlight);
}

function settle<R>({ position, row, primaryKey, matchKey, fingerprint }: PreparedRecord<R>, outcome: Outcome): Settled {
  return { position, row, primaryKey, matchKey, fingerprint, outcome };
}

/** The fallback that must never fire: an unanswered record counts as not delivered, whatever the steps forgot. */
const unaccounted: Outcome = {
  status: 'deferred',
  code: 'run_stopped',
  message: 'No step gave an answer for this record.',
};
