import { durationMs } from '../../config/duration.ts';
import type { Configured, Dependencies, Destination, RunConfig } from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import { number } from '../../facts/number-text.ts';
import type { RunOptions } from '../run-options.ts';
import type { InventoryResult } from './read-inventory.ts';
import { takeInventory } from './take-inventory.ts';

/**
 * Reads what has changed at the destination before a run or a preview, where the configuration says so, or where `exact` asks for it.
 * Resolves with what is not as it was asked for. Without `exact` nothing that keeps it from being read stops what comes after.
 */
export async function refreshInventory<C extends RunConfig>(
  destination: Destination<C>,
  configured: Configured<C>,
  { only, enable, run, source }: RunOptions,
  dependencies: Dependencies,
  exact: 'exact' | undefined,
): Promise<readonly string[]> {
  const { inventory, state } = configured.config;
  if (exact === undefined && (inventory === undefined || state?.type !== 'duckdb')) return [];
  const how = {
    maxCalls: exact || inventory === undefined ? Number.POSITIVE_INFINITY : inventory.max_calls,
    maxAgeMs: exact || inventory === undefined ? undefined : durationMs(inventory.max_age),
  };
  try {
    const options = { only, enable, run, source, full: false, ...how };
    const results = await takeInventory(destination, configured, options, dependencies);
    return results.filter(({ stopped }) => stopped).map(said);
  } catch (error) {
    if (exact || !isRefused(error)) throw error;
    return [`inventory: ${error.message} It goes on without one.`];
  }
}

/** Whether the plan or the key is what does not allow it: a run needs neither. */
const isRefused = (error: unknown): error is ConfigFailure =>
  error instanceof ConfigFailure && error.httpStatus !== undefined && error.code !== 'unauthorized';

function said({ object, known, total, cause }: InventoryResult): string {
  const of = total === null ? '' : ` of ${number(total)}`;
  return `inventory: ${number(known)}${of} ${object} are known. It is not complete yet, and goes on with the next run${cause ? `: ${cause.message}` : '.'}`;
}
