/** What a column holds, as far as its source says it. */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'date' | 'datetime';

/** Kinds by column; a column that is not in it may hold anything. */
export type ColumnKinds = ReadonlyMap<string, ColumnKind>;

/** Distinct values of rows, by column. */
export type ColumnValues = ReadonlyMap<string, readonly unknown[]>;

/** Something that the destination lacks, and that a run makes because the configuration asks for it. */
export interface Made {
  /** What it is and where, without a value of a row: `custom field "Customer Tier" (string) of contacts`. */
  readonly what: string;
  /** The request that makes it, `METHOD path`. */
  readonly request: string;
  /** Of what comes from rows, each one that is made: names of options. Absent of what the configuration names. */
  readonly names?: readonly string[];
}

/** What is missing, and the stream as it is written once that is there. */
export interface Provided<O> {
  readonly makes: readonly Made[];
  readonly opened: O;
}

/** How a stream gets what it needs at the destination, before its rows are sent. */
export interface Provision<O> {
  /** Columns whose values decide what is missing; none where the configuration alone does. */
  readonly columns: readonly string[];
  /** Requests that look at what is there, in a run that makes something for the stream. */
  readonly lookups: Readonly<Record<string, number>>;
  /** What is missing for rows with these values; `opened` has stand-ins for it. Sends nothing that writes. */
  plan(values: ColumnValues, signal: AbortSignal): Promise<Provided<O>>;
  /**
   * Makes what is missing, and nothing that is there by then. Throws ConfigFailure where the destination refuses it, and
   * TransientFailure where it cannot be said whether it was made.
   */
  make(values: ColumnValues, signal: AbortSignal): Promise<Provided<O>>;
}
