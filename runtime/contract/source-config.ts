/** Settings of the work database that every source takes. */
interface WorkConfig {
  /** Memory for DuckDB's part of the work, as DuckDB writes it: `512MB`. What is beyond it goes to the disk. */
  readonly memory_limit?: string | undefined;
}

/** A DuckDB database file; without one, an empty database whose queries read files. */
export interface DuckDbSourceConfig extends WorkConfig {
  readonly type: 'duckdb';
  readonly database?: string | undefined;
  /** Where DuckDB looks for extensions; default: its own directory in the home directory. */
  readonly extension_directory?: string | undefined;
}

/** An Arrow IPC stream or file; the path `-` is standard input. */
export interface ArrowSourceConfig extends WorkConfig {
  readonly type: 'arrow';
  readonly path: string;
  /** Whether a stream that ends between two messages, without the end-of-stream marker, counts as cut. Default true. */
  readonly require_end_marker?: boolean | undefined;
}

export type SourceConfig = DuckDbSourceConfig | ArrowSourceConfig;
