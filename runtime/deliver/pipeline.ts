import type { Change } from '../contract/change.ts';
import type { Clock } from '../contract/clock.ts';
import { type Deferred, isFinal, type Outcome } from '../contract/outcome.ts';
import { type Item, isSettled, type PreparedRecord, type Settled, type SourceRow } from '../contract/record.ts';
import { type Answer, type Answers, type Learned, learnedBy, type Step, type Writer } from '../contract/writer.ts';
import { type Batch, batch } from './batch.ts';
import { mapConcurrent } from './concurrency.ts';
import { Contention } from './contended/contention.ts';
import { heldBack } from './contended/held-back.ts';
import { PositionBytes } from './contended/position-bytes.ts';
import { isContending, type Takeovers } from './contended/takeovers.ts';
import { knownBy } from './known-by.ts';
import { partDone, unfinished as unfinishedOutcome } from './part-done.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import { Aside } from './refused/aside.ts';
import { Refusals } from './refused/refusals.ts';
import { search } from './refused/search.ts';
import { type Link, type Refused, refusalOf, request } from './request.ts';
import { stoppingAt } from './stopping-at.ts';
import { weightOfAll } from './weight.ts';

interface DeliverOptions extends PrepareOptions {
  readonly clock: Clock;
  /** What the run has learned from refusals before; absent where this is all of the run. */
  readonly refusals?: Refusals | undefined;
  /** Why a step may not send a record that it takes; undefined where it may. Asked once for each step of a record. */
  readonly allow?: Allow | undefined;
}

// Every stream has its own record type, which only its own steps know.
export type Allow = (step: Step<never>, record: PreparedRecord<never>) => Deferred | undefined;

/**
 * Rows in, outcomes out. Pulled by its consumer: a row is read only when there is room for it.
 *
 * There is one way to stop, `run.abort(reason)`, whoever does it: rows stop being read, nothing more is sent, what is
 * in flight ends, every row read gets its outcome, and then the reason is thrown.
 */
export function deliver<R>(
  chunks: AsyncIterable<readonly SourceRow[]>,
  writer: Writer<R>,
  given: DeliverOptions,
): AsyncGenerator<readonly Settled[], void, void> {
  const options = { ...given, store: stoppingAt(given.store, given.run) };
  return deliverPrepared(prepare(chunks, writer, options), writer, options);
}

/** As `deliver`, of rows that have been prepared: what of them is sent again, and how many, has been decided. */
export async function* deliverPrepared<R>(
  prepared: AsyncIterable<readonly Item<R>[]>,
  writer: Writer<R>,
  options: Omit<DeliverOptions, 'retryRejects' | 'budget'>,
): AsyncGenerator<readonly Settled[], void, void> {
  const { run, store } = options;
  const sent = new PositionBytes();
  const refusals = options.refusals ?? new Refusals();
  const linkTo = (step: Step<R>): Link<R> => linkOf(step, writer, { ...options, refusals }, sent);
  const contention = new Contention(writer, store);
  const shared = { writer, contention, allow: options.allow as Round<R>['allow'] };
  const sentIn = (round: Pick<Round<R>, 'isRematched'>, items: Items<R>): Items<R> =>
    writer.steps.reduce((passed, step) => through(passed, linkTo(step), { ...shared, ...round }), items);
  const once = heldBack(sentIn({ isRematched: false }, contention.known(prepared)), contention);
  const isRematching = (writer.memory?.rematch ?? writer.memory?.again) !== undefined;
  const items = isRematching ? rounds(contention.takeovers, once, (rows) => sentIn({ isRematched: true }, rows)) : once;

  const isSent = ({ position }: Settled): boolean => {
    const requests = sent.of(position);
    sent.set(position, 0);
    return requests > 0;
  };
  const ended = (item: Item<R>): Settled => {
    const one = isSettled(item) ? item : settle(writer, item, unaccounted);
    return isSent(one) || isFinal(one.outcome) ? one : { ...one, isUnsent: true };
  };
  for await (const chunk of items) {
    const settled = contention.takeovers.ended(chunk.map((item) => (isContending(item) ? item : ended(item))));
    await store.record(settled, writer.aheadMs?.()).catch((error: unknown) => run.abort(error));
    yield settled;
  }
  run.signal.throwIfAborted();
}

type Items<R> = AsyncIterable<readonly Item<R>[]>;

