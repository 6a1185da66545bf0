import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../contract/clock.ts';
import type { SharedQuota } from '../../contract/rate-limit-window.ts';

/** Who takes a state store, and for what. */
export interface Holder {
  readonly runId: string;
  readonly now: number;
  /** The streams that it writes, where several runs share a store; absent: all of it. */
  readonly streams?: readonly string[] | undefined;
  /** Of a store that several runs share: the token of leases that were taken for this run before. */
  readonly lease?: string | undefined;
  /** Whether a store is made where there is none. */
  readonly make: boolean;
}

/** A state store, or streams of it, that no other run writes meanwhile. */
export interface Hold {
  /** The streams that are held; undefined where the whole store is. */
  readonly streams: readonly string[] | undefined;
  /** It is lost unless a transaction comes at least so often; absent: it is never lost. */
  readonly renewEveryMs?: number;
  /** Rate limits that those share who share the store; `ready` throws where this run may send nothing any more. */
  readonly share?: (around: { readonly clock: Clock; readonly ready: () => Promise<void> }) => SharedQuota;
  /** Runs a transaction that changes what is of all streams while no other run does so; absent where there is no other. */
  readonly alone?: (transaction: () => Promise<void>) => Promise<void>;
  /** Plans of statements last from one transaction to the next, as those of a database file. */
  readonly keepsPlans?: boolean;
  /** First and last statement of each transaction: it fails where another run has what was held. Absent: it is held for good. */
  fence?(connection: DuckDBConnection): Promise<void>;
  /** Makes good what the commits of a run have left behind, once it has ended; returns why that could not be done. */
  tidy?(connection: DuckDBConnection): Promise<string | undefined>;
  /** To be called after each transaction. */
  committed(): void;
  /** Gives it back. */
  release(): Promise<void>;
}
