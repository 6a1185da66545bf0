import type { Rejection } from './outcome.ts';
import type { Settled } from './record.ts';

/** What earlier runs learned, by primary key. Saves requests; losing it costs requests, never data. */
export interface StateStore {
  recall(primaryKeys: readonly string[]): Promise<ReadonlyMap<string, Known>>;
  record(settled: readonly Settled[]): Promise<void>;
}

/** The last answer the destination gave for a record: it has it under `id`, or refused it. */
export interface Known {
  readonly fingerprint: string;
  readonly id?: string;
  readonly rejection?: Rejection;
}

/** Remembers nothing: every run starts from what the destination says. */
export const noStateStore: StateStore = {
  recall: async () => new Map(),
  record: async () => undefined,
};
