import type { Clock } from '../../runtime/contract/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that passes only when a test says so; whoever sleeps waits for it. */
export class ManualClock implements Clock {
  #time: number;
  #sleepers: Sleeper[] = [];

  constructor(time = Date.UTC(2026, 0, 1)) {
    this.#time = time;
  }

  now(): number {
    return this.#time;
  }

  random(): number {
    return 0.5;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const awake = new AbortController();
      const wake = (): void => {
        awake.abort();
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        resolve();
      };
      const sleeper = { until: this.#time + ms, wake };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', wake, { signal: awake.signal });
    });
  }

  /** Lets time pass, and everyone whose time has come get on with it. */
  async advance(ms: number): Promise<void> {
    this.#time += ms;
    for (const { until, wake } of [...this.#sleepers]) if (until <= this.#time) wake();
    await settleDown();
  }
}

/** Lets everything run that can run without time passing. */
export async function settleDown(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
