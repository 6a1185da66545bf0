/** Settings of the work database that every source takes. */
interface WorkConfig {
  /** Memory for DuckDB's part of the work, as DuckDB writes it: `512MB`. What is beyond it goes to the disk. */
  readonly memory_limit?: string | undefined;
}

/** A DuckDB database file, and what else is attached; with neither, an empty database whose queries read files. */
export interface DuckDbSourceConfig extends WorkConfig {
  readonly type: 'duckdb';
  readonly database?: string | undefined;
  /** Where DuckDB looks for extensions; default: its own directory in the home directory. */
  readonly extension_directory?: string | undefined;
  readonly extensions?: readonly ExtensionConfig[] | undefined;
  readonly secrets?: readonly SecretConfig[] | undefined;
  readonly attach?: readonly AttachConfig[] | undefined;
  /** Settings of DuckDB and of its extensions, by name. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** A DuckDB extension: its name, or its name and the repository that it comes from. */
type ExtensionConfig = string | { readonly name: string; readonly repo?: string | undefined };

/** What a parameter of a secret may be. */
type SecretValue = string | number | boolean | readonly (string | number)[] | Readonly<Record<string, string | number>>;

/** Credentials, with the parameters that DuckDB has for their type. */
export interface SecretConfig {
  readonly type: string;
  readonly name?: string | undefined;
  readonly provider?: string | undefined;
  readonly scope?: string | readonly string[] | undefined;
  readonly [parameter: string]: SecretValue | undefined;
}

/** A database that is attached for reading. */
export interface AttachConfig {
  /** A file, an address, or what the extension takes; empty where the secret says it all. */
  readonly path: string;
  readonly type?: string | undefined;
  readonly alias?: string | undefined;
  /** The name of one of the secrets. */
  readonly secret?: string | undefined;
  readonly read_only?: boolean | undefined;
  /** What else ATTACH takes for this type. */
  readonly options?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** An Arrow IPC stream or file, the path `-` being standard input; or a program that writes one. Streams may have programs of their own. */
interface ArrowSourceConfig extends WorkConfig {
  readonly type: 'arrow';
  readonly path?: string | undefined;
  /** The program and its arguments. */
  readonly command?: readonly string[] | undefined;
  /** Whether a stream that ends between two messages, without the end-of-stream marker, counts as cut. Default true. */
  readonly require_end_marker?: boolean | undefined;
}

/** A ClickHouse server, over its HTTP interface. */
interface ClickHouseSourceConfig extends WorkConfig {
  readonly type: 'clickhouse';
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** A JWT, in place of user and password. */
  readonly access_token?: string | undefined;
  readonly database?: string | undefined;
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** A SQL warehouse of Databricks, with a token, or with the id and the secret of a service principal. */
interface DatabricksSourceConfig extends WorkConfig {
  readonly type: 'databricks';
  readonly url: string;
  readonly warehouse_id: string;
  readonly access_token?: string | undefined;
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
  readonly catalog?: string | undefined;
  readonly schema?: string | undefined;
}

export type SourceConfig = DuckDbSourceConfig | ArrowSourceConfig | ClickHouseSourceConfig | DatabricksSourceConfig;
