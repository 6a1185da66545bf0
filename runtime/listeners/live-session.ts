import { Cancelled } from '../contract/cancelled.ts';
import type { Clock } from '../contract/clock.ts';
import type { RunConfig, StreamConfig } from '../contract/destination.ts';
import { stateFile } from '../contract/state-config.ts';
import type { RunSession } from '../run/run-session.ts';
import type { Progress } from './listener.ts';
import { LiveRunFile } from './live-run-file.ts';

type Followed = Pick<RunSession<RunConfig>, 'id' | 'reports' | 'session'>;

interface LiveOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Gets, once, what keeps the file from being written. */
  readonly failed: (error: unknown) => void;
}

// As often as a listener gets a `tick`.
const everyMs = 1000;

/**
 * Keeps the small file beside a state store that says where a run is, for a run without listeners: every second, by the time of the
 * machine, since a simulated clock must not be moved by it.
 */
export class LiveSession {
  readonly #file = new LiveRunFile();
  readonly #run: Followed;
  readonly #options: LiveOptions;
  /** Rows read by stream, when it was written last: where that has changed, the run is. */
  readonly #read = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(run: Followed, options: LiveOptions) {
    this.#run = run;
    this.#options = options;
    options.signal.addEventListener('abort', this.#stopping, { once: true });
  }

  /** Begins, once the state store is open; nothing is written where none is kept. */
  begin(streams: readonly StreamConfig[]): void {
    const { id, session } = this.#run;
    // Whoever asks a store on a server sees its leases.
    const state = session.stateAt && stateFile(session.stateAt);
    if (state === undefined) return;
    const announced = streams.map(({ name, object, mode }) => ({ name, object, mode, from: name }));
    const started = { type: 'started', runId: id, streams: announced, source: 'airbyte', state } as const;
    this.#file.on(started, this.#options.clock.now());
    this.#timer = setInterval(this.#write, everyMs).unref();
  }

  /** Tells of a wait. */
  waits(wait: { readonly message: string; readonly untilMs: number }): void {
    this.#file.on({ type: 'waiting', ...wait }, this.#options.clock.now());
  }

  /** Takes the file away. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#stopping);
    await this.#file.close();
  }

  readonly #stopping = (): void => {
    const { reason } = this.#options.signal;
    if (reason instanceof Cancelled) {
      this.#file.on({ type: 'stopping', signal: reason.signal }, this.#options.clock.now());
    }
  };

  readonly #write = (): void => {
    const at = this.#options.clock.now();
    try {
      for (const progress of this.#progress()) this.#file.on({ type: 'progress', ...progress }, at);
      this.#file.on({ type: 'tick' }, at);
    } catch (error) {
      clearInterval(this.#timer);
      this.#options.failed(error);
    }
  };

  #progress(): readonly Progress[] {
    const { reports, session } = this.#run;
    const changed = reports.filter(({ name, read }) => read !== (this.#read.get(name) ?? 0));
    for (const { name, read } of changed) this.#read.set(name, read);
    const { calls } = session.connection.traffic();
    return changed.map((stream) => ({ stream, calls }));
  }
}
