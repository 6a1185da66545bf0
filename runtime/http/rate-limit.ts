import type { Clock } from '../contract/clock.ts';
import { TransientFailure } from '../contract/failure.ts';
import type { ObservedWindow, RateLimitState, WindowLimit, WindowState } from '../contract/rate-limit-window.ts';
import { WindowMirror } from './window-mirror.ts';

interface RateLimitOptions {
  /** What the limit is on, for messages: `METHOD path`. */
  readonly name: string;
  readonly windows: readonly WindowLimit[];
  /** The share of each window that is left to other tools. */
  readonly reservePercent: number;
  /** A longer wait is not slept on. */
  readonly maxWaitMs: number;
  readonly clock: Clock;
  /** Called once for each time that is waited for, where the wait begins. `reason` is a window's name, or `paused`. */
  readonly onWait?: (wait: { untilMs: number; reason: string }) => void;
}

/** Leave to send one request. Exactly one of its other methods must be called once the request has ended. */
export interface Permit {
  /** It is of before: a request that was not sent by now needs leave again. Absent: it never is. */
  isStale?(): boolean;
  /** The server answered, and said this of its windows. */
  answered(observed?: readonly ObservedWindow[]): void;
  /** The server turned the request away for its rate and asks every request to wait. */
  refused(waitMs: number, observed?: readonly ObservedWindow[]): void;
  /** Sent, and no answer: it may have been counted. */
  lost(): void;
  /** Never sent. */
  unsent(): void;
}

interface Waiter {
  readonly since: number;
  readonly maxWaitMs: number;
  grant(): void;
  refuse(failure: TransientFailure): void;
}

interface Wait {
  /** Absent while only an answer can end the wait. */
  readonly until?: number;
  readonly reason: string;
}

