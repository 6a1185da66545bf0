import type { OutcomeStatus } from '../../contract/outcome.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';

/** What a state store knows of the rows of one stream, and which of them it is asked about. */
export interface Comparison {
  /**
   * A SELECT of what is known of the stream, a row for each primary key: `place` (bigint, unique), `primary_key`,
   * `match_key`, `row_hash` (ubigint; null where the row must be looked at in any case), `outcome`, and what `known` reads.
   */
  readonly stored: string;
  /** The SQL of the JSON text of a `Known`, made of a row of `stored`. */
  readonly known: string;
  /** Nothing is known of the stream. */
  readonly isEmpty: boolean;
  /** The column that names rows; absent where SQL cannot know their names. */
  readonly primaryKeyColumn: string | undefined;
  /** The columns that count: a change in any other does not count. */
  readonly columns: readonly string[];
  /** Another salt than that of earlier runs makes every row a changed one. */
  readonly salt: string;
  /** Hands out every row, with what is known of it. */
  readonly everyRow: boolean;
  /** Called once, before the first row, and awaited. */
  readonly compared: (result: Compared) => void | Promise<void>;
}

/** What a comparison has found beside the rows it hands out. */
export interface Compared {
  /** Rows that are as the state store knows them, by the outcome that they had. */
  readonly unchanged: ReadonlyMap<OutcomeStatus, number>;
  /** How many rows the source has. */
  readonly rows: number;
  /**
   * A SELECT of `place` in `stored`: what the state store knows and the source no longer has, nor a row with its match key.
   * Good while `compared` is awaited; undefined where SQL cannot know the names of rows.
   */
  readonly removed: string | undefined;
  /** A SELECT as `Comparison.stored`, good for as long: what is stored once rows have moved. */
  readonly stored: string;
  /** A SELECT of `primary_key`, good for as long: what the source no longer has. */
  readonly gone?: string;
  /** What is stored from now on of rows whose record is another one, in the columns of `stored`. Absent: nothing moves. */
  readonly moved?: WorkTable | undefined;
  /** Rows whose match key has changed under the same primary key, and known rows that the source still has. */
  readonly rekeyed: { readonly rows: number; readonly known: number };
}
