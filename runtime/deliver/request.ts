import type { Clock } from '../contract/clock.ts';
import { ConfigFailure, type Failure, RecordFailure, TransientFailure } from '../contract/failure.ts';
import type { Deferred, Outcome } from '../contract/outcome.ts';
import type { PreparedRecord } from '../contract/record.ts';
import type { Answer, Answers, Step } from '../contract/writer.ts';

/** One step within one run. */
export interface Link<R> {
  readonly step: Step<R>;
  readonly run: AbortController;
  readonly clock: Clock;
  /** Has it remembered, durably, that these are about to be sent. */
  readonly announce?: (records: readonly PreparedRecord<R>[]) => Promise<number | undefined>;
  /** Requests in a row that failed without the destination saying when to come back. */
  lost: number;
}

/** What the search for records at fault may still cost, and how often the batch's records have been sent. */
interface Search {
  left: number;
  attempts: number;
}

/**
 * Sends one batch and returns an answer for every record of it; never throws. A failure that concerns the whole batch
 * becomes an answer for each record; records the destination did not mention are sent once more, each alone.
 */
export async function request<R>(records: readonly PreparedRecord<R>[], link: Link<R>): Promise<Answers<R>> {
  const answers = new Map(await send(records, link, { left: link.step.limits.maxIsolation, attempts: 0 }));
  for (const record of records.filter(({ position }) => !answers.has(position))) {
    answers.set(record.position, await sendAlone(record, link));
  }
  return answers;
}

async function send<R>(records: readonly PreparedRecord<R>[], link: Link<R>, search: Search): Promise<Answers<R>> {
  const { step, run } = link;
  if (run.signal.aborted) return each(records, stopped);
  search.attempts++;
  try {
    const answers = await step.send(records, run.signal, async () => link.announce?.(records));
    link.lost = 0;
    return answers;
  } catch (failure) {
    if (failure instanceof RecordFailure) return isolate(records, failure, link, search);
    if (failure instanceof TransientFailure) {
      // Who was turned away by a rate limit is waiting, not lost; a 503 that names a time is lost all the same.
      const isLost = failure.delivery === 'unknown' || failure.retryAfterMs === undefined;
      if (isLost && ++link.lost >= step.limits.maxLost) run.abort(failure);
      return each(records, deferred(failure, link.clock));
    }
    run.abort(failure);
    return each(records, failure instanceof ConfigFailure ? stopped : interrupted);
  }
}

/** Gives a record that an answer left out its second chance. Where sending twice could write twice, it has none. */
async function sendAlone<R>(record: PreparedRecord<R>, link: Link<R>): Promise<Answer<R>> {
  if (!link.step.idempotent) return unanswered;
  const answers = await send([record], link, { left: 0, attempts: 1 });
  return answers.get(record.position) ?? notAcknowledged(link.step.request);
}

/** Rejects the records at fault and sends the others again, halving the batch while nobody says which they are. */
async function isolate<R>(
  records: readonly PreparedRecord<R>[],
  failure: RecordFailure,
  link: Link<R>,
  search: Search,
): Promise<Answers<R>> {
  link.lost = 0;
  const guilty =
    records.length === 1 ? records : records.filter(({ position }) => failure.positions.includes(position));
  const others = guilty.length > 0 ? [records.filter((record) => !guilty.includes(record))] : halves(records);

  const answers = new Map(each(guilty, rejected(failure, search.attempts)));
  for (const part of others.filter(({ length }) => length > 0)) {
    const sent = search.left-- > 0 ? await send(part, link, search) : each(part, unsearched(failure));
    for (const [position, answer] of sent) answers.set(position, answer);
  }
  return answers;
}

function halves<T>(list: readonly T[]): (readonly T[])[] {
  const middle = list.length >> 1;
  return [list.slice(0, middle), list.slice(middle)];
}

const each = <R>(records: readonly PreparedRecord<R>[], outcome: Outcome): Answers<R> =>
  new Map(records.map(({ position }) => [position, outcome]));

const deferred = ({ code, message, retryAfterMs }: TransientFailure, clock: Clock): Deferred => ({
  status: 'deferred',
  code,
  message,
  ...(retryAfterMs !== undefined && { retryAt: clock.now() + retryAfterMs }),
});

const rejected = (failure: RecordFailure, attempts: number): Outcome => ({
  status: 'rejected',
  rejection: {
    code: failure.code,
    message: failure.message,
    attempts,
    ...(failure.field !== undefined && { field: failure.field }),
    ...whereOf(failure),
  },
});

const whereOf = ({ endpoint, httpStatus }: Failure) => ({
  ...(endpoint !== undefined && { endpoint }),
  ...(httpStatus !== undefined && { httpStatus }),
});

const unsearched = ({ message }: RecordFailure): Outcome => ({
  status: 'deferred',
  code: 'run_limit',
  message: `A record in its batch was refused (${message}) and finding it would have cost too many requests.`,
});

/** Nothing was sent for a record because the run was told to stop. */
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

const unanswered: Deferred = {
  status: 'deferred',
  code: 'run_stopped',
  message:
    'The destination did not mention this record; it may have been written, so it is not sent again in this run.',
};

const notAcknowledged = (endpoint: string): Outcome => ({
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
