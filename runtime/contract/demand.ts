import type { Deferred } from './outcome.ts';

/** Which rows their consumer still takes. A source that has it counts the others instead of handing them out. */
export interface Demand {
  /** Asked before each page, about the rows of that page. */
  next(): Wanted;
  /** Gets the rows of a page that are not handed out. */
  counted(rows: CountedRows, why: Deferred): void;
}

interface Wanted {
  /** Rows of the page at most, where some are wanted. */
  readonly pageRows: number;
  /** Rows that are not to be handed out; none where it is absent. */
  readonly unwanted?: Unwanted | undefined;
}

/**
 * `new` rows are those that the state store does not know. Whatever is said here, rows that it knows are
 * handed out where another row supersedes them or waits for them: what they leave behind must be seen to.
 */
export interface Unwanted {
  readonly rows: 'new' | 'all';
  readonly why: Deferred;
}

/** Rows that are not mapped. */
interface CountedRows {
  readonly deferred: number;
  readonly superseded: number;
}