/** Rows of the second round, and then those that this and each later round leaves. */
async function* rounds<R>(
  takeovers: Takeovers<R>,
  items: Items<R>,
  sent: (rows: Items<R>) => Items<R>,
): AsyncGenerator<readonly Item<R>[], void, void> {
  yield* sent(items);
  for (let rows = takeovers.again(); rows.length > 0; rows = takeovers.again()) yield* sent(only(rows));
}

async function* only<T>(one: T): AsyncGenerator<T, void, void> {
  yield one;
}

/** `sent`: of each record, the requests that carried it and may have been carried out. */
const linkOf = <R>(
  step: Step<R>,
  { aheadMs }: Writer<R>,
  { run, clock, store, refusals }: DeliverOptions & { readonly refusals: Refusals },
  sent: PositionBytes,
): Link<R> => ({
  step,
  run,
  clock,
  refusals: refusals.of(step.request),
  attempts: new WeakMap(),
  lost: 0,
  announce: (records) => {
    for (const { position } of records) sent.set(position, Math.min(sent.of(position) + 1, 255));
    return store.intend(intentsOf(records, step), aheadMs?.());
  },
  takeBack: (records) => {
    for (const { position } of records) sent.set(position, Math.max(sent.of(position) - 1, 0));
  },
});

/** Nothing is forgotten of a record that the state store does not know: only that it may be there by now must be noted. */
const intentsOf = <R>(records: readonly PreparedRecord<R>[], { creates = false }: Step<R>) =>
  records
    .filter(({ known }) => creates || known?.id !== undefined)
    .map(({ primaryKey, matchKey, fingerprint }) => ({ primaryKey, matchKey, fingerprint, creates }));

/** What the steps of a round share. */
interface Round<R> {
  readonly writer: Writer<R>;
  readonly contention: Contention<R>;
  /** It is that of the records that are looked for once more. */
  readonly isRematched: boolean;
  readonly allow: ((step: Step<R>, record: PreparedRecord<R>) => Deferred | undefined) | undefined;
}

/**
 * Sends what the step takes, passes on the rest. Records that are looked for once more have a round of their own. Where a
 * batch is refused and nothing says for which record, it waits for the others: who is not at fault is sent first.
 */
async function* through<R>(
  items: AsyncIterable<readonly Item<R>[]>,
  link: Link<R>,
  { writer, contention, isRematched, allow }: Round<R>,
): AsyncGenerator<readonly Item<R>[], void, void> {
  const { step, clock } = link;
  const takes = (record: PreparedRecord<R>) =>
    record.waitsFor === undefined &&
    record.contends === undefined &&
    (record.isRematched ?? false) === isRematched &&
    step.takes(record);
  const mayGo = (item: Item<R>): Item<R> => {
    const why = isSettled(item) || !takes(item) ? undefined : allow?.(step, item);
    return why === undefined ? item : next(writer, item as PreparedRecord<R>, why);
  };
  const arriving = (chunk: readonly Item<R>[]): readonly Item<R>[] => {
    const open = withoutRefused(chunk, takes, writer, link);
    return allow === undefined ? open : open.map(mayGo);
  };
  const aside = new Aside<R>(step.limits.maxWaiting, clock);
  const answered = (records: readonly PreparedRecord<R>[], answers: Answers<R>): Promise<readonly Item<R>[]> =>
    contention.answered(
      records,
      records.map((sent) => next(writer, sent, answers.get(sent.position) ?? unaccounted)),
    );
  const searched = async (refused: Refused<R>) => answered(refused.records, await search(refused, link));
  const sent = async (records: readonly PreparedRecord<R>[]): Promise<readonly Item<R>[]> => {
    const { answers, aside: refused } = await request(records, link);
    if (refused.length === 0) return answered(records, answers);
    const waiting = new Set(refused.flatMap(({ records }) => records));
    const items = [
      await answered(
        records.filter((record) => !waiting.has(record)),
        answers,
      ),
    ];
    for (const surplus of aside.put(refused)) items.push(await searched(surplus));
    return items.flat();
  };
  const answer = (part: Batch<R>) => ('pass' in part ? part.pass : sent(part.send));
  const limits = { inFlight: step.limits.maxInFlight, waiting: step.limits.maxWaiting };
  // A step that has to wait for its quota does not hold up the records of others, as long as there is room for its own.
  yield* mapConcurrent(batch(items, step, { takes, arriving }), answer, {
    ...limits,
    weigh: (part) => ('pass' in part ? 0 : weightOfAll(part.send)),
  });
  yield* mapConcurrent(aside.takeAll(), searched, { ...limits, weigh: ({ records }) => weightOfAll(records) });
}

