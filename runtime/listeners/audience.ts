import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../contract/clock.ts';
import { messageOf } from '../contract/failure.ts';
import type { Happening, Observer } from './observer.ts';

/** All who watch a run. None of them can stop it, or keep the others from seeing. */
export class Audience {
  readonly #observers: readonly Observer[];
  readonly #clock: Clock;
  readonly #secrets: Secrets;
  readonly #failed = new Set<Observer>();

  /** None of them gets to see one of the secrets. */
  constructor(observers: readonly Observer[], clock: Clock, secrets: Secrets) {
    this.#observers = observers;
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** Tells each of them, in order; resolves when all have taken it in. */
  async tell(told: Happening): Promise<void> {
    const at = this.#clock.now();
    const happening = this.#secrets.masked(told);
    for (const observer of this.#observers) await this.#guarded(observer, () => observer.see(happening, at));
  }

  async close(): Promise<void> {
    for (const observer of this.#observers) await this.#guarded(observer, () => observer.close?.());
  }

  /** Runs `work` while a `tick` is told every second. */
  async whileTicking<T>(work: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const ticking = this.#tick(over.signal);
    try {
      return await work();
    } finally {
      over.abort();
      await ticking;
    }
  }

  async #tick(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(1000, signal);
      if (signal.aborted) return;
      await this.tell({ type: 'tick' });
    }
  }

  /** The first time that one of them fails, the others hear of it. */
  async #guarded(observer: Observer, action: () => Promise<void> | void): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (this.#failed.has(observer)) return;
      this.#failed.add(observer);
      const message = `${observer.name}: ${messageOf(error)}`;
      await this.tell({ type: 'warning', message });
    }
  }
}
