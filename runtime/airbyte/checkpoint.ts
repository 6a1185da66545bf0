import { isFinal, type Position } from '../contract/outcome.ts';
import type { Settled } from '../contract/record.ts';

/** A place in the source that someone waits for. */
interface Mark {
  readonly position: Position;
  /** How many of the rows before it were rejected; undefined until all of them are final. */
  readonly rejected: number | undefined;
}

/** Of one row: 1 where it was rejected. */
type Rejected = 0 | 1;

/** The longest prefix of the source in which every record is final, however out of order they finish. */
export class Checkpoint {
  #committed: Position;
  #rejected = 0;
  /** Final rows behind the prefix, and whether each was rejected. */
  readonly #early = new Map<Position, Rejected>();
  readonly #held = new Map<Position, Position[]>();
  readonly #holders = new Map<Position, Position>();
  #reached = 0;
  readonly #marks: { position: Position; rejected: number | undefined }[] = [];

  constructor(committed: Position = 0) {
    this.#committed = committed;
  }

  /** Every position below this one is final. */
  get committed(): Position {
    return this.#committed;
  }

  /** How many marks the prefix has reached. */
  get reached(): number {
    return this.#reached;
  }

  /** Makes a superseded row final no sooner than the row that superseded it: until then nothing has its record. */
  hold(superseded: Position, by: Position): void {
    this.#holders.set(superseded, by);
    const held = this.#held.get(by);
    if (held) held.push(superseded);
    else this.#held.set(by, [superseded]);
  }

  /** A mark at a position that the prefix has not passed yet; asked for in the order of positions. */
  mark(position: Position): Mark {
    const last = this.#marks.at(-1);
    if (last?.position === position) return last;
    const mark = { position, rejected: position <= this.#committed ? this.#rejected : undefined };
    if (mark.rejected === undefined) this.#marks.push(mark);
    return mark;
  }

  /** Returns whether the prefix grew. */
  settle(settled: readonly Settled[]): boolean {
    const before = this.#committed;
    for (const { position, outcome } of settled) {
      // A row that was held is settled already when the row that superseded it came first.
      if (position < this.#committed || !isFinal(outcome)) continue;
      if (outcome.status === 'superseded' && this.#holders.has(position)) continue;
      const rejected = outcome.status === 'rejected' ? 1 : 0;
      // Most rows come in order.
      if (position === this.#committed) this.#pass(rejected);
      else this.#early.set(position, rejected);
      this.#let(position);
    }
    this.#advance();
    return this.#committed > before;
  }

  #let(by: Position): void {
    const held = this.#held.get(by);
    if (held === undefined) return;
    this.#held.delete(by);
    for (const position of held) {
      this.#holders.delete(position);
      this.#early.set(position, 0);
      // It may have superseded another one itself: by its primary key, and was by its match key.
      this.#let(position);
    }
  }

  #advance(): void {
    for (let rejected = this.#early.get(this.#committed); rejected !== undefined; ) {
      this.#early.delete(this.#committed);
      this.#pass(rejected);
      rejected = this.#early.get(this.#committed);
    }
  }

  /** The next row is final. */
  #pass(rejected: Rejected): void {
    this.#committed++;
    this.#rejected += rejected;
    if (this.#marks[0]?.position !== this.#committed) return;
    this.#marks.shift()!.rejected = this.#rejected;
    this.#reached++;
  }
}
