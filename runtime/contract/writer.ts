import type { Change } from './change.ts';
import type { Decision } from './decision.ts';
import type { TransientFailure } from './failure.ts';
import type { Outcome, Position, Rejection } from './outcome.ts';
import type { DroppedValue, PreparedRecord, Row } from './record.ts';
import type { Known } from './state-store.ts';

/** How the rows of one stream become requests: `map` each one, then offer it to the steps in order. */
export interface Writer<R> {
  /** The source columns that `map` reads. */
  readonly columns: readonly string[];
  readonly key: RowKey;
  /** Pure and total: never throws, never waits. */
  map(row: Row): Mapped<R>;
  readonly steps: readonly Step<R>[];
  /** Equal as long as equal rows make equal requests; absent where that is not known. */
  readonly version?: string;
  /** What the state store is told of records, and what is made of what it knows; absent: their ids are enough. */
  readonly memory?: Memory<R>;
  /** What a person may decide of single rows. Absent where nothing can be decided. */
  readonly decisions?: {
    /** The row, as a person has decided of it. Pure. */
    decide(row: Accepted<R>, decision: Decision): Mapped<R>;
    /** The match keys of the record that a decision gives to its row; none where it gives none, or where they are not known. Pure. */
    matchKeysOf(decision: Decision): readonly string[];
  };
  /** How its records refer to records of other streams; absent where none does. */
  readonly links?: Links<R>;
  /** How far the destination's clock is ahead of this machine's, in milliseconds, as far as answers show it. Absent: it is not known. */
  aheadMs?(): number;
}

/** What is remembered of records, and what that saves. */
interface Memory<R> {
  /** What is to be remembered of a record, as it is by now; absent: nothing beside its id. */
  learned?(record: R): Learned;
  /** Fields that people call otherwise than values and changes do, with the names that the configuration gives them. */
  readonly fieldNames?: ReadonlyMap<string, string>;
  /**
   * What is left to do for a record that the state store knows, or its outcome where nothing is left; onward without an id, it
   * is looked for. Pure. Absent: all of it is written.
   */
  delta?(record: PreparedRecord<R>, known: Known): Answer<R>;
  /**
   * The record as it is when nothing is known of it, to look for it once more where the destination no longer has it; undefined
   * where that needs nothing more. Absent where the row alone tells its id.
   */
  rematch?(record: PreparedRecord<R>): R | undefined;
  /**
   * Instead of `rematch`, where the id tells the record: all of it is still to be written, once another row that has come to the same
   * record is done with it.
   */
  again?(record: PreparedRecord<R>): R;
}

const nothing: Learned = {};

/** What a run has learned of a record. */
export const learnedBy = <R>({ memory }: Pick<Writer<R>, 'memory'>, record: R): Learned =>
  memory?.learned?.(record) ?? nothing;

/** How records of a stream refer to records that other streams write: each has `Mapped.link`, or refers to none. */
interface Links<R> {
  /** What the other streams write, as `StreamConfig.object`. */
  readonly object: string;
  /** The row, once the id of the record with the match key `Mapped.link` is known. Pure. */
  linked(row: Accepted<R>, id: string): Accepted<R>;
  /** Why a row waits whose other record no run knows. */
  readonly missing: { readonly code: string; readonly message: string };
}

/** What names the rows of a stream, and their records. */
export interface RowKey {
  /** The source columns that `matchKeyOf` reads. */
  readonly columns: readonly string[];
  /** The normalised match key of a row; undefined for a row that has none, and will be rejected. Never throws. */
  matchKeyOf(row: Row): string | undefined;
  /** The source column that holds the primary key; absent where a row's match key is its primary key. */
  readonly primaryKeyColumn?: string | undefined;
  /** Kinds of match keys, as stands before their first colon, that an update gives a record. None by default. */
  readonly renames?: readonly string[] | undefined;
  /** A record whose row does not tell its id has the one that any stream has learned for its match key. */
  readonly isShared?: boolean | undefined;
}

/** What a run has learned of a record. */
export interface Learned {
  /** What the destination has confirmed that it holds, as plain JSON for the state store. */
  readonly values?: unknown;
  /** What of an existing record this run has changed, with what it held before, for those who want it back. */
  readonly changes?: readonly Change[] | undefined;
  /** The lists that this destination has put it on, in this run or before; absent where that is as it was. */
  readonly lists?: readonly string[] | undefined;
  /** The fields that are still to be written; absent where any may be. */
  readonly pending?: readonly string[];
  /** This destination has created it, in this run or in an earlier one that could not finish it. */
  readonly isCreated?: boolean;
  /** The destination has confirmed that it has the record under the match key of its row. */
  readonly isNamed?: boolean | undefined;
  /** A person has said that it is the row's record: it is known by another match key until `isNamed`. */
  readonly isAdopted?: boolean | undefined;
  /** Of a record that is to get values back: the fields that were left as somebody has changed them since. */
  readonly leftAlone?: readonly string[];
}

