import type { Pace } from './plain-lines.ts';
import { progressLine } from './progress-line.ts';
import type { RunView } from './run-view.ts';

/** Says where a run is, as often as asked. */
export class PacedProgress {
  readonly #pace: Pace;
  #saidAt: number | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** The run has begun, now or before: the first line is due some time later. */
  begin(at: number): void {
    this.#saidAt ??= at;
  }

  /** The line that is due now; undefined for none. */
  line(view: RunView, at: number): string | undefined {
    const { verbosity, progressEveryMs } = this.#pace;
    if (verbosity === 'quiet' || at - this.#saidAt! < progressEveryMs) return undefined;
    const line = progressLine(view, at);
    if (line !== undefined) this.#saidAt = at;
    return line;
  }
}
