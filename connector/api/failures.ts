import { ConfigFailure, type Failure, RecordFailure, TransientFailure } from '../../runtime/contract/failure.ts';
import type { Position } from '../../runtime/contract/outcome.ts';
import { PERIODS_MS } from '../../runtime/contract/rate-limit-window.ts';
import type { HttpAnswer } from '../../runtime/http/http.ts';
import { waitOf } from '../../runtime/http/retry-after.ts';
import type { Endpoint } from './endpoints.ts';
import { codeOf, fieldIn, idsIn, isErrorBody, type Json, messageOf, objectOf } from './error-body.ts';
import { spentWindow } from './quota.ts';
import { quotedIn } from './quoted-text.ts';

/** A refusal that may name records, by Apollo's ids; `located` puts their positions in. */
export class RefusedRecords extends RecordFailure {
  override readonly name = 'RefusedRecords';
  readonly ids: readonly string[];

  constructor(message: string, detail: ConstructorParameters<typeof RecordFailure>[1] & { ids: readonly string[] }) {
    super(message, detail);
    this.ids = detail.ids;
  }
}

/** An answer that may be a slip of Apollo's or of a proxy's: the request is made once more, and the same answer believed. */
export class Doubtful extends TransientFailure {
  override readonly name = 'Doubtful';
  /** What it is if it comes again. */
  readonly believed: Failure;

  constructor(believed: Failure, retryAfterMs: number | undefined) {
    const { endpoint, httpStatus } = believed;
    super(believed.message, { code: 'apollo_unavailable', delivery: 'unknown', retryAfterMs, endpoint, httpStatus });
    this.believed = believed;
  }
}

/** What was thrown, with the records that it names by id named by position; ids that were not sent are left out. */
export function located(failure: unknown, positionOf: (id: string) => Position | undefined): unknown {
  if (!(failure instanceof RefusedRecords)) return failure;
  const positions = failure.ids.map(positionOf).filter((position) => position !== undefined);
  return new RecordFailure(failure.message, { ...failure, quoted: failure.quoted, positions });
}

/** What is needed, beside the answer, to say what it means. */
interface Circumstances {
  readonly endpoint: Endpoint;
  readonly authType: 'api_key' | 'oauth';
  /** Milliseconds since the epoch, for dates in `retry-after`. */
  readonly now: number;
}

/** What an answer means that is not a success; undefined for one that is. */
export function failureOf(answer: HttpAnswer, circumstances: Circumstances): Error | undefined {
  if (answer.status >= 200 && answer.status < 300) return undefined;
  const json = objectOf(answer.text);
  const refusal = { ...circumstances, answer, json, said: messageOf(answer.text), code: codeOf(json) };
  return rules.find(({ status, says }) => matches(status, answer.status) && (says?.(refusal) ?? true))?.is(refusal);
}

/** A 2xx answer that is not what is documented: HTML, nothing at all, JSON that is cut off or lacks what was asked for. */
export const notUnderstood = (endpoint: Endpoint, httpStatus: number, what: string): TransientFailure =>
  new TransientFailure(...misread(endpoint, httpStatus, what));

/** An answer in the documented form that mentions none of the records of its request. */
export class Unmentioned extends TransientFailure {
  override readonly name = 'Unmentioned';
  constructor(endpoint: Endpoint, httpStatus: number, what: string) {
    super(...misread(endpoint, httpStatus, what));
  }
}

const misread = (endpoint: Endpoint, httpStatus: number, what: string) =>
  [
    `Apollo answered ${endpoint.display} with ${httpStatus}, but ${what}.`,
    { code: 'apollo_unavailable', delivery: 'unknown', endpoint: endpoint.display, httpStatus },
  ] as const;

/** Whether PATCH may not exist there. Apollo's older documentation had PUT (2024), which still worked in July 2026. */
export const refusesPatch = ({ status, text }: HttpAnswer): boolean =>
  status === 405 || (status === 404 && !isErrorBody(text));

/** Whether the requests of a window are used up. A plan that lacks the endpoint has the same status. */
export const isRateLimit = ({ status, text }: HttpAnswer): boolean => status === 429 && !lacksPlan(messageOf(text));

/**
 * How long an answer of 429 asks to wait, in milliseconds. Without the header that is the whole of the spent window:
 * there is no reset time, and it may have opened just now.
 */
