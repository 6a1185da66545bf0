import type { Change } from './change.ts';
import type { TransientFailure } from './failure.ts';
import type { Outcome, Position, Rejection } from './outcome.ts';
import type { DroppedValue, PreparedRecord, Row } from './record.ts';
import type { Known } from './state-store.ts';

/** How the rows of one stream become requests: `map` each one, then offer it to the steps in order. */
export interface Writer<R> {
  /** The source columns that `map` reads. */
  readonly columns: readonly string[];
  /** The source columns that `matchKeyOf` reads. */
  readonly keyColumns: readonly string[];
  /** The source column that holds the primary key; absent where a row's match key is its primary key. */
  readonly primaryKeyColumn?: string | undefined;
  /** Equal as long as equal rows make equal requests; absent where nobody can say. */
  readonly version?: string;
  /** The normalised match key of a row; undefined for a row that has none, and will be rejected. Never throws. */
  matchKeyOf(row: Row): string | undefined;
  /** What a match key is called, and the name of a row's record as it is compared; made of `keyColumns`. For a preview. */
  readonly naming?: { readonly key: string; nameOf(row: Row): string | undefined };
  /** Pure and total: never throws, never waits. */
  map(row: Row): Mapped<R>;
  readonly steps: readonly Step<R>[];
  /** What is left to do for a record of which the state store knows something, or its outcome where nothing is. Pure. */
  since?(record: PreparedRecord<R>, known: Known): Answer<R>;
  /** The fields that are still to be written of a record; absent where any may be. */
  pendingOf?(record: R): readonly string[];
  /** What the destination has confirmed that it holds of a record, as plain JSON for the state store. */
  confirmed?(record: R): unknown;
  /** What of an existing record this run has changed, with what it held before, for those who want it back. */
  changes?(record: R): readonly Change[];
  /** Of a record that is to get values back: the fields that were left as somebody has changed them since. */
  leftAlone?(record: R): readonly string[];
  /** The lists that this destination has put a record on, in this run or before; absent where that is as it was. */
  listsOf?(record: R): readonly string[] | undefined;
  /** Whether this destination has created the record, in this run or in an earlier one that could not finish it. */
  isCreated?(record: R): boolean;
  /** A record of which something is known, as every step takes it that may come to: for the bound `most` of a preview. */
  mostOf?(record: R): R;
  /** Kinds of match keys, as stands before their first colon, that an update gives a record. None by default. */
  readonly renames?: readonly string[];
  /** Whether the destination has confirmed that it has a record under the match key of its row. */
  isNamed?(record: R): boolean;
  /** The record as it is when nothing is known of it; absent where its row alone tells its id. */
  anew?(record: PreparedRecord<R>): R;
  /** A record that the destination no longer has needs nothing more. */
  readonly isDoneWhenGone?: boolean;
  /** A record whose row does not tell its id has the one that any stream has learned for its match key. */
  readonly findsByMatchKey?: boolean;
}

export type Mapped<R> =
  | {
      readonly ok: true;
      readonly primaryKey: string;
      readonly matchKey: string;
      readonly record: R;
      /** What of the row will be written: its size and fingerprint are taken from this. */
      readonly content: unknown;
      /** The destination's id, where the row itself carries it. */
      readonly id?: string;
      /** Values of the row that did not fit and were left out of `record` and `content`; absent where there are none. */
      readonly dropped?: readonly DroppedValue[] | undefined;
    }
  | { readonly ok: false; readonly primaryKey?: string; readonly matchKey?: string; readonly rejection: Rejection };

/** One kind of request, to one endpoint. */
export interface Step<R> {
  /** The request, as the run summary counts it: `METHOD path`. */
  readonly request: string;
  readonly limits: StepLimits;
  /** Sending a record twice leaves the destination as sending it once. */
  readonly idempotent: boolean;

  takes(record: PreparedRecord<R>): boolean;

  /** Records share a request only if they agree on this; absent where any may. */
  batchKey?(record: PreparedRecord<R>): string;

  /** Two records that share one of these never share a request: the destination could take one for the other. */
  conflictKeys?(record: PreparedRecord<R>): readonly string[];

  /**
   * Asked when part-filled batches have to go, the fullest first, at the end of the source above all: which of them cost
   * fewer requests in the whole where their records are sent otherwise. Returns all records of those, as they are then
   * offered anew, to other batches of this step or to later steps.
   */
  relax?(batches: readonly (readonly PreparedRecord<R>[])[]): readonly PreparedRecord<R>[];

  /** What a request writes of a record; absent where it is not single fields for which it is made. */
  writes?(record: PreparedRecord<R>): readonly FieldWrite[];

  /**
   * What a request says of a record, as it goes over the wire; absent where it says nothing. For previews, and to find the
   * records that hold a value for which a request was refused.
   */
  payload?(record: PreparedRecord<R>): unknown;

  /** The field whose value stands there in `payload`, by the keys on the way to it. */
  fieldAt?(path: readonly string[]): string | undefined;

  /** What the destination holds of a record decides what it answers, so that a preview cannot know. */
  readonly asks?: boolean;

  /** It may bring records into being. */
  readonly creates?: boolean;

  /** Why no request of its kind may be made now, whatever it carries; undefined where one may. A step that writes says so. */
  closed?(): TransientFailure | undefined;

  /**
   * Makes one request. Resolves with an answer for each record; throws a Failure that concerns them all. A step that
   * writes awaits `announce` when it is sure to send, just before it does; it resolves with the time at which the state
   * store has noted that, in milliseconds since the epoch, or with nothing where nobody takes note.
   */
  send(
    records: readonly PreparedRecord<R>[],
    signal: AbortSignal,
    announce?: () => Promise<number | undefined>,
  ): Promise<Answers<R>>;

  /** What `send` would answer in such a world, without a request: a preview counts calls with it. */
  rehearse(records: readonly PreparedRecord<R>[], world: World): Answers<R>;
}

/** A field of a record that a request writes, for the sake of which the record is in it. */
export interface FieldWrite {
  readonly field: string;
  /** It is emptied. */
  readonly clears: boolean;
}

/**
 * What is assumed of the records whose existence only the destination knows: that none exists, or all do; or, of each for
 * itself and for each kind of request, what makes no more of them than the truth, or no fewer. The bounds leave out what
 * comes of trouble: searches for a record at fault, repeated requests, records that somebody has deleted.
 */
export type World = 'empty' | 'full' | Bound;
export type Bound = 'least' | 'most';

export interface StepLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly maxInFlight: number;
  /** Records that may wait for those in flight, so that they hold up no other step. */
  readonly maxWaiting: number;
  /** Refused requests of several records that a run may spend on finding those at fault. */
  readonly maxRefused: number;
  /** Requests in a row that may be lost before the destination counts as down. */
  readonly maxLost: number;
}

/**
 * What a step says of a record. `onward` is not an end: a later step takes the record from here, under the `id` that
 * the destination has it by. `record` is what has become of it, where the step has done a part of the work or the rest.
 */
export type Answer<R> =
  | (Outcome & { readonly record?: R })
  | { readonly status: 'onward'; readonly id?: string; readonly record?: R };
export type Answers<R> = ReadonlyMap<Position, Answer<R>>;