/** Settles records that hold what was refused in this run, before they take up room in a batch. */
function withoutRefused<R>(
  chunk: readonly Item<R>[],
  takes: (record: PreparedRecord<R>) => boolean,
  writer: Writer<R>,
  link: Link<R>,
): readonly Item<R>[] {
  if (!link.refusals.knowsValues) return chunk;
  return chunk.map((item) => {
    if (isSettled(item) || !takes(item)) return item;
    const refusal = refusalOf(item, link);
    return refusal === undefined ? item : next(writer, item, refusal);
  });
}

function next<R>(writer: Writer<R>, sent: PreparedRecord<R>, answer: Answer<R>): Item<R> {
  if (answer.status === 'onward') return { ...sent, id: answer.id ?? sent.id, record: answer.record ?? sent.record };
  if (!isGone(sent, answer)) return settle(writer, sent, answer);
  if (writer.memory?.rematch === undefined) return settle(writer, sent, answer);
  const record = writer.memory.rematch(sent);
  const { overwrote = sent.overwrote } = answer;
  if (record === undefined) return settle(writer, sent, { status: 'unchanged', id: sent.id!, overwrote });
  const { id: _, values: __, ...known } = sent.known!;
  return { ...sent, id: undefined, known, record, isRematched: true, overwrote };
}

// The destination forgets a record that somebody has deleted or merged into another, and says so in one of these ways.
const gone: ReadonlySet<string> = new Set(['record_deleted', 'not_acknowledged']);

/** An answer after which no step takes the record. */
type Ended<R> = Exclude<Answer<R>, { readonly status: 'onward' }>;

/** Whether the destination has no record under the id from the state store. */
const isGone = <R>({ id, known, isRematched }: PreparedRecord<R>, answer: Answer<R>): boolean =>
  answer.status === 'rejected' &&
  gone.has(answer.rejection.code) &&
  isRematched !== true &&
  id !== undefined &&
  known?.id === id;

function settle<R>(writer: Writer<R>, sent: PreparedRecord<R>, answer: Ended<R>): Settled {
  const { position, row, rowHash, known, dropped, primaryKey, matchKey, fingerprint } = sent;
  const outcome = outcomeOf(answer);
  const id = ('id' in outcome ? outcome.id : undefined) ?? sent.id;
  const { overwrote = sent.overwrote } = answer;
  const last = answer.record ?? sent.record;
  const learned = learnedBy(writer, last);
  const { values, lists, changes = unchanged, isCreated, leftAlone, isNamed, isAdopted } = learned;
  const unfinished = outcome.status === 'deferred' && isCreated;
  const by = knownBy({ id, matchKey, known, isNamed, isAdopted }, outcome);
  // Written out, as in `itemOf`: every row comes by here.
  const settled: Settled = {
    position,
    row,
    rowHash,
    known,
    dropped,
    primaryKey,
    matchKey,
    fingerprint,
    id,
    values,
    lists,
    changes,
    unfinished,
    leftAlone,
    knownBy: by,
    overwrote: overwrote === id ? undefined : overwrote,
    outcome,
  };
  const certain = answer.mayBeWritten ? { ...settled, values: withoutPending(learned) } : settled;
  if (outcome.status !== 'deferred') return certain;
  const part = partDone(settled);
  return part === undefined ? certain : { ...certain, part, outcome: unfinishedOutcome(outcome, part) };
}

/** What is confirmed of a record that a request may have changed. */
function withoutPending({ values, pending }: Learned): unknown {
  if (pending === undefined || typeof values !== 'object' || values === null) return undefined;
  const left = Object.entries(values).filter(([name]) => !pending.includes(name));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

const unchanged: readonly Change[] = [];

/** What is said of a row alone: no record is kept with it. To take one key out of an object is slow. */
function outcomeOf<R>(answer: Ended<R>): Outcome {
  const { record, overwrote, mayBeWritten } = answer;
  if (record === undefined && overwrote === undefined && mayBeWritten === undefined) return answer;
  if (answer.status === 'created' || answer.status === 'updated' || answer.status === 'unchanged') {
    const { status, id } = answer;
    return id === undefined ? { status } : { status, id };
  }
  const { record: _, overwrote: __, mayBeWritten: ___, ...outcome } = answer;
  return outcome;
}

/** The fallback that must never fire: an unanswered record counts as not delivered, whatever the steps forgot. */
const unaccounted: Outcome = {
  status: 'deferred',
  code: 'run_stopped',
  message: 'No step gave an answer for this record.',
};
