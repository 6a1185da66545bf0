/** A row's place in the source, carried from read to report. Never an index into a batch or an answer. */
export type Position = number;

/** Why one row will not be written. Plain data: a run may hold a million of them, so no stack traces. */
export interface Rejection {
  /** Stable and snake_case, one of the contract's reject codes. */
  readonly code: string;
  /** What happened and what was expected; names the field, never a value of the row. */
  readonly message: string;
  readonly field?: string;
  /** The endpoint that refused the record, `METHOD path`; absent where no request was made. */
  readonly endpoint?: string;
  readonly httpStatus?: number;
  /** Requests that carried the record before it was refused. */
  readonly attempts?: number;
  /** Whether the cause lies outside the row, so that sending the same row later may succeed. */
  readonly retryable?: boolean;
  /** The record at the destination that is in the way; it is another one than the row's. */
  readonly destinationId?: string;
  /** How that record was shown: opaque, and kept in the state store alone. */
  readonly evidence?: string;
}

/** What became of one row. Every row that is read gets exactly one. */
export type Outcome =
  | { readonly status: 'created' | 'updated' | 'unchanged' | 'skipped'; readonly id?: string }
  /** `sharing`: the id of the record that another row has, where that row has another match key. */
  | { readonly status: 'superseded'; readonly sharing?: string }
  | { readonly status: 'rejected'; readonly rejection: Rejection; readonly id?: string }
  | Deferred;

/** Not written yet, and not at fault: the next run takes the row. */
export interface Deferred {
  readonly status: 'deferred';
  /** One of the contract's deferred codes. */
  readonly code: string;
  readonly message: string;
  /** When the row can go on, in milliseconds since the epoch; absent where that is not known. */
  readonly retryAt?: number;
  /** The match key of the record of another stream that it waits for: a value of the row, so no part of the message. */
  readonly waitsFor?: string;
}

export type OutcomeStatus = Outcome['status'];

/** The order of the columns in every summary; the counts of these add up to the rows read. */
export const OUTCOME_STATUSES = [
  'created',
  'updated',
  'unchanged',
  'skipped',
  'superseded',
  'rejected',
  'deferred',
] as const satisfies readonly OutcomeStatus[];

/** Final outcomes do not change by sending the same record again; only these let a checkpoint pass. */
export const isFinal = ({ status }: Outcome): boolean => status !== 'deferred';
