import { withCode } from '../text/error-text.ts';
import type { Listener, ListenerEvent } from './listener.ts';
import { PacedProgress } from './paced-progress.ts';
import { callLine } from './progress-line.ts';

/** How much of a run is printed. */
type Verbosity = 'quiet' | 'normal' | 'verbose';

/** How much of a run is printed, and how often its progress. */
export interface Pace {
  readonly verbosity: Verbosity;
  readonly progressEveryMs: number;
}

// Often enough to see that it lives, seldom enough not to fill a log.
/** How often progress is printed, unless an option asks for more or less. */
export const PROGRESS_EVERY_MS = 30_000;

/** What to tell a person who reads lines, of something that happened; undefined for nothing. */
export function plainLine(event: ListenerEvent, verbosity: Verbosity): string | undefined {
  switch (event.type) {
    case 'finished': {
      const { error, error_code } = event.summary;
      return error === undefined ? undefined : withCode(event.stack ?? error, error_code);
    }
    case 'refused':
      return withCode(event.stack ?? event.message, event.code);
    case 'warning':
      return verbosity === 'quiet' ? undefined : `warning: ${event.message}`;
    case 'waiting':
      return verbosity === 'quiet' ? undefined : event.message;
    case 'stopping':
      return verbosity === 'quiet' ? undefined : stoppingText(event.signal);
    case 'called':
      return verbosity === 'verbose' ? callLine(event.call) : undefined;
    default:
      return undefined;
  }
}

const stoppingText = (signal: string): string =>
  `${signal}: stopping. Requests in flight are finished, and what they did is kept; the same signal once more kills the run.`;

/** Tells a run in lines: what happens as it happens, and every so often where it is. */
export class PlainLines implements Listener {
  readonly name = 'progress';
  readonly #write: (line: string) => Promise<void>;
  readonly #pace: Pace;
  readonly #progress: PacedProgress;

  constructor(write: (line: string) => Promise<void>, pace: Pace) {
    this.#write = write;
    this.#pace = pace;
    this.#progress = new PacedProgress(pace);
  }

  async on(event: ListenerEvent, at: number): Promise<void> {
    this.#progress.on(event, at);
    const line = plainLine(event, this.#pace.verbosity) ?? this.#progress.line(at);
    if (line !== undefined) await this.#write(line);
  }
}
