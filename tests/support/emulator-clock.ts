import type { WaitingClock } from '../../emulator/calls/clock.ts';
import type { Clock } from '../../runtime/contract/clock.ts';

/**
 * One time for a run and for the emulator it talks to. It passes only when somebody sleeps: a sleep ends at once and takes
 * the clock to where it would have ended, so that those who sleep side by side do not add up.
 */
export class EmulatorClock implements Clock, WaitingClock {
  readonly start: number;
  /** How long each sleep would have been. */
  readonly sleeps: number[] = [];
  #now: number;

  constructor(start = Date.UTC(2026, 0, 5, 9)) {
    this.start = start;
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return this.#now - this.start;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const until = this.#now + ms;
    this.sleeps.push(ms);
    // Requests that are on their way arrive before the time they were sent at has passed.
    for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    if (!signal.aborted) this.#now = Math.max(this.#now, until);
  }

  waitMs(ms: number): Promise<void> {
    this.#now += ms;
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  random(): number {
    return 0.5;
  }
}
