import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../contract/clock.ts';
import { messageOf } from '../contract/failure.ts';
import type { Listener, ListenerEvent } from './listener.ts';

/** The listeners of a run. None of them can stop it, or keep events from the others. */
export class Listeners {
  readonly #listeners: readonly Listener[];
  readonly #clock: Clock;
  readonly #secrets: Secrets;
  readonly #failed = new Set<Listener>();

  /** No listener gets one of the secrets. */
  constructor(listeners: readonly Listener[], clock: Clock, secrets: Secrets) {
    this.#listeners = listeners;
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** Gives the event to each of them, in order; resolves when all have taken it. */
  async tell(received: ListenerEvent): Promise<void> {
    const at = this.#clock.now();
    const event = this.#secrets.masked(received);
    for (const listener of this.#listeners) await this.#guarded(listener, () => listener.on(event, at));
  }

  async close(): Promise<void> {
    for (const listener of this.#listeners) await this.#guarded(listener, () => listener.close?.());
  }

  /** Runs `work` while listeners get a `tick` every second. */
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

  /** The first time that one of them fails, the others get a warning. */
  async #guarded(listener: Listener, action: () => Promise<void> | void): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (this.#failed.has(listener)) return;
      this.#failed.add(listener);
      const message = `${listener.name}: ${messageOf(error)}`;
      await this.tell({ type: 'warning', message });
    }
  }
}
