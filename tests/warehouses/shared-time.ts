import { setTimeout } from 'node:timers/promises';
import type { WaitingClock } from '../../emulator/calls/clock.ts';
import type { Clock } from '../../runtime/contract/clock.ts';

/** Somebody whose time it is too, and who must be waiting for it to pass. */
interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** For how long, by the machine's time, nothing must have happened. */
const QUIET_MS = 6;

/** One time for several runs and their Apollo: it passes only while all of them sleep and nothing is on its way. */
export class SharedTime implements WaitingClock {
  #now = Date.UTC(2026, 0, 5, 9);
  readonly #sleepers = new Map<number, Set<Sleeper>>();
  #lastEvent = 0;
  #isOver = false;

  now(): number {
    return this.#now;
  }

  /** The clock of one of them; its time can pass once it sleeps. */
  join(who: number): Clock {
    const mine = new Set<Sleeper>();
    this.#sleepers.set(who, mine);
    return {
      now: () => this.#now,
      random: () => 0.5,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted || ms <= 0) return resolve();
          const sleeper: Sleeper = {
            at: this.#now + ms,
            wake: () => {
              mine.delete(sleeper);
              signal.removeEventListener('abort', sleeper.wake);
              this.noteEvent();
              resolve();
            },
          };
          mine.add(sleeper);
          signal.addEventListener('abort', sleeper.wake, { once: true });
        }),
    };
  }

  /** It waits for nothing any more. */
  leave(who: number): void {
    this.#sleepers.delete(who);
  }

  waitMs(ms: number): Promise<void> {
    this.#now += ms;
    return Promise.resolve();
  }

  /** Something has happened. */
  noteEvent(): void {
    this.#lastEvent = performance.now();
  }

  /** Lets time pass until it is ended, while nothing passes these lines. */
  async pass(lines: { readonly waiting: number; readonly passed: number }): Promise<void> {
    let seen = 0;
    while (!this.#isOver) {
      await setTimeout(QUIET_MS / 2);
      if (lines.passed !== seen) this.noteEvent();
      seen = lines.passed;
      const all = [...this.#sleepers.values()];
      const isQuiet = performance.now() - this.#lastEvent >= QUIET_MS;
      if (!isQuiet || lines.waiting > 0 || all.length === 0 || all.some(({ size }) => size === 0)) continue;
      const next = Math.min(...all.flatMap((mine) => [...mine].map(({ at }) => at)));
      this.#now = Math.max(this.#now, next);
      for (const mine of all) for (const sleeper of [...mine]) if (sleeper.at <= this.#now) sleeper.wake();
    }
  }

  end(): void {
    this.#isOver = true;
  }
}
