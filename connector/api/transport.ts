import pLimit from 'p-limit';
import type { Clock } from '../../runtime/contract/clock.ts';
import type { SentCall, Traffic } from '../../runtime/contract/destination.ts';
import { TransientFailure } from '../../runtime/contract/failure.ts';
import type { ObservedWindow, RateLimitState, WindowState } from '../../runtime/contract/rate-limit-window.ts';
import type { Http, HttpAnswer, HttpRequest } from '../../runtime/http/http.ts';
import { type Permit, RateLimit } from '../../runtime/http/rate-limit.ts';
import { type Endpoint, isCreate } from './endpoints.ts';
import { isRateLimit, retryAfterOf } from './failures.ts';
import { PlannedCalls } from './planned-calls.ts';
import { observedWindows, type QuotaConfig, windowsOf } from './quota.ts';
import { RunLimits, type RunLimitsConfig } from './run-limits.ts';

/** A request that ended, or a wait that begins. Carries no values of rows and no secrets. */
export type ClientEvent =
  | { readonly type: 'call'; readonly call: SentCall }
  | {
      readonly type: 'wait';
      readonly endpoint: string;
      /** Milliseconds since the epoch. */
      readonly untilMs: number;
      /** The window that is spent, `paused` by an answer of 429, or the answer that is retried, with the number of the try. */
      readonly reason: string;
      readonly isRateLimit: boolean;
    }
  /** Most of a day's requests of an endpoint are used; comes once for each endpoint. */
  | { readonly type: 'nearly-spent'; readonly endpoint: string; readonly used: number; readonly limit: number };

export interface TransportOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly rateLimits: QuotaConfig & { readonly reservePercent: number; readonly maxWaitMs: number };
  readonly runLimits?: RunLimitsConfig | undefined;
  /** The most requests that carry records, by display name. */
  readonly maxCalls?: Readonly<Record<string, number>> | undefined;
  /** Requests in flight, over all endpoints. */
  readonly concurrency: number;
  readonly secret: string;
  readonly observe?: ((event: ClientEvent) => void) | undefined;
}

interface Exchange {
  readonly endpoint: Endpoint;
  readonly request: HttpRequest;
  readonly attempt: number;
  readonly records: number | undefined;
  readonly fields: readonly string[] | undefined;
  /** It was sent before, and failed for another reason than the rate limit. */
  readonly isRetry: boolean;
  readonly maxWaitMs: number;
  /** Awaited before it is sent, when nothing but the run's stop can keep it from being sent. */
  readonly before: (() => Promise<void>) | undefined;
}

