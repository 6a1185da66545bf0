import type { SentCall } from '../contract/destination.ts';

// Between two requests of a run that does not wait there is less.
const leastMs = 5_000;

// More than a chart can show; the longest of them count.
const kept = 200;

/** From when until when, in milliseconds since the epoch. */
export interface Pause {
  readonly from: number;
  readonly until: number;
}

/** Finds the times in which no request was under way, from requests in whatever order they come. */
export class Pauses {
  #pauses: Pause[] = [];
  #busyUntil: number | undefined;

  add({ startedAt, ms }: Pick<SentCall, 'startedAt' | 'ms'>): void {
    const endedAt = startedAt + ms;
    // One that took long comes after others that came and went meanwhile.
    this.#pauses = this.#pauses.flatMap((pause) => outside(pause, startedAt, endedAt));
    if (this.#busyUntil !== undefined && startedAt - this.#busyUntil >= leastMs) {
      this.#pauses.push({ from: this.#busyUntil, until: startedAt });
      if (this.#pauses.length > 2 * kept) this.#pauses = longest(this.#pauses);
    }
    this.#busyUntil = Math.max(this.#busyUntil ?? 0, endedAt);
  }

  /** In the order of time. */
  get all(): readonly Pause[] {
    return longest(this.#pauses).toSorted((a, b) => a.from - b.from);
  }
}

/** What of a pause is not between two times. */
function outside(pause: Pause, from: number, until: number): readonly Pause[] {
  if (until <= pause.from || from >= pause.until) return [pause];
  const parts = [
    { from: pause.from, until: from },
    { from: until, until: pause.until },
  ];
  return parts.filter((part) => part.until - part.from >= leastMs);
}

const longest = (pauses: readonly Pause[]): Pause[] =>
  pauses.toSorted((a, b) => b.until - b.from - (a.until - a.from)).slice(0, kept);
