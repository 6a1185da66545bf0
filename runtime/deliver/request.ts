import type { Clock } from '../contract/clock.ts';
import { ConfigFailure, Failure, RecordFailure, TransientFailure } from '../contract/failure.ts';
import type { Deferred, Outcome, Position } from '../contract/outcome.ts';
import type { PreparedRecord } from '../contract/record.ts';
import type { Answer, Answers, Step } from '../contract/writer.ts';
import { type Holders, holdersOf, type SentValue } from './refused/quoted-values.ts';
import type { RefusalsOfRequest } from './refused/refusals.ts';
import { shuffled } from './refused/shuffled.ts';

/** What is said of a record that was not written, as far as that is known. */
type Unsent = Outcome & Pick<Exclude<Answer<never>, { readonly status: 'onward' }>, 'mayBeWritten'>;

type Verdict = Parameters<RefusalsOfRequest['asked']>[1];

/** One step within one run. */
export interface Link<R> {
  readonly step: Step<R>;
  readonly run: AbortController;
  readonly clock: Clock;
  /** Has it remembered, durably, that these are about to be sent. */
  readonly announce?: (records: readonly PreparedRecord<R>[]) => Promise<number | undefined>;
  /** These were announced, and certainly not delivered. */
  readonly takeBack?: (records: readonly PreparedRecord<R>[]) => void;
  /** What the run has learned from refused requests of this kind. */
  readonly refusals: RefusalsOfRequest;
  /** How many requests have carried a record, of those that none has answered. */
  readonly attempts: WeakMap<PreparedRecord<R>, number>;
  /** Requests in a row that failed without the destination saying when to come back. */
  lost: number;
}

/** What came of sending some records. */
export interface Sent<R> {
  readonly answers: Answers<R>;
  /** Records that were refused together, without saying which is at fault; `search` finds out. */
  readonly aside: readonly Refused<R>[];
  /** Nothing was refused, nor left unsent. */
  readonly isAccepted: boolean;
}

/** Records of one refused request, at least two. */
export interface Refused<R> {
  readonly records: readonly PreparedRecord<R>[];
  readonly failure: RecordFailure;
}

/**
 * Sends one batch; never throws. Every record has an answer after it, or is set aside. A failure that concerns the whole
 * batch becomes an answer for each record; records the destination did not mention are sent once more, each alone.
 */
export async function request<R>(records: readonly PreparedRecord<R>[], link: Link<R>): Promise<Sent<R>> {
  await link.refusals.settled();
  const sent = await sendSome(records, link, unordered);
  const parts: Sent<R>[] = [{ ...sent, aside: [] }];
  for (const refused of sent.aside) parts.push(await askWhether(refused, link));
  return joined(parts);
}

/** Sends records without those that are known to be refused, and takes out those for whose values it is. */
export async function sendSome<R>(
  records: readonly PreparedRecord<R>[],
  link: Link<R>,
  inTurn: Ordering,
): Promise<Sent<R>> {
  const { left, answers, result } = await inTurn(() => sendUnknown(records, link));
  const known: Sent<R> = { answers, aside: [], isAccepted: answers.size === 0 };
  if (!(result instanceof RecordFailure)) return answers.size === 0 ? result : joined([known, result]);
  const { guilty, values, groups } = guiltyOf(left, result, link);
  const others = guilty.length > 0 ? [left.filter((record) => !guilty.includes(record))] : groups;
  if (guilty.length === 0 && groups.length === 0) {
    return { answers, aside: [{ records: left, failure: result }], isAccepted: false };
  }
  const rejections = new Map(guilty.map((record) => [record.position, atFault(record, result, link, values[0])]));
  const parts: Sent<R>[] = [known, { answers: rejections, aside: [], isAccepted: guilty.length === 0 }];
  const again = link.refusals.turn;
  for (const part of others.filter(({ length }) => length > 0)) parts.push(await sendSome(part, link, again));
  return joined(parts);
}

/** When a request is made: at once, or after others. */
type Ordering = <T>(make: () => Promise<T>) => Promise<T>;

export const unordered: Ordering = (make) => make();

/** Makes one request of those records that hold no value that was refused before. */
async function sendUnknown<R>(records: readonly PreparedRecord<R>[], link: Link<R>) {
  const answers = new Map<Position, Answer<R>>();
  if (!link.refusals.knowsValues) return { left: records, answers, result: await send(records, link) };
  const left = records.filter((record) => {
    const answer = refusalOf(record, link);
    if (answer !== undefined) answers.set(record.position, answer);
    return answer === undefined;
  });
  const result = left.length > 0 ? await send(left, link) : { answers: new Map(), aside: [], isAccepted: true };
  return { left, answers, result };
}

