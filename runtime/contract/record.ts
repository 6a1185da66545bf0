import type { Change } from './change.ts';
import type { Outcome, OutcomeStatus, Position } from './outcome.ts';
import type { Known } from './state-store.ts';

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
  readonly superseded?: boolean | undefined;
  /** A later row of this run has the same primary key: what is remembered under it is of that row. Superseded as well. */
  readonly repeated?: boolean | undefined;
  /** Equal as long as no column that is read has changed; absent where the source cannot say. */
  readonly rowHash?: string | undefined;
  /** What the state store knows of the row; null where it knows nothing, absent where it was not asked. */
  readonly known?: Known | null | undefined;
  /** The record of another row of this run has its match key, until that row has renamed it. */
  readonly waitsFor?: Position | undefined;
}

/** A value of a row that did not fit its field and was left out, while the rest of the row was taken. */
export interface DroppedValue {
  /** As of a rejection. */
  readonly code: string;
  readonly field: string;
}

/** What of a source row goes with it all the way. */
interface Origin {
  readonly position: Position;
  readonly row: Row;
  readonly rowHash?: string | undefined;
  readonly known?: Known | null | undefined;
  /** Values that were left out when it was mapped; absent where there are none. */
  readonly dropped?: readonly DroppedValue[] | undefined;
}

/** A row mapped to what the destination accepts. `R` is the destination's business. */
export interface PreparedRecord<R> extends Origin {
  /** What names the row in the source. */
  readonly primaryKey: string;
  /** What names its record at the destination, normalised: equal keys mean the same record. */
  readonly matchKey: string;
  readonly record: R;
  readonly bytes: number;
  /** As how many records it counts while it waits for a request; 1 unless memory is short (deliver/weight.ts). */
  readonly weight: number;
  /** Empty where no state store remembers it. */
  readonly fingerprint: string;
  /** The destination's own id, once the row, the state store or an earlier step has given it. */
  readonly id: string | undefined;
  /** The destination no longer had it under the id from the state store, so it is looked for once more. */
  readonly isRematched?: true;
  /** The row at this position has a record with its match key, and has to let go of that first. */
  readonly waitsFor?: Position | undefined;
  /** Another row has the record of this id: the one at a position of this run, or one that the state store knows. */
  readonly contends?:
    | { readonly id: string; readonly position: Position; readonly primaryKey?: undefined }
    | { readonly id: string; readonly primaryKey: string; readonly position?: undefined }
    | undefined;
  /** The id of that record, where this row has written to it before it was known whose it is. */
  readonly overwrote?: string | undefined;
}

/** A row whose outcome is known. */
export interface Settled extends Origin {
  readonly primaryKey?: string;
  readonly matchKey?: string;
  /** Of the record that was sent; absent where the outcome needed no request. */
  readonly fingerprint?: string;
  /** The destination's id, as far as it is known by now. */
  readonly id?: string | undefined;
  /** The match key by which the destination has the record, where that is not the row's own; null where that is not known. */
  readonly knownBy?: string | null | undefined;
  /** What the destination has confirmed that it holds; absent where that is not known. */
  readonly values?: unknown;
  /** What of an existing record this run has changed. */
  readonly changes?: readonly Change[];
  /** The lists that this destination has put it on by now; absent where that is as it was. */
  readonly lists?: readonly string[] | undefined;
  /** Of a record that is to get values back: the fields that were left as somebody has changed them since. */
  readonly leftAlone?: readonly string[] | undefined;
  /** Of a deferred row: this destination created its record, and has not written all of it. */
  readonly unfinished?: boolean | undefined;
  /** Of a deferred row: what this run has done of it all the same. */
  readonly part?: PartDone | undefined;
  /** Of a deferred row: nothing that writes was sent for it. */
  readonly isUnsent?: boolean;
  /** It was rejected before for the same reason, and nothing was sent to learn that again. */
  readonly isKnownReject?: true;
  /** A later row has the same primary key: nothing is remembered of this one. */
  readonly repeated?: boolean | undefined;
  /** The record of another row, by its id, that this one has written to before it was known whose it is. */
  readonly overwrote?: string | undefined;
  /**
   * The row at this position has ended so before: since then another row has taken its record over, or was to and has not.
   * Nothing else is said of it.
   */
  readonly revises?: OutcomeStatus;
  readonly outcome: Outcome;
}

/** What was done of a row before it was left for a later run: its record was created, or changed. */
type PartDone = 'created' | 'changed';

/** A row on its way: still to be sent, or settled. */
export type Item<R> = PreparedRecord<R> | Settled;

/** Tells a settled row from one that is still to be sent. */
export const isSettled = <R>(item: Item<R>): item is Settled => 'outcome' in item;
