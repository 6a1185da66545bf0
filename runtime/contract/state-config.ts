import type { SecretConfig } from './source-config.ts';

/** What is remembered between runs, and where. */
export type StateConfig =
  | { readonly type: 'none' | 'duckdb'; readonly path?: string | undefined }
  | ServerState
  | LakeState;

/** A state store in tables of a PostgreSQL database. */
export interface ServerState extends ServerAddress {
  readonly type: 'postgres';
}

/** A state store in a DuckLake: its catalogue in a file or in PostgreSQL, its data in a folder or an object store. */
export interface LakeState extends ServerAddress {
  readonly type: 'ducklake';
  /** The file of the catalogue; absent where it is in PostgreSQL. */
  readonly path?: string | undefined;
  /** Where data is; default: beside the file of the catalogue. */
  readonly data_path?: string | undefined;
  /** What opens the object store. */
  readonly secrets?: readonly SecretConfig[] | undefined;
}

/** Where in a PostgreSQL database: by an address, or by its parts. */
export interface ServerAddress {
  /** `postgres://user:password@host:5432/database?sslmode=require` */
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly sslmode?: string | undefined;
  readonly schema: string;
  /** Where DuckDB looks for its extension; default: where the source has it look. */
  readonly extension_directory?: string | undefined;
}

/** Where a state store is: the path of a DuckDB file, or the database or lake that holds it. */
export type StateAt = string | ServerState | LakeState;

/** Where a configuration keeps its state; undefined where it keeps none. */
export function stateAt(state: StateConfig | undefined): StateAt | undefined {
  if (state?.type === 'postgres' || state?.type === 'ducklake') return state;
  return state?.type === 'duckdb' ? state.path : undefined;
}

/** The one file of a state store that is this machine's; undefined where a server holds it. */
export function stateFile(at: StateAt): string | undefined {
  if (typeof at === 'string') return at;
  return at.type === 'ducklake' ? at.path : undefined;
}