export function retryAfterOf(answer: HttpAnswer, now: number): number {
  const window = spentIn(answer);
  const asked = waitOf(answer.headers['retry-after'], now, PERIODS_MS[window ?? 'day']);
  return asked ?? PERIODS_MS[window ?? 'minute'];
}

interface Refusal extends Circumstances {
  readonly answer: HttpAnswer;
  readonly json: Json | undefined;
  readonly said: string;
  readonly code: string;
}

interface Rule {
  /** A status, or a range from the first to the last. */
  readonly status: number | readonly [number, number];
  readonly says?: (refusal: Refusal) => boolean;
  readonly is: (refusal: Refusal) => Error;
  readonly source: string;
}

const spec = 'docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19';
const precaution = 'not documented; a precaution';

// The first line that fits counts.
const rules: readonly Rule[] = [
  // Three generations of bodies, text and JSON; the status is what they share.
  // P58
  { status: 401, is: unauthorized, source: `${spec}; docs.apollo.io/changelog, 2026-09-18; seen live 2026-10-08` },
  { status: 422, says: texts(/api key required/i), is: unauthorized, source: 'a public client, undated; weak' },
  {
    status: [400, 422],
    says: texts(
      /\b(maximum number|limit) (of|on|for) (\w+ )?(contacts|accounts|records)\b|\b(contact|account|record) limit\b/i,
    ),
    is: planFull,
    // P12
    source: 'seen live by users of neighbouring integrations, 2026; the status is not on record',
  },
  { status: 429, says: ({ said }) => lacksPlan(said), is: planTooLow, source: 'a public client, 2023; seen live' },
  { status: 429, is: quotaExhausted, source: 'docs.apollo.io/reference/rate-limits, 2026-08-12' },
  { status: 408, is: unavailable, source: precaution },
  { status: 422, says: texts(/\btimed?[- ]?out\b/i), is: unavailable, source: precaution },
  { status: [500, 999], is: unavailable, source: `${spec}, bulk_create; HTML of a proxy: ${precaution}` },
  { status: [413, 414], is: rejected, source: 'no limit of size is documented; a smaller batch may pass' },
  { status: 405, is: onceMore(wrongAddress), source: precaution },
  { status: [100, 399], is: onceMore(wrongAddress), source: precaution },
  // Apollo answers 422 with JSON; what else has this status may be about the record, and may be a slip.
  { status: 422, says: isForeign, is: onceMore(rejected), source: precaution },
  { status: [400, 499], says: isForeign, is: unavailable, source: `a firewall, proxy or load balancer; ${precaution}` },
  { status: 402, is: planTooLow, source: precaution },
  // P59
  { status: 403, says: ({ said }) => lacksPlan(said), is: planTooLow, source: spec },
  { status: 403, says: lacksScope, is: missingScope, source: `${spec}; docs.apollo.io/changelog, 2026-09-18` },
  { status: 403, is: forbidden, source: `${spec}, labels: lists a user may not see` },
  { status: 404, says: namesItsRecord, is: deleted, source: `${spec}, labels; for records ${precaution}` },
  { status: 404, is: onceMore(wrongAddress), source: precaution },
  // P39
  {
    status: 422,
    says: namesItsRecord,
    is: deleted,
    source: `${spec}, update-a-contact, view-a-contact, update-an-account`,
  },
  { status: 422, is: rejected, source: `${spec}, bulk-update-contacts and others` },
  ...[423, 425, 451, 499].map((status): Rule => ({ status, is: unavailable, source: precaution })),
  // 400: "Invalid request. See error_message" (docs.apollo.io/reference/errors-1, old).
  { status: [400, 499], is: onceMore(rejected), source: precaution },
];

const matches = (status: Rule['status'], actual: number): boolean =>
  typeof status === 'number' ? status === actual : status[0] <= actual && actual <= status[1];

function texts(pattern: RegExp): (refusal: Refusal) => boolean {
  return ({ said }) => pattern.test(said);
}

function lacksScope({ code, said }: Refusal): boolean {
  return (
    /INACCESSIBLE|SCOPE|ENDPOINT|PERMISSION/i.test(code) || /not (authorized to access|accessible with)/i.test(said)
  );
}

