import { isFinal, type Position } from './outcome.ts';
import type { Settled } from './record.ts';

/** The longest prefix of the source in which every record is final, however out of order they finish. */
export class Checkpoint {
  #committed: Position;
  readonly #early = new Set<Position>();

  constructor(committed: Position = 0) {
    this.#committed = committed;
  }

  /** Every position below this one is final. */
  get committed(): Position {
    return this.#committed;
  }

  /** Returns whether the prefix grew. */
  settle(settled: readonly Settled[]): boolean {
    const before = this.#committed;
    for (const { position, outcome } of settled) if (isFinal(outcome)) this.#early.add(position);
    while (this.#early.delete(this.#committed)) this.#committed++;
    return this.#committed > before;
  }
}
