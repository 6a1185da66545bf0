import type { SentCall } from '../contract/destination.ts';

/** How many requests of one window the server has counted, by its answers, which overtake each other. */
export class ShownCount {
  #used = 0;
  #shownAt = Number.NEGATIVE_INFINITY;

  /** The highest count of the window that is open. */
  get used(): number {
    return this.#used;
  }

  /**
   * An answer says so many. True where it shows that the window has opened again: a lower count says so only where its
   * request was sent after the higher one was read.
   */
  show(used: number, { startedAt, ms }: Pick<SentCall, 'startedAt' | 'ms'>): boolean {
    const hasReopened = used < this.#used && startedAt > this.#shownAt;
    if (hasReopened || used > this.#used) {
      this.#used = used;
      this.#shownAt = startedAt + ms;
    }
    return hasReopened;
  }
}