const lacksPlan = (said: string): boolean =>
  !/maximum number|times per/i.test(said) &&
  /only available to|paid plans|paying (teams|users|customers)|\b(free|basic|professional|current) plan\b/i.test(said);

/** Not Apollo's: HTML, nothing at all, JSON that is cut off or empty. */
function isForeign({ answer }: Refusal): boolean {
  return !isErrorBody(answer.text);
}

function onceMore(is: (refusal: Refusal) => Failure): Rule['is'] {
  return (refusal) => new Doubtful(is(refusal), waitAsked(refusal));
}

/**
 * Whether the record that the request is about is gone. A stage that does not exist, or a contact's account that has been
 * deleted, is a value to put right.
 */
function namesItsRecord({ json, said, endpoint }: Refusal): boolean {
  if (Array.isArray(json?.['deleted_contact_ids']) || Array.isArray(json?.['deleted_account_ids'])) return true;
  const [collection] = endpoint.path.split('/');
  const singular = collection === 'accounts' ? 'account' : 'contact';
  const name = `(?:this |the )?(?:${singular}|record)(?: with id)?(?: '?"?[0-9a-f]{24}"?'?)?`;
  const isGone = `(?:does not|doesn't) exist|(?:has been|was|is already) deleted|(?:was )?not found|as it is deleted`;
  const patterns = [`(?:^|[.!:] |update )${name} (?:${isGone})`, `^could not find ${name}`];
  // An account's own id is named by its parameter (docs.apollo.io/reference/update-an-account, 2026-08-19).
  if (endpoint.path.includes('{id}')) patterns.push(`\\b(?:id|${singular}_id) is not a valid id`, '^not found');
  return new RegExp(patterns.join('|'), 'i').test(said);
}

// Settings > Integrations > API: docs.apollo.io/docs/create-api-key, 2026-07-16.
/** Where a person finds API keys. */
export const WHERE_KEYS_ARE_MADE = 'in Apollo under Settings > Integrations > API';

function unauthorized(refusal: Refusal): ConfigFailure {
  const hint = {
    api_key: `Check credentials.api_key, or create a new key ${WHERE_KEYS_ARE_MADE}.`,
    oauth: 'Get a new token and put it into credentials.access_token; they last about 30 days.',
  };
  const what = refusal.authType === 'api_key' ? 'API key' : 'access token';
  return new ConfigFailure(`Apollo refused the ${what}${quoted(refusal)}. ${hint[refusal.authType]}`, {
    code: 'unauthorized',
    ...where(refusal),
  });
}

// Which scope is missing is taken from our table: the path in Apollo's text is of another endpoint at times (SPEC 2026-08-19).
function missingScope(refusal: Refusal): ConfigFailure {
  const { endpoint } = refusal;
  const hint = {
    api_key: `The API key lacks the scope ${endpoint.scope}. Use a key that has it, or a master key; keys are made ${WHERE_KEYS_ARE_MADE}.`,
    oauth: `The access token lacks the scope ${endpoint.oauthScope}. Ask for it when the user authorises the application.`,
  };
  const message = `Apollo does not let these credentials call ${endpoint.display}. ${hint[refusal.authType]}`;
  return new ConfigFailure(message, { code: 'missing_scope', ...where(refusal) });
}

function planTooLow(refusal: Refusal): ConfigFailure {
  const message = `The Apollo plan of this workspace does not include ${refusal.endpoint.display}${quoted(refusal)}.`;
  return new ConfigFailure(message, { code: 'plan_too_low', ...where(refusal) });
}

function forbidden(refusal: Refusal): ConfigFailure {
  const message = `Apollo forbids ${refusal.endpoint.display}${quoted(refusal)}. Ask an admin of the workspace for the permission.`;
  return new ConfigFailure(message, { code: 'forbidden', ...where(refusal) });
}

function wrongAddress(refusal: Refusal): ConfigFailure {
  return notThere(refusal.endpoint, refusal.answer.status);
}

/** The failure that says that there is nothing of Apollo's where a request went. */
export const notThere = (endpoint: Endpoint, httpStatus: number): ConfigFailure =>
  new ConfigFailure(
    `There is no ${endpoint.display} at api_base_url (status ${httpStatus}); it should be https://api.apollo.io/api/v1.`,
    { code: 'wrong_address', endpoint: endpoint.display, httpStatus },
  );