/** The answer for a record that holds what was refused in this run; undefined for any other. */
export function refusalOf<R>(record: PreparedRecord<R>, { step, refusals }: Link<R>): Answer<R> | undefined {
  const known = refusals.knownOf(step, record);
  return known && rejected(known.failure, 0, { step, value: known.value });
}

/** Makes one request, and another one for each record that its answer leaves out. */
async function send<R>(records: readonly PreparedRecord<R>[], link: Link<R>): Promise<Sent<R> | RecordFailure> {
  const result = await sendOnce(records, link);
  if (result instanceof RecordFailure || !result.isAccepted) return result;
  const unmentioned = records.filter(({ position }) => !result.answers.has(position));
  if (unmentioned.length === 0) return result;
  const answers = new Map(result.answers);
  for (const record of unmentioned) answers.set(record.position, await sendAgain(record, link));
  return { ...result, answers };
}

async function sendOnce<R>(records: readonly PreparedRecord<R>[], link: Link<R>): Promise<Sent<R> | RecordFailure> {
  const { step, run, refusals } = link;
  const unsent = (answer: Unsent): Sent<R> => ({ answers: each(records, answer), aside: [], isAccepted: false });
  if (refusals.closed !== undefined) return unsent(deferred(refusals.closed, link.clock));
  if (run.signal.aborted) return unsent(stopped);
  let isAnnounced = false;
  const announce = async (): Promise<number | undefined> => {
    isAnnounced = true;
    return link.announce?.(records);
  };
  try {
    const answers = await step.send(records, run.signal, announce);
    link.lost = 0;
    refusals.accepted(records.length);
    if (answers.size < records.length) countAttempt(records, link);
    return { answers, aside: [], isAccepted: true };
  } catch (failure) {
    const mayBeWritten = isAnnounced && !(failure instanceof Failure && failure.mayHaveArrived === false);
    if (isAnnounced && !mayBeWritten) link.takeBack?.(records);
    if (failure instanceof RecordFailure) {
      link.lost = 0;
      countAttempt(records, link);
      return failure;
    }
    return unsent({ ...outcomeOf(failure, link), mayBeWritten });
  }
}

/** Only of requests after which a record may be sent once more: most are answered at once. */
function countAttempt<R>(records: readonly PreparedRecord<R>[], { attempts }: Link<R>): void {
  for (const record of records) attempts.set(record, (attempts.get(record) ?? 0) + 1);
}

/** The outcome of records whose request failed and accuses none of them; stops the run where nothing more may be sent. */
function outcomeOf<R>(failure: unknown, link: Link<R>): Outcome {
  const { step, run } = link;
  if (failure instanceof TransientFailure) {
    // Who was turned away by a rate limit is waiting, not lost; a 503 that names a time is lost all the same.
    const isLost = failure.delivery === 'unknown' || failure.retryAfterMs === undefined;
    if (isLost && ++link.lost >= step.limits.maxLost) run.abort(failure);
    return deferred(failure, link.clock);
  }
  run.abort(failure);
  return failure instanceof ConfigFailure ? stopped : interrupted;
}

/** Gives a record that an answer left out its second chance. Where sending twice could write twice, it has none. */
async function sendAgain<R>(record: PreparedRecord<R>, link: Link<R>): Promise<Answer<R>> {
  if (!link.step.idempotent) return unanswered;
  const result = await sendOnce([record], link);
  if (result instanceof RecordFailure) return atFault(record, result, link);
  return result.answers.get(record.position) ?? notAcknowledged(link.step.request);
}

/** The records of a refused request that are at fault, or groups with one that may be; nothing where it says nothing. */
function guiltyOf<R>(
  records: readonly PreparedRecord<R>[],
  failure: RecordFailure,
  { step, refusals }: Link<R>,
): Holders<R> {
  const named = records.filter(({ position }) => failure.positions.includes(position));
  if (named.length > 0) return { guilty: named, values: [], groups: [] };
  const holders = holdersOf(records, failure.quoted, step);
  refusals.remember(holders?.values ?? [], failure);
  if (records.length > 1) return holders ?? { guilty: [], values: [], groups: [] };
  if (holders === undefined) refusals.refusedAlone(failure);
  return { guilty: records, values: holders?.values ?? [], groups: [] };
}

