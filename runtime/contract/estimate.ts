import type { Mirror } from './mirror.ts';
import type { PreparedRecord, Row } from './record.ts';
import type { Step, Writer } from './writer.ts';

/** A writer that also says what its requests would come to: what previews and guards need, and a run does not. */
export interface EstimableWriter<R> extends Writer<R> {
  /** How it is in such a assumed, without a request. */
  estimated(assumed: Assumption): Estimate<R>;
  /**
   * How it is where everything that the destination has is known: its own steps, whose requests go no further than to that. Each
   * request is told to `sent`, with the fields that it is made for. Absent where that cannot be.
   */
  mirrored?(mirror: Mirror, sent: RequestSent): Estimate<R>;
  /** What a match key is called, and the name of a row's record as it is compared; made of the columns of the key. */
  readonly naming?: { readonly key: string; nameOf(row: Row): string | undefined };
}

/** Is told of a request, `METHOD path`, and of the fields that it is made for. */
export type RequestSent = (request: string, fields: readonly string[] | undefined) => void;

export interface Estimate<R> {
  /** Those of the writer, in its order; each answers in the destination's place. */
  readonly steps: readonly EstimatedStep<R>[];
  /** A record that something is known about, as every step takes it that may get it; absent where it stays as it is. */
  offered?(record: R): R;
}

export interface EstimatedStep<R> extends Step<R> {
  /** What a request writes of a record; absent where it is not single fields for which it is made. */
  writes?(record: PreparedRecord<R>): readonly FieldWrite[];
  /** What the destination holds of a record decides what it answers, so that an estimate cannot know. */
  readonly asks?: boolean;
}

/** A field that a request writes, and so a reason for the record to be in it. */
export interface FieldWrite {
  readonly field: string;
  /** It is emptied. */
  readonly clears: boolean;
}

/**
 * What is assumed of the records whose existence only the destination knows: that none exists, or all do; or, for each
 * record and each kind of request, what makes no more requests than the truth (`lower`), or no fewer (`upper`). The bounds leave
 * out what trouble causes: searches for a record at fault, repeated requests, records that somebody has deleted.
 */
export type Assumption = 'empty' | 'full' | Bound;
export type Bound = 'lower' | 'upper';

/** The writer, if it can be estimated. Throws where its destination has no estimates: there is nothing to preview. */
export function estimable<R>(writer: Writer<R>): EstimableWriter<R> {
  if ('estimated' in writer) return writer as EstimableWriter<R>;
  throw new Error('The writer of this destination has no estimates.');
}
