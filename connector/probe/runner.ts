import type { Clock } from '../../runtime/contract/clock.ts';
import { type Answer, Evidence, type Throttled } from './evidence.ts';
import { harmIn } from './harm.ts';
import type { Journal } from './journal.ts';
import { type Asked, type Question, writes } from './question.ts';
import type { Setting } from './setting.ts';

/** The most requests of one run. */
export const BUDGET = 120;

/** How many requests in a row may stay without a usable answer before a run stops. */
const OUTAGE = 3;

/** How a request ended: with an answer, or without one and perhaps carried out, or certainly not sent. */
type Sent = { readonly answer: Answer } | 'lost' | 'unsent';

/** Sends one request, and waits for the rate limits as long as is configured; throws `OutOfQuota` for a longer wait. */
export type Send = (question: Question, asked: Asked, onThrottled: (throttled: Throttled) => void) => Promise<Sent>;

/** Thrown where Apollo would not take a request for longer than is configured. */
export class OutOfQuota extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(endpoint: string, retryAfterMs: number | undefined) {
    super(`No more requests to ${endpoint} for now.`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Why a run ended. */
type Ending =
  | { readonly type: 'finished' }
  /** What was asked for is not allowed; nothing was written. */
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'harm'; readonly question: Question; readonly why: string }
  | { readonly type: 'quota'; readonly why: string; readonly retryAfterMs: number | undefined }
  | { readonly type: 'key'; readonly question: Question }
  | { readonly type: 'outage' | 'budget' | 'cancelled' };

interface ProbeRun {
  readonly setting: Setting;
  readonly questions: readonly Question[];
  readonly journal: Journal;
  readonly send: Send;
  /** Why the workspace is none that may be written to, asked before the first request that writes. */
  readonly refusal: (evidence: Evidence) => string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => Promise<void>;
}

/**
 * Asks what is still to be asked, in order, and keeps each answer in the journal before the next request. Resolves with why it
 * ended; running again goes on from there.
 */
export async function run(asked: ProbeRun): Promise<Ending> {
  const { questions, journal, signal } = asked;
  const earlier = harmBefore(asked);
  if (earlier !== undefined) return earlier;
  let isAllowed = false;
  const next = async (question: Question): Promise<Ending | 'skipped' | 'lost' | 'answered'> => {
    const evidence = evidenceOf(asked);
    const why = isAllowed || !writes(question) ? undefined : asked.refusal(evidence);
    if (why !== undefined) return { type: 'refused', why };
    isAllowed ||= writes(question);
    return askOne(asked, question, evidence);
  };
  let unanswered = 0;
  for (const question of questions.filter(({ name }) => !journal.answers.has(name))) {
    const ending = signal.aborted ? ({ type: 'cancelled' } as const) : await next(question);
    if (typeof ending === 'object') return ending;
    if (ending !== 'skipped') unanswered = ending === 'lost' ? unanswered + 1 : 0;
    if (unanswered === OUTAGE) return { type: 'outage' };
  }
  return signal.aborted ? { type: 'cancelled' } : { type: 'finished' };
}

/** What is known by now. */
export const evidenceOf = ({ setting, journal }: Pick<ProbeRun, 'setting' | 'journal'>): Evidence =>
  new Evidence(setting, journal.answers, journal.throttled);

async function askOne(
  asked: ProbeRun,
  question: Question,
  evidence: Evidence,
): Promise<Ending | 'skipped' | 'lost' | 'answered'> {
  const { journal, clock, signal, send, tell } = asked;
  const request = requestNow(journal, question, evidence);
  if (request === undefined) return 'skipped';
  if (question.waitMs !== undefined) await clock.sleep(question.waitMs, signal);
  if (signal.aborted) return { type: 'cancelled' };
  if (journal.requests >= BUDGET) return { type: 'budget' };
  const before = { setting: evidence.setting, own: evidence.ownIds() };
  if (question.onlySentOnce) journal.asksOnce(question.name);
  else journal.asks(question.name);
  await tell(`${question.endpoint.display}: ${question.says}`);
  const sent = await send(question, request, (throttled) => journal.wasThrottled(throttled)).catch((error: unknown) => {
    if (!(error instanceof OutOfQuota)) throw error;
    journal.unsent(question.name);
    return { type: 'quota', why: error.message, retryAfterMs: error.retryAfterMs } as const;
  });
  if (sent === 'lost') return 'lost';
  if (sent === 'unsent') {
    journal.unsent(question.name);
    return 'lost';
  }
  if ('type' in sent) return sent;
  if (sent.answer.status === 401 && !question.withoutKey) {
    journal.unsent(question.name);
    return { type: 'key', question };
  }
  journal.answered(question.name, sent.answer);
  const why = harmIn(question, request, sent.answer, before);
  return why === undefined ? 'answered' : { type: 'harm', question, why };
}

/** What a question asks now; undefined where it is not asked. */
function requestNow(journal: Journal, question: Question, evidence: Evidence): Asked | undefined {
  if (question.onlySentOnce && journal.isOpen(question.name)) return undefined;
  if (question.makes !== undefined && evidence.isFull) return undefined;
  return question.asks(evidence);
}

/** A run that met harm is not gone on with. */
function harmBefore({ questions, journal, setting }: ProbeRun): Ending | undefined {
  const seen = new Map<string, Answer>();
  for (const question of questions) {
    const answer = journal.answers.get(question.name);
    if (answer === undefined) continue;
    const before = new Evidence(setting, seen);
    const why = harmIn(question, question.asks(before) ?? {}, answer, { setting, own: before.ownIds() });
    if (why !== undefined) return { type: 'harm', question, why };
    seen.set(question.name, answer);
  }
  return undefined;
}