/** A row that can be sent. */
export interface Accepted<R> {
  readonly ok: true;
  readonly primaryKey: string;
  readonly matchKey: string;
  readonly record: R;
  /** What of the row will be written: its size and fingerprint are taken from this. */
  readonly content: unknown;
  /** The destination's id, where the row itself carries it. */
  readonly id?: string | undefined;
  /** Values of the row that did not fit and were left out of `record` and `content`; absent where there are none. */
  readonly dropped?: readonly DroppedValue[] | undefined;
  /** The match key of the record of another stream that this one is to refer to; absent where it refers to none. */
  readonly link?: string | undefined;
}

export type Mapped<R> =
  | Accepted<R>
  | { readonly ok: false; readonly primaryKey?: string; readonly matchKey?: string; readonly rejection: Rejection };

/** One kind of request, to one endpoint. */
export interface Step<R> {
  /** The request, as the run summary counts it: `METHOD path`. Empty where it makes none. */
  readonly request: string;
  readonly limits: StepLimits;
  /** Sending a record twice leaves the destination as sending it once. */
  readonly idempotent: boolean;

  takes(record: PreparedRecord<R>): boolean;

  /**
   * Makes one request. Resolves with an answer for each record; throws a Failure that concerns them all. A step that
   * writes awaits `announce` when it is sure to send, just before it does; it resolves with the time at which the state
   * store has noted that, in milliseconds since the epoch by the destination's clock, or with nothing where it takes no note.
   */
  send(
    records: readonly PreparedRecord<R>[],
    signal: AbortSignal,
    announce?: () => Promise<number | undefined>,
  ): Promise<Answers<R>>;

  /** It may bring records into being. */
  readonly creates?: boolean;

  /** Which records share a request; absent where any may. */
  readonly sharing?: Sharing<R>;

  /** What a request says of a record; absent where it says nothing. */
  readonly content?: Content<R> | undefined;
}

/** Which records share a request. */
interface Sharing<R> {
  /** Only those do that agree on this. */
  key?(record: PreparedRecord<R>): string;
  /** Two that share one of these never do: the destination could take one for the other. */
  conflicts?(record: PreparedRecord<R>): readonly string[];
  /**
   * Asked when part-filled batches have to go, the fullest first, at the end of the source above all: which of them cost
   * fewer requests in the whole where their records are sent otherwise. Returns all records of those, as they are then
   * offered again, to other batches of this step or to later steps.
   */
  relax?(batches: readonly (readonly PreparedRecord<R>[])[]): readonly PreparedRecord<R>[];
}

/** What a request says of a record: it tells which records hold a value for which a request was refused. */
interface Content<R> {
  /** As it goes over the wire. */
  of(record: PreparedRecord<R>): unknown;
  /** The field whose value stands there, by the keys on the way to it. */
  fieldAt?(path: readonly string[]): string | undefined;
}

export interface StepLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly maxInFlight: number;
  /** Records, by their weight, that may wait for those in flight, so that they hold up no other step. */
  readonly maxWaiting: number;
  /** Refused requests of several records that a run may spend on finding those at fault. */
  readonly maxRefused: number;
  /** Requests in a row that may be lost before the destination counts as down. */
  readonly maxLost: number;
  /** Why no request may be made now, whatever it carries; undefined where one may. A step that writes says so. */
  closed?(): TransientFailure | undefined;
}

/**
 * What a step says of a record. `onward` is not an end: a later step takes the record from here, under the `id` that
 * the destination has it by. `record` is what has become of it, where the step has done a part of the work or the rest;
 * `overwrote` the id of the record that was written to instead of the one that was asked for. `mayBeWritten`: a request
 * that carried it was not answered, so that what its pending fields hold is not known.
 */
export type Answer<R> =
  | (Outcome & {
      readonly record?: R;
      readonly overwrote?: string | undefined;
      readonly mayBeWritten?: boolean | undefined;
    })
  | { readonly status: 'onward'; readonly id?: string; readonly record?: R };
export type Answers<R> = ReadonlyMap<Position, Answer<R>>;
