import type { Paint } from '../../text/terminal-colour.ts';
import type { Listener, ListenerEvent } from '../listener.ts';
import { type Pace, plainLine } from '../plain-lines.ts';
import { RunView } from '../run-view.ts';
import { frame } from './terminal-frame.ts';

/** A terminal that lines are drawn on, and drawn over. */
interface Screen {
  /** Text as it is, control sequences included; it ends with a line break. */
  readonly write: (text: string) => Promise<void>;
  /** Characters in a line, now: a window may change its size. */
  readonly columns: () => number;
  readonly paint: Paint;
}

// A terminal cannot be read faster, and a slow one (ssh) would hold up the run.
const drawEveryMs = 100;

/** Shows a run on a terminal: lines that stay for what happens, and below them a line a stream that is drawn over. */
export class LiveTerminal implements Listener {
  readonly name = 'terminal';
  readonly #screen: Screen;
  readonly #verbosity: Pace['verbosity'];
  readonly #keepsFrame: boolean;
  readonly #view = new RunView();
  #height = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #isOver = false;

  /** `keepsFrame`: whether the last frame stays when the run has ended, since nothing else here will say how it went. */
  constructor(screen: Screen, { verbosity, keepsFrame }: { verbosity: Pace['verbosity']; keepsFrame: boolean }) {
    this.#screen = screen;
    this.#verbosity = verbosity;
    this.#keepsFrame = keepsFrame;
  }

  async on(event: ListenerEvent, at: number): Promise<void> {
    this.#view.on(event, at);
    // A wait is a line of the frame for as long as it lasts.
    const line = event.type === 'waiting' ? undefined : plainLine(event, this.#verbosity);
    const said = line === undefined ? [] : [line];
    if (this.#isOver) return this.#draw(said, []);
    if (event.type === 'finished' || event.type === 'refused') {
      this.#isOver = true;
      return this.#draw(this.#keepsFrame ? [...this.#frame(at), ...said] : saidElsewhere(event) ? [] : said, []);
    }
    if (line === undefined && at - this.#drawnAt < drawEveryMs) return;
    this.#drawnAt = at;
    await this.#draw(said, this.#frame(at));
  }

  #frame(at: number): readonly string[] {
    const { columns, paint } = this.#screen;
    // The last column stays free: some terminals wrap when it is written.
    return frame(this.#view, at, { width: Math.max(20, columns() - 1), paint });
  }

  /** Takes the old frame away, writes what stays, and the new frame under it, all at once so that nothing flickers. */
  async #draw(staying: readonly string[], next: readonly string[]): Promise<void> {
    const erase = this.#height === 0 ? '' : `\u001b[${this.#height}A\u001b[J`;
    this.#height = next.length;
    const text = [...staying, ...next].map((line) => `${line}\n`).join('');
    if (erase !== '' || text !== '') await this.#screen.write(erase + (text || '\n'));
  }
}

/** The summary, which follows, has the message as well. */
const saidElsewhere = (event: ListenerEvent): boolean => event.type === 'finished' && event.stack === undefined;
