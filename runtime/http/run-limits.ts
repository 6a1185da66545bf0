import type { Clock } from '../contract/clock.ts';
import { TransientFailure } from '../contract/failure.ts';
import type { SharedQuota } from '../contract/rate-limit-window.ts';
import { PERIODS_MS, type RateLimitState } from '../contract/rate-limit-window.ts';
import { type Permit, RateLimit } from './rate-limit.ts';
import { sharedPermit } from './shared-permit.ts';

/** How many requests a run may make, as configured; over all kinds, whatever the destination would allow. */
interface RunLimitsConfig {
  readonly maxCalls?: number | undefined;
  readonly maxCallsPerDay?: number | undefined;
}

/** Under which the requests of all kinds together are kept. */
export const EVERY_ACTION = '*';

/** Leave to make one request, as far as the limits of the run go. */
type RunPermit = Pick<Permit, 'lost' | 'unsent'> & { answered(): void };

/** Bounds the requests of a run, and of all runs within a day. */
export class RunLimits {
  readonly #maxCalls: number;
  readonly #maxCallsPerDay: number;
  readonly #day: RateLimit | undefined;
  #calls = 0;
  #shared: SharedQuota | undefined;

  constructor({ maxCalls, maxCallsPerDay = 0 }: RunLimitsConfig, clock: Clock) {
    this.#maxCalls = maxCalls ?? Number.POSITIVE_INFINITY;
    this.#maxCallsPerDay = maxCallsPerDay;
    if (maxCallsPerDay === 0) return;
    const window = { name: 'day', periodMs: PERIODS_MS.day, limit: maxCallsPerDay, ceiling: maxCallsPerDay };
    this.#day = new RateLimit({
      name: 'limits.max_calls_per_day',
      windows: [window],
      reservePercent: 0,
      maxWaitMs: 0,
      clock,
    });
  }

  /** Throws a TransientFailure `run_limit` when the run, or the day, has had its requests. */
  async acquire(signal: AbortSignal): Promise<RunPermit> {
    if (this.#calls >= this.#maxCalls) throw ofRun();
    this.#calls++;
    const day = await this.#ofDay(signal)?.catch((failure: unknown) => {
      this.#calls--;
      throw ofDay(failure);
    });
    return {
      answered: () => day?.answered(),
      lost: () => day?.lost(),
      unsent: () => {
        this.#calls--;
        day?.unsent();
      },
    };
  }

  #ofDay(signal: AbortSignal): Promise<Permit> | undefined {
    const [day, shared] = [this.#day, this.#shared];
    if (day === undefined) return undefined;
    // Each run has its own limit: what others share is the count.
    const windows = day.limits().map((window) => ({ ...window, limit: 0 }));
    return sharedPermit(day, { signal, leave: shared && (() => shared.take(EVERY_ACTION, windows, 0)) });
  }

  /** Has the requests of a day count together with those of other runs. */
  share(shared: SharedQuota): void {
    this.#shared = shared;
  }

  /** What `acquire` would throw now; undefined where it would not. */
  closed(): TransientFailure | undefined {
    if (this.#calls >= this.#maxCalls) return ofRun();
    const day = this.#day?.closed();
    return day && ofDay(day);
  }

  snapshot(): RateLimitState | undefined {
    return this.#day?.snapshot();
  }

  /** What an earlier run has used counts, and not how many it was allowed. */
  restore(state: RateLimitState | undefined): void {
    if (state === undefined) return;
    const windows = state.windows.map((window) => ({ ...window, limit: this.#maxCallsPerDay }));
    this.#day?.restore({ ...state, windows });
  }
}

const spent = (message: string, retryAfterMs: number): TransientFailure =>
  new TransientFailure(message, { code: 'run_limit', delivery: 'not-delivered', retryAfterMs });

const ofRun = (): TransientFailure => spent('limits.max_calls allows no more requests in this run.', 0);

function ofDay(failure: TransientFailure): TransientFailure;
function ofDay(failure: unknown): unknown;
function ofDay(failure: unknown): unknown {
  if (!(failure instanceof TransientFailure) || failure.retryAfterMs === undefined) return failure;
  return spent('limits.max_calls_per_day allows no more requests for now.', failure.retryAfterMs);
}
