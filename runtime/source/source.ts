import type { Demand } from '../contract/demand.ts';
import type { Row, SourceRow } from '../contract/record.ts';
import type { RowKey } from '../contract/writer.ts';
import type { WorkDatabase } from '../duckdb/work-database.ts';
import type { Comparison } from './diff/comparison.ts';
import type { SourceIdentity } from './source-identity.ts';

/** A column of a relation; `type` is the source's own name for it. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** Which rows: a table or a query of a DuckDB source; an Arrow source is one relation and takes neither. */
export interface Relation {
  /** As in SQL: up to three parts, dots between them, double quotes around a part that needs them. */
  readonly table?: string;
  /** One SELECT statement in DuckDB's SQL. */
  readonly query?: string;
  /** How many rows are enough, whichever they are; a source may bring more. Absent: all are read. */
  readonly first?: number | undefined;
  /** Of an Arrow source: the program that writes the rows, and its arguments. */
  readonly command?: readonly string[];
  /** Where the configuration names it, for messages: `streams[0]`. */
  readonly path: string;
}

/** What names the record of a row, and the columns it is made of. */
export interface KeyReader extends Pick<RowKey, 'columns' | 'matchKeyOf' | 'primaryKeyColumn' | 'renames'> {
  /** Gets, before the first row, how many will be handed out. */
  readonly counted?: (rows: number) => void;
  /** The columns that will be looked at. A source that is far away may leave out all others; absent: all are wanted. */
  readonly reads?: readonly string[] | undefined;
  /** Gets, before the first row, what a person should know of the rows. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Gets, before the first row, how many rows a later one of the same match key supersedes. */
  readonly repeats?: ((rows: number) => void) | undefined;
  /** Which rows are still wanted; absent: all of them. */
  readonly demand?: Demand | undefined;
  /** Asks how many rows have a match key that stands under several names; answered before the first row. */
  readonly naming?: { nameOf(row: Row): string | undefined; shared(rows: number): void } | undefined;
}

/** Where the rows of a run come from. */
export interface Source {
  /** The DuckDB in which rows are staged and compared, and to which a state store attaches its file. */
  readonly work: WorkDatabase;

  /** Columns in order. Throws ConfigFailure (`invalid_source`) naming the file, table or query and what is wrong. */
  columns(relation: Relation): Promise<readonly Column[]>;

  /**
   * Rows in source order, in chunks, positions from 0; earlier rows of a match key or a primary key carry `superseded`. Ends only after
   * the last row: throws TransientFailure (`source_unreadable`) before the first row when the source cannot be read to
   * its end, and the signal's reason once the signal aborts. With a comparison, rows that are as the state store knows
   * them are not handed out but counted; positions then have gaps. Nor are those that `key.demand` does not want.
   */
  rows(
    relation: Relation,
    key: KeyReader,
    signal: AbortSignal,
    comparison?: Comparison,
  ): AsyncIterable<readonly SourceRow[]>;

  /** Which rows a relation is, to tell it from another one in a later run. Reads none of them. */
  identity(relation: Relation): Promise<SourceIdentity>;

  /** Ends what is being read and removes the temporary files. Safe to call twice. */
  close(): Promise<void>;
}

export interface SourceOptions {
  /** What the path `-` of an Arrow source reads. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** Aborted to stop what waits for a source to begin. */
  readonly stop?: AbortSignal | undefined;
  /** Gets each line that a program which brings rows writes to its standard error. */
  readonly tell?: ((line: string) => void) | undefined;
  /** Where proxies are named. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What the program calls itself to servers. */
  readonly userAgent?: string | undefined;
  /** The folder in which temporary files may be made. */
  readonly temporaryDirectory: string;
  /** Memory this process may use, where it is limited: a fifth of it is the default of `memory_limit`, 1 GB at most. */
  readonly constrainedMemoryBytes?: number | undefined;
}