/** Keeps requests to one endpoint within the server's fixed windows, first come, first served. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #windows: readonly WindowMirror[];
  #queue: Waiter[] = [];
  #inFlight = 0;
  #pausedUntil = 0;
  #alarm: { readonly until: number; readonly stop: AbortController } | undefined;
  #announced = 0;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#windows = options.windows.map((window) => new WindowMirror(window));
  }

  /**
   * Resolves when a request may be sent. Throws a TransientFailure: `quota_exhausted` when the wait would exceed
   * `maxWaitMs`, `run_stopped` when the signal ends it.
   */
  acquire(signal: AbortSignal, maxWaitMs: number = this.#options.maxWaitMs): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(stopped());
      const leave = (): void => {
        this.#queue = this.#queue.filter((other) => other !== waiter);
        reject(stopped());
        this.#advance();
      };
      const end = (): void => signal.removeEventListener('abort', leave);
      const waiter: Waiter = {
        since: this.#options.clock.now(),
        maxWaitMs,
        grant: () => {
          end();
          resolve(this.#permit());
        },
        refuse: (failure) => {
          end();
          reject(failure);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiter);
      this.#advance();
    });
  }

  /** What `acquire` would throw now; undefined where it would resolve, or wait. */
  closed(): TransientFailure | undefined {
    const now = this.#now();
    const wait = this.#wait(now);
    const isLong = wait?.until !== undefined && wait.until - now > this.#options.maxWaitMs;
    return isLong ? this.#exhausted(wait.until!, wait.reason, now) : undefined;
  }

  /** Holds every request back for `ms`, as the answer to a refused one asks, and no longer than the longest window lasts. */
  pauseFor(ms: number): void {
    const until = this.#atMost(this.#now() + ms);
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    // The request that was refused waits outside the queue, perhaps alone.
    if (until - this.#options.clock.now() <= this.#options.maxWaitMs) this.#announce(this.#pausedUntil, 'paused');
    for (const window of this.#windows) window.closesBy(until);
    this.#advance();
  }

  /** Its windows, with their limits as they are known by now. */
  limits(): readonly WindowLimit[] {
    return this.#windows.map((window) => window.known);
  }

  /** Takes the word of others who share it: that a window is spent until then, or that all requests are held back. */
  holdUntil(until: number, reason: string): void {
    const now = this.#now();
    const window = this.#windows.find(({ name }) => name === reason);
    if (window === undefined) this.pauseFor(until - now);
    else window.spentUntil(until, now);
    this.#advance();
  }

  /** Requests are being held back, even those that already have leave. */
  get paused(): boolean {
    return this.#now() < this.#pausedUntil;
  }

  /** What is used of each window, and its limit for this run: a ceiling is in it. */
  left(): readonly WindowState[] {
    this.#now();
    return this.#windows.map((window) => ({
      name: window.name,
      limit: window.limit,
      used: window.used(this.#inFlight),
      ...(window.closesAt !== undefined && { closesAt: window.closesAt }),
    }));
  }

  snapshot(): RateLimitState {
    const now = this.#now();
    return {
      pausedUntil: this.#pausedUntil,
      windows: this.#windows.map((window) => window.state(now, this.#inFlight)),
    };
  }

  /** Continues where an earlier run left off; windows that have closed since are only remembered by their limit. */
  restore({ pausedUntil, windows }: RateLimitState): void {
    const now = this.#now();
    // What was kept may be of a clock that was wrong, or of an answer that is not believed today.
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#atMost(pausedUntil));
    for (const state of windows) this.#windows.find(({ name }) => name === state.name)?.restore(state, now);
  }

  /** A time no later than the longest window can last from now on. */
  #atMost(time: number): number {
    const longest = Math.max(0, ...this.#options.windows.map(({ periodMs }) => periodMs));
    return Number.isFinite(time) ? Math.min(time, this.#options.clock.now() + longest) : 0;
  }

  #now(): number {
    const now = this.#options.clock.now();
    for (const window of this.#windows) window.passTo(now, this.#inFlight);
    return now;
  }

  #permit(): Permit {
    const now = this.#now();
    const marks = this.#windows.map((window) => ({ window, mark: window.sent(now) }));
    this.#inFlight++;
    let open = true;
    const end = (tell: (window: WindowMirror, mark: ReturnType<WindowMirror['sent']>, at: number) => void): void => {
      if (!open) throw new Error('A permit was used twice.');
      open = false;
      const at = this.#now();
      this.#inFlight--;
      for (const { window, mark } of marks) tell(window, mark, at);
    };
    const about = (window: WindowMirror, observed: readonly ObservedWindow[] = []) =>
      observed.find(({ name }) => name === window.name);
    return {
      answered: (observed) => {
        end((window, mark, at) => window.answered(mark, about(window, observed), at, this.#inFlight));
        this.#advance();
      },
      refused: (waitMs, observed) => {
        end((window, mark, at) => window.refused(mark, about(window, observed), at, this.#inFlight));
        this.pauseFor(waitMs);
      },
      lost: () => {
        end((window, _, at) => window.lost(at));
        this.#advance();
      },
      unsent: () => {
        end(() => undefined);
        this.#advance();
      },
    };
  }

  #wait(now: number): Wait | undefined {
    const waits: Wait[] = now < this.#pausedUntil ? [{ until: this.#pausedUntil, reason: 'paused' }] : [];
    for (const window of this.#windows) {
      const blocked = window.blocked(this.#inFlight, this.#options.reservePercent);
      if (blocked !== undefined) waits.push({ reason: window.name, ...(blocked !== 'in-flight' && blocked) });
    }
    return waits.toSorted((a, b) => (b.until ?? 0) - (a.until ?? 0))[0];
  }

  /** Grants, refuses, or sets the alarm: whatever is due now. */
  #advance(): void {
    const now = this.#now();
    let wait = this.#wait(now);
    while (wait === undefined && this.#queue.length > 0) {
      this.#queue.shift()?.grant();
      wait = this.#wait(now);
    }
    if (wait?.until !== undefined) this.#refuseTheImpatient(wait.until, wait.reason, now);
    this.#setAlarm(this.#queue.length > 0 ? wait : undefined, now);
  }

  // All of the queue waits at least as long as its head, so patience is asked of each.
  #refuseTheImpatient(until: number, reason: string, now: number): void {
    const impatient = this.#queue.filter(({ since, maxWaitMs }) => until - since > maxWaitMs);
    this.#queue = this.#queue.filter((waiter) => !impatient.includes(waiter));
    for (const waiter of impatient) waiter.refuse(this.#exhausted(until, reason, now));
  }

  #exhausted(until: number, reason: string, now: number): TransientFailure {
    const what = reason === 'paused' ? 'Requests are held back' : `The requests of this ${reason} are used up`;
    const message = `${what} for ${this.#options.name}; there is room again at ${new Date(until).toISOString()}.`;
    return new TransientFailure(message, {
      code: 'quota_exhausted',
      delivery: 'not-delivered',
      retryAfterMs: until - now,
      endpoint: this.#options.name,
    });
  }

  #setAlarm(wait: Wait | undefined, now: number): void {
    if (this.#alarm?.until === wait?.until) return;
    this.#alarm?.stop.abort();
    this.#alarm = undefined;
    if (wait?.until === undefined) return;

    const { until, reason } = wait;
    const alarm = { until, stop: new AbortController() };
    this.#alarm = alarm;
    this.#announce(until, reason);
    void this.#options.clock.sleep(until - now, alarm.stop.signal).then(() => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#advance();
    });
  }

  #announce(untilMs: number, reason: string): void {
    if (this.#announced === untilMs) return;
    this.#announced = untilMs;
    this.#options.onWait?.({ untilMs, reason });
  }
}

const stopped = (): TransientFailure =>
  new TransientFailure('The run stopped before this request was sent.', {
    code: 'run_stopped',
    delivery: 'not-delivered',
  });
