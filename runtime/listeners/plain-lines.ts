import { withCode } from '../text/error-text.ts';
import type { Happening, Observer } from './observer.ts';
import { callLine, progressLine } from './progress-line.ts';
import { RunView } from './run-view.ts';

/** How much of a run is told. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** How much of a run is told, and how often where it is. */
export interface Pace {
  readonly verbosity: Verbosity;
  readonly progressEveryMs: number;
}

// Often enough to see that it lives, seldom enough not to fill a log.
/** How often it is told where a run is, unless somebody asks for more or less. */
export const PROGRESS_EVERY_MS = 30_000;

/** What to tell a person who reads lines, of something that happened; undefined for nothing. */
export function plainLine(happening: Happening, verbosity: Verbosity): string | undefined {
  switch (happening.type) {
    case 'finished': {
      const { error, error_code } = happening.summary;
      return error === undefined ? undefined : withCode(happening.stack ?? error, error_code);
    }
    case 'refused':
      return withCode(happening.stack ?? happening.message, happening.code);
    case 'warning':
      return verbosity === 'quiet' ? undefined : `warning: ${happening.message}`;
    case 'waiting':
      return verbosity === 'quiet' ? undefined : happening.message;
    case 'stopping':
      return verbosity === 'quiet' ? undefined : stoppingText(happening.signal);
    case 'called':
      return verbosity === 'verbose' ? callLine(happening.call) : undefined;
    default:
      return undefined;
  }
}

const stoppingText = (signal: string): string =>
  `${signal}: stopping. Requests in flight are finished, and what they did is kept; the same signal once more kills the run.`;

/** Tells a run in lines: what happens as it happens, and every so often where it is. */
export class PlainLines implements Observer {
  readonly name = 'progress';
  readonly #write: (line: string) => Promise<void>;
  readonly #pace: Pace;
  readonly #view = new RunView();
  #toldAt: number | undefined;

  constructor(write: (line: string) => Promise<void>, pace: Pace) {
    this.#write = write;
    this.#pace = pace;
  }

  async see(happening: Happening, at: number): Promise<void> {
    this.#toldAt ??= at;
    this.#view.see(happening, at);
    const line = plainLine(happening, this.#pace.verbosity) ?? this.#progress(at);
    if (line !== undefined) await this.#write(line);
  }

  #progress(at: number): string | undefined {
    const { verbosity, progressEveryMs } = this.#pace;
    if (verbosity === 'quiet' || at - this.#toldAt! < progressEveryMs) return undefined;
    const line = progressLine(this.#view, at);
    if (line !== undefined) this.#toldAt = at;
    return line;
  }
}