/** Where a refusal seems to be the same for every record, sends some of them alone to see whether it is. */
async function askWhether<R>(refused: Refused<R>, link: Link<R>): Promise<Sent<R>> {
  const { records, failure } = refused;
  const { refusals, run, clock } = link;
  const wanted = refusals.suspect(failure, records.length);
  if (wanted === undefined) return { answers: new Map(), aside: [refused], isAccepted: false };
  const answers = new Map<Position, Answer<R>>();
  let verdict: Verdict = 'general';
  for (const record of shuffled(records, clock).slice(0, wanted)) {
    const result = await send([record], link);
    verdict = verdictOf(result, refusals);
    const found = result instanceof RecordFailure ? atFault(record, result, link) : result.answers.get(record.position);
    answers.set(record.position, found!);
    if (verdict !== 'general') break;
  }
  refusals.asked(failure, verdict);
  if (verdict === 'general') {
    if (!failure.saysGeneral) run.abort(failure.general);
    const answer: Unsent = { ...deferred(failure.general!, clock), mayBeWritten: failure.mayHaveArrived };
    return { answers: each(records, answer), aside: [], isAccepted: false };
  }
  const left = records.filter(({ position }) => !answers.has(position));
  return { answers, aside: left.length > 0 ? [{ records: left, failure }] : [], isAccepted: false };
}

function verdictOf<R>(result: Sent<R> | RecordFailure, refusals: RefusalsOfRequest): Verdict {
  if (result instanceof RecordFailure) return refusals.isSame(result) ? 'general' : 'single';
  return result.isAccepted ? 'single' : 'unknown';
}

/** Puts together what came of parts. */
export function joined<R>(parts: readonly Sent<R>[]): Sent<R> {
  if (parts.length === 1) return parts[0]!;
  return {
    answers: new Map(parts.flatMap(({ answers }) => [...answers])),
    aside: parts.flatMap(({ aside }) => aside),
    isAccepted: parts.every(({ isAccepted }) => isAccepted),
  };
}

export const each = <R>(records: readonly PreparedRecord<R>[], outcome: Unsent): Answers<R> =>
  new Map(records.map(({ position }) => [position, outcome]));

/** What records get that a failure has kept from being sent. */
export const deferred = ({ code, message, retryAfterMs }: TransientFailure, clock: Clock): Deferred => ({
  status: 'deferred',
  code,
  message,
  ...(retryAfterMs !== undefined && { retryAt: clock.now() + retryAfterMs }),
});

/** What a record gets that was refused for itself. */
function atFault<R>(
  record: PreparedRecord<R>,
  failure: RecordFailure,
  { step, clock, attempts }: Link<R>,
  value?: SentValue,
): Unsent {
  const { mayHaveArrived: mayBeWritten } = failure;
  if (failure.saysGeneral && failure.general) return { ...deferred(failure.general, clock), mayBeWritten };
  return { ...rejected(failure, attempts.get(record) ?? 0, { step, value }), mayBeWritten };
}

/** The field is the one that the destination names, by the key that it has in a request, or the one whose value it quotes. */
const rejected = <R>(
  failure: RecordFailure,
  attempts: number,
  { step, value }: { readonly step: Step<R>; readonly value?: SentValue | undefined },
): Outcome => {
  const at = (path: readonly string[]) => step.content?.fieldAt?.(path);
  const { field: said } = failure;
  const field = said === undefined ? value && at(value.path) : (at([said]) ?? said);
  return {
    status: 'rejected',
    rejection: {
      code: failure.code,
      message: failure.message,
      attempts,
      ...(field !== undefined && { field }),
      ...whereOf(failure),
    },
  };
};

const whereOf = ({ endpoint, httpStatus }: Failure) => ({
  ...(endpoint !== undefined && { endpoint }),
  ...(httpStatus !== undefined && { httpStatus }),
});

/** Nothing was sent for a record because the run was stopped. */
export const stopped: Deferred = {
  status: 'deferred',
  code: 'run_stopped',
  message: 'The run stopped before this record was sent.',
};

const interrupted: Deferred = {
  status: 'deferred',
  code: 'run_stopped',
  message: 'The program failed while sending this record; it may have been written.',
};

const unanswered: Unsent = {
  mayBeWritten: true,
  status: 'deferred',
  code: 'run_stopped',
  message:
    'The destination did not mention this record; it may have been written, so it is not sent again in this run.',
};

const notAcknowledged = (endpoint: string): Unsent => ({
  mayBeWritten: true,
  status: 'rejected',
  rejection: {
    code: 'not_acknowledged',
    message: 'The destination did not mention this record in its answer, and again when it was sent alone.',
    endpoint,
    httpStatus: 200,
    attempts: 2,
    retryable: true,
  },
});
