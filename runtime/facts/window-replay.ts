import type { SentCall } from '../contract/destination.ts';
import { FixedWindow, PERIODS_MS } from '../contract/rate-limit-window.ts';
import { ShownCount } from '../http/shown-count.ts';
import { highest, type Series, TimeSeries } from './time-series.ts';

/** How a run has used the windows of one length of one rate limit. */
interface WindowFacts {
  readonly action: string;
  readonly window: string;
  /** The most requests of this run in one window. */
  readonly peak: number;
  readonly overTime: Series;
}

/**
 * Follows how far windows of rate limits are used. What an answer says of its window counts, with what other tools have
 * sent; where that was not kept, requests are counted: a window opens with the first that finds none open. Requests
 * from before the run are seen too, since they may have opened the windows that it began in.
 */
export class WindowReplay {
  readonly #startedAt: number;
  readonly #actions = new Map<string, Map<string, Replayed>>();

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  add(call: SentCall): void {
    const { action, status, windows = [] } = call;
    // What is refused for the limit counts in no window.
    if (action === undefined || status === 429) return;
    const replayed = this.#actions.get(action) ?? this.#newWindows();
    this.#actions.set(action, replayed);
    for (const [name, window] of replayed) window.count(call, windows.find((one) => one.name === name)?.used);
  }

  until(at: number): readonly WindowFacts[] {
    return [...this.#actions].flatMap(([action, windows]) =>
      [...windows].flatMap(([window, replayed]) =>
        replayed.peak === 0 ? [] : [{ action, window, peak: replayed.peak, overTime: replayed.until(at) }],
      ),
    );
  }

  #newWindows(): Map<string, Replayed> {
    return new Map(
      Object.entries(PERIODS_MS).map(([window, periodMs]) => [window, new Replayed(periodMs, this.#startedAt)]),
    );
  }
}

class Replayed {
  peak = 0;
  readonly #level: TimeSeries;
  readonly #window: FixedWindow;
  readonly #shown = new ShownCount();
  readonly #startedAt: number;
  /** When the last of its requests was sent. */
  #sentAt = 0;

  constructor(periodMs: number, startedAt: number) {
    this.#window = new FixedWindow(periodMs);
    this.#startedAt = startedAt;
    this.#level = new TimeSeries(startedAt, highest);
  }

  count(call: SentCall, reported: number | undefined): void {
    const at = call.startedAt;
    const window = this.#window;
    this.#holdUntil(at);
    window.passTo(at);
    if (reported !== undefined && this.#shown.show(reported, call)) window.reopen();
    const used = Math.max(window.used, reported ?? window.used + 1);
    window.count(used, at);
    this.#sentAt = at;
    if (at < this.#startedAt) return;
    this.peak = Math.max(this.peak, used);
    this.#level.add('used', at, used);
  }

  until(at: number): Series {
    this.#holdUntil(at);
    return this.#level.until(at);
  }

  /** What is used stays used until its window closes. */
  #holdUntil(at: number): void {
    const { used, closesAt } = this.#window;
    if (closesAt === undefined) return;
    const from = Math.max(this.#sentAt, this.#startedAt);
    const to = Math.min(at, closesAt - 1);
    if (to > from) this.#level.hold('used', { from, to }, used);
  }
}
