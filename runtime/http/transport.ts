import pLimit from 'p-limit';
import type { Clock } from '../contract/clock.ts';
import type { SentCall, Traffic } from '../contract/destination.ts';
import { TransientFailure } from '../contract/failure.ts';
import type {
  Leave,
  ObservedWindow,
  RateLimitState,
  SharedQuota,
  Throttle,
  WindowLimit,
  WindowState,
} from '../contract/rate-limit-window.ts';
import { type Http, type HttpAnswer, type HttpRequest, NotSent } from './http.ts';
import { PlannedCalls } from './planned-calls.ts';
import { type Permit, RateLimit } from './rate-limit.ts';
import { EVERY_ACTION, RunLimits } from './run-limits.ts';
import { sharedPermit } from './shared-permit.ts';

/** A request that ended, or a wait that begins. Carries no values of rows and no secrets. */
export type TransportEvent =
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
  /** Most requests of the longest window are used; comes once for each action. */
  | {
      readonly type: 'nearly-spent';
      readonly endpoint: string;
      readonly window: string;
      readonly used: number;
      readonly limit: number;
    };

/** One kind of request. */
interface RequestKind {
  /** `METHOD path`, with `{id}` for what differs from record to record: as messages, traffic and plans have it. */
  readonly display: string;
  /** What the destination counts it by: kinds of one action share their rate limit. */
  readonly action: string;
}

/** What an answer says of the rate limit of its request. */
export interface LimitSaid {
  readonly windows?: readonly ObservedWindow[] | undefined;
  /** The request was turned away for its rate, and all of its action are to wait as long. */
  readonly waitMs?: number | undefined;
  /** It was counted; otherwise it may have been, or something on the way has answered. */
  readonly isCounted: boolean;
}

export interface TransportOptions<K extends RequestKind> {
  readonly http: Http;
  readonly clock: Clock;
  /** Requests in flight, over all kinds. */
  readonly concurrency: number;
  /** What no text of an answer may show. */
  readonly secret: string;
  /** Absent where the destination has no rate limits that are known before it says so. */
  readonly throttle?: Omit<Throttle, 'windows'> & { windowsOf(action: string): readonly WindowLimit[] };
  /** Absent where answers say nothing of rate limits. */
  readonly limitSaid?: (answer: HttpAnswer, now: number) => LimitSaid;
  /** What a request without an answer fails with; absent: what the connection failed with. */
  readonly unanswered?: (
    kind: K,
    failure: TransientFailure,
    times: { sentAt: number; now: number },
  ) => TransientFailure;
  readonly runLimits?: ConstructorParameters<typeof RunLimits>[0] | undefined;
  /** The most requests that carry records, by display name. */
  readonly maxCalls?: Readonly<Record<string, number>> | undefined;
  readonly observe?: ((event: TransportEvent) => void) | undefined;
}

interface Exchange<K extends RequestKind> {
  readonly kind: K;
  readonly request: HttpRequest;
  /** 1 for the first. */
  readonly attempt: number;
  readonly records?: number | undefined;
  readonly fields?: readonly string[] | undefined;
  /** It was sent before, and failed for another reason than the rate limit. */
  readonly isRetry?: boolean;
  /** Instead of the longest wait of the throttle. */
  readonly maxWaitMs?: number;
  /** Awaited before it is sent, when nothing but the run's stop can keep it from being sent. */
  readonly before?: (() => Promise<void>) | undefined;
}

/** Sends requests within the rate limits and the concurrency of one workspace, and counts them. */
export class Transport<K extends RequestKind = RequestKind> {
  readonly #options: TransportOptions<K>;
  readonly #slots;
  readonly #limits = new Map<string, RateLimit>();
  readonly #restored = new Map<string, RateLimitState>();
  readonly #calls = new Map<string, number>();
  readonly #runLimits: RunLimits;
  readonly #planned: PlannedCalls | undefined;
  readonly #warned = new Set<string>();
  #skewMs: number | undefined;
  #shared: SharedQuota | undefined;
  #areLimitsShown = false;
  #retries = 0;
  #rateLimited = 0;

