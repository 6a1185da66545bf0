/** What is remembered between runs, and where. */
export type StateConfig = { readonly type: 'none' | 'duckdb'; readonly path?: string | undefined } | ServerState;

/** A state store in tables of a PostgreSQL database: by an address, or by its parts. */
export interface ServerState {
  readonly type: 'postgres';
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

/** Where a state store is: the path of a DuckDB file, or the database that holds it. */
export type StateAt = string | ServerState;

/** Where a configuration keeps its state; undefined where it keeps none. */
export function stateAt(state: StateConfig | undefined): StateAt | undefined {
  if (state?.type === 'postgres') return state;
  return state?.type === 'duckdb' ? state.path : undefined;
}
