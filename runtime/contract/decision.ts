/** What a person has decided of a row. */
export interface Decision {
  /** One of the words of `Decisions`. */
  readonly word: string;
  /** The record that a rejection of the row has named when it was decided; absent where none had. */
  readonly conflict?: Conflict | undefined;
  /** Another row of the stream has that record. */
  readonly isTaken?: true;
}

/** A record at the destination that is in the way of a row. */
interface Conflict {
  readonly id: string;
  /** How it was shown, as `Rejection.evidence`; absent where a person was shown its id alone. */
  readonly evidence?: string | undefined;
  /** That of the row when it was refused: with another one it may be another person's. */
  readonly matchKey?: string | undefined;
}

/** Where the decisions of a stream stand, and what they may say. */
export interface Decisions {
  /** Where it is configured, for messages. */
  readonly path: string;
  /** The column that holds them, or the CSV file; one of the two. */
  readonly column?: string | undefined;
  readonly file?: string | undefined;
  readonly words: readonly string[];
  /** Words that answer a rejection which the state store remembers. */
  readonly answers: readonly string[];
}
