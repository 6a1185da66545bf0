import { setMaxListeners } from 'node:events';
import type { Traffic } from '../../runtime/contract/destination.ts';
import { TransientFailure } from '../../runtime/contract/failure.ts';
import type { RateLimitState, SharedQuota, WindowState } from '../../runtime/contract/rate-limit-window.ts';
import type { HttpAnswer, HttpRequest } from '../../runtime/http/http.ts';
import { type RetryOptions, retry } from '../../runtime/http/retry.ts';
import { withExactIntegers } from '../../runtime/source/exact-integers.ts';
import type { Config } from '../../spec/config.ts';
import { checkedBaseUrl, type Query, urlOf } from './address.ts';
import { authorisationOf } from './authorisation.ts';
import { type Endpoint, endpoints, isWrite } from './endpoints.ts';
import { isErrorBody, messageOf, objectOf } from './error-body.ts';
import { Doubtful, failureOf, notThere, notUnderstood, refusesPatch, Unmentioned } from './failures.ts';
import { apolloTransport } from './transport.ts';
import { UNMENTIONED, type Wire } from './wire.ts';

interface ClientOptions extends Omit<Parameters<typeof apolloTransport>[0], 'secret'> {
  readonly credentials: Config['credentials'];
  readonly baseUrl: string;
  /** Longest time for the whole answer to a request that may write; reads get no more than a minute of it. */
  readonly responseTimeoutMs?: number | undefined;
  /** Times one request is sent again after an outage; a request to wait does not count. */
  readonly maxRetries: number;
}

export interface Call<T> {
  /** What stands for `{id}` in the path. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Query;
  readonly body?: unknown;
  /** Records it carries, for events. */
  readonly records?: number;
  /** Names of the fields that it is made for, for events. */
  readonly fields?: readonly string[] | undefined;
  /** Sending it twice leaves Apollo as sending it once. */
  readonly idempotent: boolean;
  readonly schema: Wire<T>;
  /** Instead of the configured longest wait for quota. */
  readonly maxWaitMs?: number;
  /** Instead of the configured times that it is sent again. */
  readonly maxRetries?: number;
  /** Awaited before each attempt, when it is sure to be made. */
  readonly before?: (() => Promise<void>) | undefined;
  /** Called after each attempt that Apollo has certainly not carried out. */
  readonly undelivered?: (() => void) | undefined;
}

/** Speaks to one workspace. */
export interface Client {
  /** Makes one request, waits and sends again as the rules allow, and resolves with the answer as `schema` reads it. */
  call<T>(endpoint: Endpoint, call: Call<T>, signal: AbortSignal): Promise<T>;
  /** Why no request to this endpoint is sent now, rather than after a wait that is configured; undefined where one may be. */
  closed(endpoint: Endpoint): TransientFailure | undefined;
  counters(): Traffic;
  /** How far Apollo's clock is ahead of ours, in milliseconds, at the least. */
  skewMs(): number;
  /** Whether an answer of this run or an earlier one has shown the rate limits. */
  areLimitsKnown(): boolean;
  /** What is left of each rate limit that was used, by action. */
  quota(): Readonly<Record<string, readonly WindowState[]>>;
  /** The rate limits, for the next run; plain JSON. */
  snapshot(): Readonly<Record<string, RateLimitState>>;
  /** Has requests wait for leave from rate limits that several runs share as well. */
  share(shared: SharedQuota): void;
  /** Continues with the rate limits of an earlier run. */
  restore(states: Readonly<Record<string, RateLimitState>>): void;
}

type Exchange = (method: HttpRequest['method']) => Promise<HttpAnswer>;

