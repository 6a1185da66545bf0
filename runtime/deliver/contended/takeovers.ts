import type { Outcome, OutcomeStatus, Position } from '../../contract/outcome.ts';
import { type Item, isSettled, type PreparedRecord, type Settled } from '../../contract/record.ts';
import type { Claims } from './claims.ts';
import { Statuses } from './statuses.ts';

/** Outcomes after which the record has what the row says, or is left alone for its sake. */
type WithRecord = Exclude<OutcomeStatus, 'superseded' | 'rejected' | 'deferred'>;

/** A row that waits for the row that has its record. */
export type Contending<R> = PreparedRecord<R> & { readonly contends: NonNullable<PreparedRecord<R>['contends']> };

/** A record that a row takes over, and the row that was settled with it before. */
interface Takeover {
  readonly id: string;
  readonly from: { readonly position: Position; readonly status: WithRecord } | undefined;
}

type StatusOf = (position: Position) => OutcomeStatus | undefined;

/**
 * Rows that come to records which earlier rows of the run have: of each record the last of them takes over and is looked for
 * once more. Where it comes to another record by then, since what the earlier row wrote is what it was matched by, the earlier
 * row keeps the record, and the next of those that wait takes over.
 */
export class Takeovers<R> {
  readonly #claims: Claims;
  /** How rows have ended that have come through the first round. */
  readonly #passed = new Statuses();
  /** How rows have ended whose outcome has been said. */
  readonly #ended = new Statuses();
  /** By position, the rows that have not come to the record that they take over so far. */
  readonly #pending = new Map<Position, Takeover>();
  /** By position and record, all rows that were to take one over. */
  readonly #all = new Set<string>();
  /** By the position of the row for whose end they wait. */
  readonly #waiting = new Map<Position, Contending<R>[]>();
  /** Rows for another round. */
  #again: PreparedRecord<R>[] = [];

  constructor(claims: Claims) {
    this.#claims = claims;
  }

  /** How the row at a position has ended in its first round or in a later one; undefined as long as it has not. */
  statusOf(position: Position): OutcomeStatus | undefined {
    return this.#passed.of(position) ?? this.#ended.of(position);
  }

  /** Takes down how a row has ended in its first round: what is said of it next comes after that. */
  passed({ position, outcome }: Settled): void {
    this.#passed.set(position, outcome.status);
  }

  /** Whether a row that comes to the record of the row at `holder` comes too late to take it over. */
  isLost({ position, isRematched }: PreparedRecord<R>, id: string, holder: Position): boolean {
    if (holder > position) return !this.#pending.has(holder);
    // Two rows would take it from each other for ever.
    return isRematched === true && this.#all.has(`${position} ${id}`);
  }

  /** What happens to rows that wait for records, once the rows that have those have come through the first round. */
  released(waiting: readonly Contending<R>[]): readonly Item<R>[] {
    return this.#released(waiting, (position) => this.statusOf(position));
  }

  #released(waiting: readonly Contending<R>[], statusOf: StatusOf): readonly Item<R>[] {
    return byRecord(waiting).flatMap((rows) => this.#releasedOf(rows, statusOf));
  }

  #releasedOf(rows: readonly Contending<R>[], statusOf: StatusOf): readonly Item<R>[] {
    const last = rows.reduce((latest, one) => (one.position > latest.position ? one : latest));
    const { contends, ...free } = last;
    const { id, primaryKey } = contends;
    const holder = this.#claims.holderOf(id);
    const status = holder === undefined ? undefined : statusOf(holder);
    if (holder !== undefined && status === undefined) return this.#wait(rows, holder);
    // A row that need not be read keeps its record.
    const isKept = holder === undefined ? primaryKey !== undefined : holder > last.position;
    if (isKept) return rows.map((row) => superseded(row, id));
    const rest = rows.filter((row) => row !== last);
    this.#wait(rest, last.position);
    const from =
      holder !== undefined && status !== undefined && hasRecord(status) ? { position: holder, status } : undefined;
    return [...this.#takenOver(id, last.position, from), { ...free, isRematched: true }];
  }

