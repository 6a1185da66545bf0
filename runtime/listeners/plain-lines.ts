import type { Happening, Observer } from './observer.ts';
import { callLine, progressLine } from './progress-line.ts';
import { RunView } from './run-view.ts';

// Often enough to see that it lives, seldom enough not to fill a log.
const progressEveryMs = 30_000;

/** How much of a run is told. */
export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** What to tell a person who reads lines, of something that happened; undefined for nothing. */
export function plainLine(happening: Happening, verbosity: Verbosity): string | undefined {
  switch (happening.type) {
    case 'finished':
      return happening.stack ?? happening.summary.error;
    case 'refused':
      return happening.stack ?? happening.message;
    case 'warning':
      return verbosity === 'quiet' ? undefined : `warning: ${happening.message}`;
    case 'waiting':
      return verbosity === 'quiet' ? undefined : happening.message;
    case 'called':
      return verbosity === 'verbose' ? callLine(happening.call) : undefined;
    default:
      return undefined;
  }
}

/** Tells a run in lines: what happens as it happens, and every 30 seconds where it is. */
export class PlainLines implements Observer {
  readonly name = 'progress';
  readonly #write: (line: string) => Promise<void>;
  readonly #verbosity: Verbosity;
  readonly #view = new RunView();
  #toldAt: number | undefined;

  constructor(write: (line: string) => Promise<void>, verbosity: Verbosity) {
    this.#write = write;
    this.#verbosity = verbosity;
  }

  async see(happening: Happening, at: number): Promise<void> {
    this.#toldAt ??= at;
    this.#view.see(happening, at);
    const line = plainLine(happening, this.#verbosity) ?? this.#progress(at);
    if (line !== undefined) await this.#write(line);
  }

  #progress(at: number): string | undefined {
    if (this.#verbosity === 'quiet' || at - this.#toldAt! < progressEveryMs) return undefined;
    const line = progressLine(this.#view, at);
    if (line !== undefined) this.#toldAt = at;
    return line;
  }
}
