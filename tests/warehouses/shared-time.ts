import { setTimeout } from 'node:timers/promises';
import type { WaitingClock } from '../../emulator/calls/clock.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import type { ClockFile } from './clock-file.ts';

/** Somebody whose time it is too, and who must be waiting for it to pass. */
interface Sharer {
  /** When it wants to go on; undefined while it does not wait. */
  next(): number | undefined;
  /** The time has passed. */
  passed(): void;
}

/** For how long, by the machine's time, nothing must have happened. */
const QUIET_MS = 6;

/** One time for several runs and their Apollo: it passes only while all of them sleep and nothing is on its way. */
export class SharedTime implements WaitingClock {
  #now = Date.UTC(2026, 0, 5, 9);
  readonly #file: ClockFile | undefined;
  readonly #sharers = new Map<string, Sharer>();
  #lastEvent = 0;
  #isOver = false;

  /** `file` is where other processes see it. */
  constructor(file?: ClockFile) {
    this.#file = file;
    if (file !== undefined) this.#now = file.now;
  }

  now(): number {
    return this.#now;
  }

  /** The clock of one of them; its time can pass once it sleeps. */
  join(who: string): Clock {
    const mine = new Set<{ readonly at: number; readonly wake: () => void }>();
    this.#sharers.set(who, {
      next: () => (mine.size === 0 ? undefined : Math.min(...[...mine].map(({ at }) => at))),
      passed: () => {
        for (const sleeper of [...mine]) if (sleeper.at <= this.#now) sleeper.wake();
      },
    });
    return {
      now: () => this.#now,
      random: () => 0.5,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted || ms <= 0) return resolve();
          const sleeper = {
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

  /** As `join`, for a process that has a place in the file. */
  joinProcess(who: string, process: number): void {
    const file = this.#file!;
    this.#sharers.set(who, {
      next: () => {
        const at = file.wakeAt(process);
        return at > this.#now ? at : undefined;
      },
      passed: () => undefined,
    });
  }

  /** It waits for nothing any more. */
  leave(who: string): void {
    this.#sharers.delete(who);
  }

  waitMs(ms: number): Promise<void> {
    this.#passTo(this.#now + ms);
    return Promise.resolve();
  }

  #passTo(at: number): void {
    this.#now = Math.max(this.#now, at);
    if (this.#file !== undefined) this.#file.now = this.#now;
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
      const isQuiet = performance.now() - this.#lastEvent >= QUIET_MS;
      const next = [...this.#sharers.values()].map((sharer) => sharer.next());
      if (!isQuiet || lines.waiting > 0 || next.length === 0) continue;
      if (!next.every((at) => at !== undefined)) continue;
      this.#passTo(Math.min(...next));
      for (const sharer of [...this.#sharers.values()]) sharer.passed();
    }
  }

  /** Does something while time passes, and closes the lines then. */
  async during<T>(
    lines: Parameters<SharedTime['pass']>[0] & { close(): Promise<void> },
    work: () => Promise<T>,
  ): Promise<T> {
    const passing = this.pass(lines);
    try {
      return await work();
    } finally {
      this.#isOver = true;
      await passing;
      await lines.close();
    }
  }
}