  #wait(rows: readonly Contending<R>[], holder: Position): readonly never[] {
    if (rows.length > 0) this.#waiting.set(holder, [...(this.#waiting.get(holder) ?? []), ...rows]);
    return [];
  }

  /** Gives a record to a row. The row that was settled with it has it no longer. */
  #takenOver(id: string, by: Position, from: Takeover['from']): readonly Settled[] {
    this.#claims.take(id, by);
    this.#all.add(`${by} ${id}`);
    this.#pending.set(by, { id, from });
    return from === undefined ? [] : [revision(from.position, from.status, { status: 'superseded', sharing: id })];
  }

  /**
   * Rows at the end of a round: their outcomes, and those of rows that have waited for them. Rows that have come to the record
   * of another one go on waiting.
   */
  ended(items: readonly (Settled | Contending<R>)[]): readonly Settled[] {
    if (this.#pending.size + this.#waiting.size > 0 || !items.every(isSettled)) {
      return items.flatMap((item) => this.#endedWith(item));
    }
    // Most rows have none that wait for them.
    for (const { position, outcome } of items) this.#ended.set(position, outcome.status);
    return items;
  }

  #endedWith(item: Settled | Contending<R>): readonly Settled[] {
    if (isSettled(item)) this.#ended.set(item.position, item.outcome.status);
    if (isSettled(item) && item.revises !== undefined) return [item];
    const kept = this.#keptFrom(item);
    const waiting = this.#waiting.get(item.position) ?? [];
    this.#waiting.delete(item.position);
    const contending = isSettled(item) ? waiting : [...waiting, item];
    const decided = this.#released(contending, (position) => this.#ended.of(position));
    const settled: Settled[] = isSettled(item) ? [item, ...kept] : [...kept];
    for (const one of decided) {
      if (isSettled(one)) settled.push(...this.#endedWith(one));
      else this.#again.push(one);
    }
    return settled;
  }

  /** The row that keeps its record, since the one that was to take it over has come to another one or to none. */
  #keptFrom(item: Settled | Contending<R>): readonly Settled[] {
    const takeover = this.#pending.get(item.position);
    if (takeover === undefined) return [];
    this.#pending.delete(item.position);
    const { id, from } = takeover;
    if (isSettled(item) && item.id === id) return [];
    if (from === undefined) {
      this.#claims.release(id);
      return [];
    }
    const { position, status } = from;
    this.#claims.take(id, position);
    this.#ended.set(position, status);
    return [revision(position, 'superseded', { status, id })];
  }

  /** Rows for another round, once this one is through; none where every row has come to its end. */
  again(): readonly PreparedRecord<R>[] {
    const rows = this.#again;
    this.#again = [];
    if (rows.length > 0) return rows;
    // None are left, since no row that waits has a record. Were there any, each would go on once more: none is without an outcome.
    const left = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const { position, contends } of left) this.#all.add(`${position} ${contends.id}`);
    return left.map(({ contends: _, ...free }) => ({ ...free, isRematched: true }));
  }
}

export const hasRecord = (status: OutcomeStatus): status is WithRecord =>
  status !== 'superseded' && status !== 'rejected' && status !== 'deferred';

export const isContending = <R>(item: Item<R>): item is Contending<R> =>
  !isSettled(item) && item.contends !== undefined;

/** The outcome of a row whose record another one has. A run that was killed may have written this row there. */
export function superseded<R>(item: PreparedRecord<R>, id: string): Settled {
  const { position, row, rowHash, known, dropped, primaryKey, matchKey, fingerprint } = item;
  const { overwrote = known?.intended === undefined ? undefined : id } = item;
  const outcome: Outcome = { status: 'superseded', sharing: id };
  return { position, row, rowHash, known, dropped, primaryKey, matchKey, fingerprint, overwrote, outcome };
}

const revision = (position: Position, revises: OutcomeStatus, outcome: Outcome): Settled => ({
  position,
  row: {},
  revises,
  outcome,
});

function byRecord<R>(rows: readonly Contending<R>[]): readonly (readonly Contending<R>[])[] {
  const groups = new Map<string, Contending<R>[]>();
  for (const row of rows) {
    const { id } = row.contends;
    groups.set(id, [...(groups.get(id) ?? []), row]);
  }
  return [...groups.values()];
}
