/** Where the emulator takes the time from; windows, timestamps and delays all follow it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A clock that also says how a delay passes on it. */
export interface WaitingClock extends Clock {
  waitMs(ms: number): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now() };

/** Time that moves only when a test moves it; waits end when it has been moved past them. */
export class ManualClock implements WaitingClock {
  #now: number;
  #waiting: { readonly at: number; readonly resolve: () => void }[] = [];

  constructor(start = Date.UTC(2026, 0, 5, 9)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#waiting.filter((wait) => wait.at <= this.#now);
    this.#waiting = this.#waiting.filter((wait) => wait.at > this.#now);
    for (const wait of due) wait.resolve();
  }

  waitMs(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ at: this.#now + ms, resolve });
    });
  }
}

/** Time that runs `factor` times as fast as the machine's, so that an hour's window passes in seconds. */
export class ScaledClock implements WaitingClock {
  readonly factor: number;
  readonly #start: number;
  readonly #origin: number;
  readonly #machine: () => number;

  /** `machine` tells the milliseconds that have passed on the machine since some time. */
  constructor(factor: number, start = Date.now(), machine: () => number = () => performance.now()) {
    this.factor = factor;
    this.#start = start;
    this.#machine = machine;
    this.#origin = machine();
  }

  now(): number {
    return this.#start + Math.floor((this.#machine() - this.#origin) * this.factor);
  }

  waitMs(ms: number): Promise<void> {
    return realWait(ms / this.factor);
  }
}

/** Another clock, moved forward by hand as well: what `POST /__emulator/clock` advances. */
export class AdvanceableClock implements WaitingClock {
  readonly #clock: Clock;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  advance(ms: number): void {
    if (this.#clock instanceof ManualClock) this.#clock.advance(ms);
    else this.#aheadMs += ms;
  }

  waitMs(ms: number): Promise<void> {
    return waits(this.#clock) ? this.#clock.waitMs(ms) : realWait(ms);
  }
}

function waits(clock: Clock): clock is WaitingClock {
  return 'waitMs' in clock && typeof clock.waitMs === 'function';
}

function realWait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
