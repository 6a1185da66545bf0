import type { Outcome, Position } from './outcome.ts';

/**
 * One source row: column name to value, as JSON can carry it without loss. 64-bit integers, decimals, dates and
 * timestamps are strings (ISO 8601, UTC with `Z` where the source knows the zone); nested values stay nested.
 */
export type Row = Readonly<Record<string, unknown>>;

/** A row as a source hands it out. */
export interface SourceRow {
  readonly position: Position;
  readonly row: Row;
  /** A later row of this run has the same match key. A source marks these; unmarked match keys are unique. */
  readonly superseded?: boolean;
}

/** A row mapped to what the destination accepts. `R` is the destination's business. */
export interface PreparedRecord<R> {
  readonly position: Position;
  readonly row: Row;
  /** What names the row in the source. */
  readonly primaryKey: string;
  /** What names its record at the destination, normalised: equal keys mean the same record. */
  readonly matchKey: string;
  readonly record: R;
  readonly bytes: number;
  readonly fingerprint: string;
  /** The destination's own id, once the row, the state store or an earlier step has told it. */
  readonly id: string | undefined;
}

/** A row whose outcome is known. */
export interface Settled {
  readonly position: Position;
  /** The source row, for the rejects file. */
  readonly row: Row;
  readonly primaryKey?: string;
  readonly matchKey?: string;
  /** Of the record that was sent; absent where the outcome needed no request. */
  readonly fingerprint?: string;
  readonly outcome: Outcome;
}

/** A row on its way: still to be sent, or settled. */
export type Item<R> = PreparedRecord<R> | Settled;

/** Tells a settled row from one that is still to be sent. */
export const isSettled = <R>(item: Item<R>): item is Settled => 'outcome' in item;
