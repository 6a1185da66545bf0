import type { Clock } from '../../contract/clock.ts';
import type { Refused } from '../request.ts';
import { weightOfAll } from '../weight.ts';
import { shuffled } from './shuffled.ts';

/** Refused batches that wait to be searched, up to such a weight. */
export class Aside<R> {
  readonly #maxWeight: number;
  readonly #clock: Clock;
  #refused: Refused<R>[] = [];
  #weight = 0;

  constructor(maxWeight: number, clock: Clock) {
    this.#maxWeight = maxWeight;
    this.#clock = clock;
  }

  /** Keeps batches, and takes out those for which there is no room: any of them, so that none is always the last. */
  put(refused: readonly Refused<R>[]): readonly Refused<R>[] {
    if (refused.length === 0) return [];
    this.#refused = [...shuffled([...this.#refused, ...refused], this.#clock)];
    for (const { records } of refused) this.#weight += weightOfAll(records);
    const surplus: Refused<R>[] = [];
    while (this.#weight > this.#maxWeight) {
      const taken = this.#refused.pop()!;
      this.#weight -= weightOfAll(taken.records);
      surplus.push(taken);
    }
    return surplus;
  }

  /** Takes out what is left, in an order of chance. */
  async *takeAll(): AsyncGenerator<Refused<R>, void, void> {
    for (let taken = this.#refused.pop(); taken !== undefined; taken = this.#refused.pop()) yield taken;
  }
}