  constructor(options: TransportOptions<K>) {
    this.#options = options;
    this.#slots = pLimit(options.concurrency);
    this.#planned = options.maxCalls && new PlannedCalls(options.maxCalls);
    this.#runLimits = new RunLimits(options.runLimits ?? {}, options.clock);
  }

  /**
   * Resolves with an answer of any status. Throws a TransientFailure: `quota_exhausted`, `run_limit` or `run_stopped` when
   * it may not be sent, or that of `unanswered`. After the signal nothing is sent; what is on its way ends.
   */
  async send(exchange: Exchange<K>, signal: AbortSignal): Promise<HttpAnswer> {
    const planned = exchange.records === undefined ? undefined : this.#planned;
    planned?.take(exchange.kind.display);
    try {
      return await this.#sendAsLimited(exchange, signal);
    } catch (error) {
      if (!isLost(error)) planned?.giveBack(exchange.kind.display);
      throw error;
    }
  }

  async #sendAsLimited(exchange: Exchange<K>, signal: AbortSignal): Promise<HttpAnswer> {
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

  async #sendWithin(exchange: Exchange<K>, signal: AbortSignal): Promise<HttpAnswer> {
    const limit = this.#limitOf(exchange.kind);
    for (;;) {
      const { maxWaitMs } = exchange;
      const permit = await sharedPermit(limit, { signal, maxWaitMs, leave: this.#leaveOf(exchange.kind, limit) });
      const mayGo = () => !signal.aborted && permit.isStale?.() !== true;
      const answer = await this.#slots(async () => {
        if (!limit.paused && mayGo()) {
          await exchange.before?.().catch((error: unknown) => {
            permit.unsent();
            throw error;
          });
          if (mayGo()) return this.#send(exchange, permit, mayGo);
        }
        // Things have changed while it waited for a slot: it asks for leave again.
        permit.unsent();
        return undefined;
      });
      if (answer !== undefined) return answer;
    }
  }

  #leaveOf({ action }: RequestKind, limit: RateLimit): (() => Promise<Leave>) | undefined {
    const shared = this.#shared;
    const reservePercent = this.#options.throttle?.reservePercent ?? 0;
    if (shared === undefined || limit.limits().length === 0) return undefined;
    return () => shared.take(action, limit.limits(), reservePercent);
  }

  /** Has requests wait for leave from rate limits that several runs share as well. */
  share(shared: SharedQuota): void {
    this.#shared = shared;
    this.#runLimits.share(shared);
  }

  /**
   * What a request to this endpoint would be turned away with now; undefined where it would be sent, or wait, and where none
   * was asked for before. A plan does not count here: it tells how many requests it has kept from being sent.
   */
  closed({ action }: RequestKind): TransientFailure | undefined {
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
   * How far the destination's clock is ahead, at the least: an answer's `Date` was true between its request and its arrival, and is
   * cut to the second. Each answer narrows it; none has said anything where there is no such header.
   */
  skewMs(): number {
    return this.#skewMs ?? 0;
  }

  /** Whether an answer of this run or an earlier one has shown the rate limits. */
  areLimitsKnown(): boolean {
    return this.#areLimitsShown || [...this.#restored.keys()].some((action) => action !== EVERY_ACTION);
  }

  /** What is left of each rate limit that was used, by action. */
  quota(): Readonly<Record<string, readonly WindowState[]>> {
    return Object.fromEntries([...this.#limits].map(([action, limit]) => [action, limit.left()]));
  }

  snapshot(): Readonly<Record<string, RateLimitState>> {
    const used = [...this.#limits].map(([action, limit]) => [action, limit.snapshot()] as const);
    const run = this.#runLimits.snapshot();
    return Object.fromEntries([...this.#restored, ...used, ...(run ? [[EVERY_ACTION, run] as const] : [])]);
  }

  restore(states: Readonly<Record<string, RateLimitState>>): void {
    this.#runLimits.restore(states[EVERY_ACTION]);
    for (const [action, state] of Object.entries(states)) {
      this.#restored.set(action, state);
      this.#limits.get(action)?.restore(state);
    }
  }

  /** Undefined where it might not go by the time that it had a connection: nothing was sent. */
  async #send(exchange: Exchange<K>, permit: Permit, mayGo: () => boolean): Promise<HttpAnswer | undefined> {
    const { clock, http, secret, limitSaid = saysNothing, unanswered } = this.#options;
    const { kind, request } = exchange;
    const sentAt = clock.now();
    try {
      const answer = veiled(await http.send({ ...request, mayGo }), secret);
      this.#count(kind);
      this.#compareClocks(answer);
      const said = limitSaid(answer, clock.now());
      this.#areLimitsShown ||= said.windows !== undefined;
      this.#report(exchange, sentAt, { status: answer.status, ...(said.windows && { windows: said.windows }) });
      if (answer.status === 429) this.#rateLimited++;
      settle(permit, said);
      this.#warn(kind);
      return answer;
    } catch (error) {
      if (!(error instanceof TransientFailure)) {
        permit.unsent();
        if (error instanceof NotSent) return undefined;
        throw error;
      }
      if (error.delivery === 'unknown') this.#count(kind);
      this.#report(exchange, sentAt, {});
      if (error.delivery === 'unknown') permit.lost();
      else permit.unsent();
      throw unanswered?.(kind, error, { sentAt, now: clock.now() }) ?? error;
    }
  }

  #compareClocks({ headers }: HttpAnswer): void {
    const at = Date.parse(headers['date'] ?? '');
    if (Number.isNaN(at)) return;
    this.#skewMs = Math.max(this.#skewMs ?? Number.NEGATIVE_INFINITY, at - this.#options.clock.now());
  }

  /** Tells once of each action that the requests of its longest window come to their end. */
  #warn({ action, display }: RequestKind): void {
    const longest = this.#limits.get(action)?.left().at(-1);
    if (this.#warned.has(action) || longest === undefined || longest.limit === 0) return;
    const { name: window, used, limit } = longest;
    if (used < limit * nearlySpent) return;
    this.#warned.add(action);
    this.#options.observe?.({ type: 'nearly-spent', endpoint: display, window, used, limit });
  }

  #limitOf({ action, display }: RequestKind): RateLimit {
    const known = this.#limits.get(action);
    if (known !== undefined) return known;
    const { clock, throttle, observe } = this.#options;
    const limit = new RateLimit({
      name: display,
      windows: throttle?.windowsOf(action) ?? [],
      reservePercent: throttle?.reservePercent ?? 0,
      maxWaitMs: throttle?.maxWaitMs ?? 0,
      clock,
      onWait: (wait) => observe?.({ type: 'wait', endpoint: display, ...wait, isRateLimit: true }),
    });
    const state = this.#restored.get(action);
    if (state !== undefined) limit.restore(state);
    this.#limits.set(action, limit);
    return limit;
  }

  #count({ display }: RequestKind): void {
    this.#calls.set(display, (this.#calls.get(display) ?? 0) + 1);
  }

  #report(
    { kind, attempt, records, fields, isRetry }: Exchange<K>,
    startedAt: number,
    more: { status?: number; windows?: readonly ObservedWindow[] },
  ): void {
    if (isRetry) this.#retries++;
    const call: SentCall = {
      request: kind.display,
      action: kind.action,
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

// The share of the longest window from which on a person may want to know.
const nearlySpent = 0.8;

const saysNothing = ({ status }: HttpAnswer): LimitSaid => ({ isCounted: status < 300 });

function settle(permit: Permit, { windows, waitMs, isCounted }: LimitSaid): void {
  if (waitMs !== undefined) permit.refused(waitMs, windows);
  else if (isCounted) permit.answered(windows);
  else permit.lost();
}

/** No text of an answer can bring the secret into a message. */
const veiled = (answer: HttpAnswer, secret: string): HttpAnswer =>
  answer.text.includes(secret) ? { ...answer, text: answer.text.replaceAll(secret, '***') } : answer;