function quotaExhausted(refusal: Refusal): TransientFailure {
  const { answer, endpoint, now } = refusal;
  const retryAfterMs = retryAfterOf(answer, now);
  const message = `Apollo's limit of requests per ${spentIn(answer) ?? 'minute'} is used up for ${endpoint.display}; there is room again at ${isoTime(now + retryAfterMs)}.`;
  return new TransientFailure(message, {
    code: 'quota_exhausted',
    delivery: 'not-delivered',
    retryAfterMs,
    ...where(refusal),
  });
}

function unavailable(refusal: Refusal): TransientFailure {
  const { answer, endpoint } = refusal;
  const isOfTheWay = answer.status < 500 && answer.status !== 408 && isForeign(refusal);
  const message = isOfTheWay
    ? `${endpoint.display} was answered with ${answer.status}${quoted(refusal)}. That is not an answer of Apollo: a firewall, proxy or load balancer on the way sent it. If it lasts, have this host let through to api_base_url.`
    : `Apollo answered ${endpoint.display} with ${answer.status}${quoted(refusal)}.`;
  return new TransientFailure(message, {
    code: 'apollo_unavailable',
    delivery: 'unknown',
    retryAfterMs: waitAsked(refusal),
    ...where(refusal),
  });
}

function deleted(refusal: Refusal): RefusedRecords {
  const message = `Apollo no longer has this record, or never had it${quoted(refusal)}.`;
  return new RefusedRecords(message, { code: 'record_deleted', ids: idsIn(refusal.json), ...where(refusal) });
}

function rejected(refusal: Refusal): RefusedRecords {
  const { answer, endpoint, json } = refusal;
  const message = `Apollo refused it with ${answer.status}${quoted(refusal)}.`;
  const outage = `Apollo refuses every ${endpoint.display} with ${answer.status}${quoted(refusal)}.`;
  return new RefusedRecords(message, {
    code: 'apollo_rejected',
    ids: idsIn(json),
    quoted: quotedIn(json, answer.text),
    field: fieldIn(json),
    general: new TransientFailure(outage, {
      code: 'apollo_unavailable',
      delivery: 'not-delivered',
      ...where(refusal),
    }),
    ...where(refusal),
  });
}

// Somebody has to make room, and no answer tells when: an hour costs a few requests a day.
const planFullRetryMs = 3_600_000;

/** Apollo has no room for more records, whichever they are; those that exist can still be changed. */
function planFull(refusal: Refusal): RefusedRecords {
  const message = `The Apollo plan of this workspace has no room for more records${quoted(refusal)}. Remove some in Apollo or take a larger plan; rows of existing records are still synced.`;
  const code = 'plan_limit';
  const general = new TransientFailure(message, {
    code,
    delivery: 'not-delivered',
    retryAfterMs: planFullRetryMs,
    ...where(refusal),
  });
  return new RefusedRecords(message, { code, ids: [], general, saysGeneral: true, ...where(refusal) });
}

const where = ({ endpoint, answer }: Refusal) => ({ endpoint: endpoint.display, httpStatus: answer.status });

const quoted = ({ said }: Refusal): string => (said === '' ? '' : `: ${said.replace(/[.\s]+$/, '')}`);

const isoTime = (ms: number): string => new Date(ms).toISOString();

// "The maximum number of api calls allowed for … is 600 times per hour." (SPEC 2026-08-19, each endpoint)
function spentIn(answer: HttpAnswer): ReturnType<typeof spentWindow> {
  const named = /per (minute|hour|day)\b/i.exec(messageOf(answer.text))?.[1]?.toLowerCase() as ReturnType<
    typeof spentWindow
  >;
  const shown = spentWindow(answer.headers);
  return named !== undefined && shown !== undefined && PERIODS_MS[shown] > PERIODS_MS[named] ? shown : (named ?? shown);
}

// No window of Apollo's is longer than a day, and `retry-after` is documented in seconds
// (docs.apollo.io/reference/rate-limits, 2026-08-12).
const waitAsked = ({ answer, now }: Refusal): number | undefined =>
  waitOf(answer.headers['retry-after'], now, PERIODS_MS.day);
