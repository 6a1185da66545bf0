import type { ListenerEvent } from './listener.ts';
import type { Pace } from './plain-lines.ts';
import { progressLine } from './progress-line.ts';
import { RunView } from './run-view.ts';

/** Follows a run, and says where it is as often as asked. */
export class PacedProgress {
  readonly view = new RunView();
  readonly #pace: Pace;
  #saidAt: number | undefined;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** The first line is due some time after the first event. */
  on(event: ListenerEvent, at: number): void {
    this.#saidAt ??= at;
    this.view.on(event, at);
  }

  /** The line that is due now; undefined for none. */
  line(at: number): string | undefined {
    const { verbosity, progressEveryMs } = this.#pace;
    if (verbosity === 'quiet' || at - this.#saidAt! < progressEveryMs) return undefined;
    const line = progressLine(this.view, at);
    if (line !== undefined) this.#saidAt = at;
    return line;
  }
}
