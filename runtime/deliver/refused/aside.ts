import type { Clock } from '../../contract/clock.ts';
import type { Refused } from '../request.ts';
import { shuffled } from './shuffled.ts';

/** Refused batches that wait to be searched, up to so many records. */
export class Aside<R> {
  readonly #maxRecords: number;
  readonly #clock: Clock;
  #refused: Refused<R>[] = [];
  #records = 0;

  constructor(maxRecords: number, clock: Clock) {
    this.#maxRecords = maxRecords;
    this.#clock = clock;
  }

  /** Keeps batches, and takes out those for which there is no room: any of them, so that none is always the last. */
  put(refused: readonly Refused<R>[]): readonly Refused<R>[] {
    if (refused.length === 0) return [];
    this.#refused = [...shuffled([...this.#refused, ...refused], this.#clock)];
    this.#records += refused.reduce((sum, { records }) => sum + records.length, 0);
    const surplus: Refused<R>[] = [];
    while (this.#records > this.#maxRecords) {
      const taken = this.#refused.pop()!;
      this.#records -= taken.records.length;
      surplus.push(taken);
    }
    return surplus;
  }

  /** Takes out what is left, in an order of chance. */
  async *takeAll(): AsyncGenerator<Refused<R>, void, void> {
    for (let taken = this.#refused.pop(); taken !== undefined; taken = this.#refused.pop()) yield taken;
  }
}
