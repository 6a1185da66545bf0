import type { DuckDBConnection } from '@duckdb/node-api';

/** Who takes a state store, and for what. */
export interface Holder {
  readonly runId: string;
  readonly now: number;
  /** The streams that it writes, where several runs share a store; absent: all of it. */
  readonly streams?: readonly string[] | undefined;
  /** Whether a store is made where there is none. */
  readonly make: boolean;
}

/** A state store, or streams of it, that no other run writes meanwhile. */
export interface Hold {
  /** The streams that are held; undefined where the whole store is. */
  readonly streams: readonly string[] | undefined;
  /** It is lost unless a transaction comes at least so often; absent: it is never lost. */
  readonly renewEveryMs?: number;
  /** First and last statement of each transaction: it fails where another run has what was held. */
  fence(connection: DuckDBConnection): Promise<void>;
  /** To be called after each transaction. */
  committed(): void;
  /** Gives it back. */
  release(): Promise<void>;
}