/** Sends nothing yet; throws a ConfigFailure for an address or credentials that no request could use. */
export function createClient(options: ClientOptions): Client {
  const { clock, credentials, observe, rateLimits } = options;
  const baseUrl = checkedBaseUrl(options.baseUrl);
  const { secret, headers } = authorisationOf(credentials);
  const transport = apolloTransport({ ...options, secret });
  const policy = { maxRetries: options.maxRetries, baseMs: 500, capMs: 30_000, maxWaitMs: rateLimits.maxWaitMs };
  const { responseTimeoutMs = 330_000 } = options;
  const timeoutOf = (endpoint: Endpoint): number =>
    isWrite(endpoint) ? responseTimeoutMs : Math.min(responseTimeoutMs, READ_TIMEOUT_MS);
  /** The method that has worked, for actions that are asked by PATCH or PUT. */
  const verbs = new Map<string, 'PATCH' | 'PUT'>();
  /** The end of the first request of each of them, for which the others wait. */
  const first = new Map<string, Promise<void>>();
  /** Apollo has answered, so it is there. */
  let isThere = false;

  async function call<T>(endpoint: Endpoint, wanted: Call<T>, signal: AbortSignal): Promise<T> {
    const { maxWaitMs = policy.maxWaitMs, maxRetries = policy.maxRetries, records, fields, before } = wanted;
    const request = { ...requestOf(baseUrl, headers, endpoint, wanted), timeoutMs: timeoutOf(endpoint) };
    let isRetry = false;
    let doubted: number | undefined;
    // Every request that waits listens to the one signal of the run; more than ten of them are not a leak.
    setMaxListeners(0, signal);

    const exchange = (method: HttpRequest['method'], attempt: number): Promise<HttpAnswer> => {
      const one = {
        kind: endpoint,
        request: { ...request, method },
        attempt,
        records,
        fields,
        isRetry,
        maxWaitMs,
        before,
      };
      isRetry = false;
      return transport.send(one, signal);
    };
    const attempt = async (number: number): Promise<T> => {
      const answer = await byVerb(endpoint, (method) => exchange(method, number));
      const failure = failureOf(answer, { endpoint, authType: credentials.auth_type, now: clock.now() });
      if (failure === undefined) {
        const read = parsed(endpoint, answer, wanted.schema);
        isThere = true;
        return read;
      }
      if (failure instanceof Doubtful && doubted === answer.status) throw failure.believed;
      if (failure instanceof Doubtful) doubted = answer.status;
      throw failure;
    };
    const options: RetryOptions = {
      idempotent: wanted.idempotent,
      policy: { ...policy, maxWaitMs, maxRetries },
      clock,
      signal,
      onUndelivered: wanted.undelivered,
      onRetry({ failure, waitMs, retries }) {
        // The rate limit announces a wait after 429, once for all requests.
        if (failure.code === 'quota_exhausted') return;
        isRetry = true;
        const untilMs = clock.now() + waitMs;
        // A request to wait spends none of them.
        const which = retries === 0 ? '' : `, try ${retries + 1} of ${maxRetries + 1}`;
        const reason = `${answerText(failure)}${which}`;
        observe?.({ type: 'wait', endpoint: endpoint.display, untilMs, reason, isRateLimit: false });
      },
    };
    try {
      return await retry(attempt, options);
    } catch (failure) {
      throw await lasting(failure, endpoint, signal);
    }
  }

  /** Asks by PUT what is refused by PATCH, until one of them has worked (P26). */
  async function byVerb({ action, method }: Endpoint, exchange: Exchange): Promise<HttpAnswer> {
    if (method !== 'PATCH') return exchange(method);
    const asking = first.get(action);
    if (asking === undefined) {
      const asked = learnVerb(action, exchange);
      const ended = (): void => undefined;
      first.set(action, asked.then(ended, ended));
      return asked;
    }
    // Else as many would be refused as go side by side.
    await asking;
    const known = verbs.get(action);
    return known === undefined ? learnVerb(action, exchange) : exchange(known);
  }

  async function learnVerb(action: string, exchange: Exchange): Promise<HttpAnswer> {
    const answer = await exchange('PATCH');
    if (isSuccess(answer)) verbs.set(action, 'PATCH');
    if (!refusesPatch(answer)) return answer;
    const byPut = await exchange('PUT');
    if (isSuccess(byPut)) verbs.set(action, 'PUT');
    return refusesPatch(byPut) ? answer : byPut;
  }

  /** What a failure is after all retries: one that may have been a slip was not a slip, and a page for 404 may be all there is. */
  async function lasting(failure: unknown, endpoint: Endpoint, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted || !(failure instanceof TransientFailure)) return failure;
    if (failure instanceof Doubtful) return failure.believed;
    if (isThere || failure.httpStatus !== 404 || (await answersHealth(signal))) return failure;
    return notThere(endpoint, 404);
  }

  /** Whether Apollo is at the address: this endpoint answers 200 to any key. In doubt it is. */
  async function answersHealth(signal: AbortSignal): Promise<boolean> {
    const endpoint = endpoints.auth.health;
    const request = { ...requestOf(baseUrl, headers, endpoint, {}), timeoutMs: timeoutOf(endpoint) };
    const once = { kind: endpoint, request, attempt: 1, maxWaitMs: 0 };
    const answer = await transport.send(once, signal).catch(() => undefined);
    return answer === undefined || objectOf(answer.text)?.['is_logged_in'] !== undefined;
  }

  return {
    call,
    closed: (endpoint) => transport.closed(endpoint),
    counters: () => transport.counters(),
    skewMs: () => transport.skewMs(),
    areLimitsKnown: () => Object.keys(rateLimits.known ?? {}).length > 0 || transport.areLimitsKnown(),
    quota: () => transport.quota(),
    snapshot: () => transport.snapshot(),
    restore: (states) => transport.restore(states),
    share: (shared) => transport.share(shared),
  };
}

const answerText = ({ httpStatus }: TransientFailure): string =>
  httpStatus === undefined ? 'no answer' : `answered ${httpStatus}`;

/** Nothing that is only read is worth a longer wait. */
const READ_TIMEOUT_MS = 60_000;

const isSuccess = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;

function requestOf<T>(
  baseUrl: string,
  authorisation: Readonly<Record<string, string>>,
  endpoint: Endpoint,
  { params, query, body }: Pick<Call<T>, 'params' | 'query' | 'body'>,
): HttpRequest {
  const url = urlOf(baseUrl, endpoint.path, params, query);
  const headers = { accept: 'application/json', ...authorisation };
  if (body === undefined) return { method: endpoint.method, url, headers };
  return {
    method: endpoint.method,
    url,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function parsed<T>(endpoint: Endpoint, { status, text }: HttpAnswer, schema: Wire<T>): T {
  if (text.trim() === '') throw notUnderstood(endpoint, status, 'without a body');
  let json: unknown;
  try {
    // A number beyond 2^53 is compared digit for digit, as the text that it is in a row.
    json = JSON.parse(withExactIntegers(text));
  } catch {
    throw notUnderstood(endpoint, status, 'its body is not JSON, or cut off');
  }
  const { data, error } = schema.safeParse(json);
  if (error === undefined) return data as T;
  // The path and the expectation; never what stood there, which may be a value of a row.
  const [issue] = error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  const said = isErrorBody(text) ? `. It said: ${messageOf(text).replace(/[.\s]+$/, '')}` : '';
  const what = `not with what is documented: ${where}${issue?.message}${said}`;
  const isUnmentioned = issue?.code === 'custom' && issue.params?.['mentions'] === UNMENTIONED.mentions;
  throw isUnmentioned ? new Unmentioned(endpoint, status, what) : notUnderstood(endpoint, status, what);
}