/** Sends requests within the rate limits and the concurrency of one workspace, and counts them. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #slots;
  readonly #limits = new Map<string, RateLimit>();
  readonly #restored = new Map<string, RateLimitState>();
  readonly #calls = new Map<string, number>();
  readonly #runLimits: RunLimits;
  readonly #planned: PlannedCalls | undefined;
  readonly #warned = new Set<string>();
  #skewMs: number | undefined;
  #areLimitsShown = false;
  #retries = 0;
  #rateLimited = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#slots = pLimit(options.concurrency);
    this.#planned = options.maxCalls && new PlannedCalls(options.maxCalls);
    this.#runLimits = new RunLimits(options.runLimits ?? {}, options.clock);
  }

  /**
   * Resolves with an answer of any status. Throws a TransientFailure: `quota_exhausted`, `run_limit` or `run_stopped` when
   * it may not be sent, `apollo_unavailable` when no answer came. After the signal nothing is sent; what is on its way ends.
   */
  async send(exchange: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
    const planned = exchange.records === undefined ? undefined : this.#planned;
    planned?.take(exchange.endpoint.display);
    try {
      return await this.#sendAsLimited(exchange, signal);
    } catch (error) {
      if (!isLost(error)) planned?.giveBack(exchange.endpoint.display);
      throw error;
    }
  }

  async #sendAsLimited(exchange: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
    const run = await this.#runLimits.acquire(signal);
    try {
      const answer = await this.#sendWithin(exchange, signal);
      run.answered();
      return answer;
    } catch (error) {
      if (isLost(error)) run.lost();
      else run.unsent();
      throw error;
    }
  }

  async #sendWithin(exchange: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
    const limit = this.#limitOf(exchange.endpoint);
    for (;;) {
      const permit = await limit.acquire(signal, exchange.maxWaitMs);
      const answer = await this.#slots(async () => {
        if (!signal.aborted && !limit.paused) {
          await exchange.before?.().catch((error: unknown) => {
            permit.unsent();
            throw error;
          });
          if (!signal.aborted) return this.#send(exchange, permit);
        }
        // Things have changed while it waited for a slot: it asks for leave again.
        permit.unsent();
        return undefined;
      });
      if (answer !== undefined) return answer;
    }
  }

  /**
   * What a request to this endpoint would be turned away with now; undefined where it would be sent, or wait, and where none
   * was asked for before. A plan does not count here: it tells how many requests it has kept from being sent.
   */
  closed({ action }: Endpoint): TransientFailure | undefined {
    return this.#runLimits.closed() ?? this.#limits.get(action)?.closed();
  }

  counters(): Traffic {
    const { withheld } = this.#planned ?? {};
    return {
      calls: Object.fromEntries(this.#calls),
      retries: this.#retries,
      rateLimited: this.#rateLimited,
      ...(withheld && { withheld }),
    };
  }

  /**
   * How far Apollo's clock is ahead, at the least: an answer's `Date` was true between its request and its arrival, and is
   * cut to the second. Each answer narrows it; none has said anything where there is no such header.
   */
  skewMs(): number {
    return this.#skewMs ?? 0;
  }

  /** Whether an answer of this run or an earlier one has shown the rate limits. */
  areLimitsKnown(): boolean {
    return (
      Object.keys(this.#options.rateLimits.known ?? {}).length > 0 ||
      this.#areLimitsShown ||
      [...this.#restored.keys()].some((action) => action !== everyAction)
    );
  }

  /** What is left of each rate limit that was used, by action. */
  quota(): Readonly<Record<string, readonly WindowState[]>> {
    return Object.fromEntries([...this.#limits].map(([action, limit]) => [action, limit.left()]));
  }

  snapshot(): Readonly<Record<string, RateLimitState>> {
    const used = [...this.#limits].map(([action, limit]) => [action, limit.snapshot()] as const);
    const run = this.#runLimits.snapshot();
    return Object.fromEntries([...this.#restored, ...used, ...(run ? [[everyAction, run] as const] : [])]);
  }

  restore(states: Readonly<Record<string, RateLimitState>>): void {
    this.#runLimits.restore(states[everyAction]);
    for (const [action, state] of Object.entries(states)) {
      this.#restored.set(action, state);
      this.#limits.get(action)?.restore(state);
    }
  }

  async #send(exchange: Exchange, permit: Permit): Promise<HttpAnswer> {
    const { clock, http, secret } = this.#options;
    const startedAt = clock.now();
    if (exchange.isRetry) this.#retries++;
    try {
      const answer = veiled(await http.send(exchange.request), secret);
      this.#count(exchange.endpoint);
      this.#compareClocks(answer);
      const windows = observedWindows(answer.headers);
      this.#areLimitsShown ||= windows !== undefined;
      this.#report(exchange, startedAt, { status: answer.status, ...(windows && { windows }) });
      this.#settle(permit, answer, windows);
      this.#warn(exchange.endpoint);
      return answer;
    } catch (error) {
      if (!(error instanceof TransientFailure)) {
        permit.unsent();
        throw error;
      }
      if (error.delivery === 'unknown') this.#count(exchange.endpoint);
      this.#report(exchange, startedAt, {});
      if (error.delivery === 'unknown') permit.lost();
      else permit.unsent();
      throw unreachable(exchange.endpoint, error, startedAt, clock.now());
    }
  }

  #compareClocks({ headers }: HttpAnswer): void {
    const at = Date.parse(headers['date'] ?? '');
    if (Number.isNaN(at)) return;
    this.#skewMs = Math.max(this.#skewMs ?? Number.NEGATIVE_INFINITY, at - this.#options.clock.now());
  }

  #settle(permit: Permit, answer: HttpAnswer, windows: readonly ObservedWindow[] | undefined): void {
    if (answer.status === 429) this.#rateLimited++;
    if (isRateLimit(answer)) {
      permit.refused(retryAfterOf(answer, this.#options.clock.now()), windows);
    } else if (windows !== undefined || answer.status < 300) permit.answered(windows);
    // Without the headers (P64, P65), Apollo may have counted it, or a proxy answered in its place.
    else permit.lost();
  }

  /** Tells once of each endpoint that a day's requests come to their end. */
  #warn({ action, display }: Endpoint): void {
    const day = this.#limits
      .get(action)
      ?.left()
      .find(({ name }) => name === 'day');
    if (this.#warned.has(action) || day === undefined || day.limit === 0 || day.used < day.limit * nearlySpent) return;
    this.#warned.add(action);
    this.#options.observe?.({ type: 'nearly-spent', endpoint: display, used: day.used, limit: day.limit });
  }

  #limitOf({ action, display }: Endpoint): RateLimit {
    const known = this.#limits.get(action);
    if (known !== undefined) return known;
    const { clock, rateLimits, observe } = this.#options;
    const limit = new RateLimit({
      name: display,
      windows: windowsOf(rateLimits, action),
      reservePercent: rateLimits.reservePercent,
      maxWaitMs: rateLimits.maxWaitMs,
      clock,
      onWait: (wait) => observe?.({ type: 'wait', endpoint: display, ...wait, isRateLimit: true }),
    });
    const state = this.#restored.get(action);
    if (state !== undefined) limit.restore(state);
    this.#limits.set(action, limit);
    return limit;
  }

  #count({ display }: Endpoint): void {
    this.#calls.set(display, (this.#calls.get(display) ?? 0) + 1);
  }

  #report(
    { endpoint, attempt, records, fields }: Exchange,
    startedAt: number,
    more: { status?: number; windows?: readonly ObservedWindow[] },
  ): void {
    const call: SentCall = {
      request: endpoint.display,
      action: endpoint.action,
      startedAt,
      ms: this.#options.clock.now() - startedAt,
      attempt,
      ...(records !== undefined && { records }),
      ...(fields !== undefined && { fields }),
      ...more,
    };
    this.#options.observe?.({ type: 'call', call });
  }
}

/** Whether it may have been sent, and counted. */
const isLost = (error: unknown): boolean => error instanceof TransientFailure && error.delivery === 'unknown';

/** Under which the requests of all endpoints together are kept. */
const everyAction = '*';

// The share of a day's requests from which on a person may want to know.
const nearlySpent = 0.8;

/** No text of Apollo's, nor of a proxy's, can bring the secret into a message. */
const veiled = (answer: HttpAnswer, secret: string): HttpAnswer =>
  answer.text.includes(secret) ? { ...answer, text: answer.text.replaceAll(secret, '***') } : answer;

// Under the name that the contract gives to rows that could not be written for it.
function unreachable(endpoint: Endpoint, failure: TransientFailure, sentAt: number, now: number): TransientFailure {
  const { display } = endpoint;
  const { message, delivery, code } = failure;
  const mayStillRun = code === 'timed_out' && delivery === 'unknown' && isCreate(endpoint);
  return new TransientFailure(`${display}: ${message}`, {
    code: 'apollo_unavailable',
    delivery,
    endpoint: display,
    ...(mayStillRun && { retryAfterMs: Math.max(0, sentAt + LONGEST_REQUEST_MS - now) }),
  });
}

// Apollo ends a request of its own after 300 s (apollo-rest-api.json, labels, 2026-08-19). A create that is repeated while
// the first one still runs may make the record twice.
const LONGEST_REQUEST_MS = 300_000;
