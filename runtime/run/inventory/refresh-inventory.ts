import { existsSync } from 'node:fs';
import { durationMs } from '../../config/duration.ts';
import type { Configured, Dependencies, Destination, RunConfig } from '../../contract/destination.ts';
import { ConfigFailure, TransientFailure } from '../../contract/failure.ts';
import { type StateAt, stateAt, stateFile } from '../../contract/state-config.ts';
import { number } from '../../facts/number-text.ts';
import { isPicking } from '../picked-rows.ts';
import type { RunOptions } from '../run-options.ts';
import type { InventoryResult } from './read-inventory.ts';
import { takeInventory } from './take-inventory.ts';

// To read a hundred records takes a request, as it does to write one.
const PER_ROW = 10;

/**
 * Reads what has changed at the destination before a run or a preview, where the configuration says so, where all rows are to be compared
 * with it (`full`), or where `exact` asks for it. Resolves with what is not as it was asked for. Without `exact` nothing that keeps it from
 * being read stops what comes after.
 */
export async function refreshInventory<C extends RunConfig>(
  destination: Destination<C>,
  configured: Configured<C>,
  { only, enable, run, source, full, pick }: RunOptions,
  dependencies: Dependencies,
  exact: 'exact' | undefined,
): Promise<readonly string[]> {
  const { inventory, state } = configured.config;
  // For some rows not everything is read.
  const isFull = full === true && !(pick !== undefined && isPicking(pick));
  const at = stateAt(state);
  if (exact === undefined && (at === undefined || (inventory === undefined && !(isFull && isMade(at))))) return [];
  const options = {
    only,
    enable,
    run,
    source,
    // One that is configured is read within its bounds: what is new comes first.
    full: isFull && inventory === undefined,
    ...howOf(inventory, { isExact: exact !== undefined, isFull }),
  };
  try {
    const results = await takeInventory(destination, configured, options, dependencies);
    return results.filter(({ stopped }) => stopped).map(said);
  } catch (error) {
    if (exact || !(isRefused(error) || isHeldByOther(error, at))) throw error;
    return [`inventory: ${error.message} It goes on without one.`];
  }
}

/** How much is read: all that is new where it is asked for, and as much as the configuration allows where nothing but that asks. */
function howOf(
  inventory: RunConfig['inventory'],
  { isExact, isFull }: { readonly isExact: boolean; readonly isFull: boolean },
) {
  if (isExact) return { maxCalls: Number.POSITIVE_INFINITY };
  if (inventory === undefined) return { maxCalls: Number.POSITIVE_INFINITY, perRow: PER_ROW };
  return { maxCalls: inventory.max_calls, ...(!isFull && { maxAgeMs: durationMs(inventory.max_age) }) };
}

/** Whether a store may hold something: where there is none, no row is known, and none is made for nothing. */
function isMade(at: StateAt): boolean {
  const path = stateFile(at);
  return path === undefined || existsSync(path);
}

/** Whether a run that goes on beside this one has the store: this one needs a part of it only. */
const isHeldByOther = (error: unknown, at: StateAt | undefined): error is TransientFailure =>
  typeof at !== 'string' && error instanceof TransientFailure && error.code === 'state_in_use';

/** Whether the plan or the key is what does not allow it: a run needs neither. */
const isRefused = (error: unknown): error is ConfigFailure =>
  error instanceof ConfigFailure && error.httpStatus !== undefined && error.code !== 'unauthorized';

function said({ object, known, total, cause }: InventoryResult): string {
  const of = total === null ? '' : ` of ${number(total)}`;
  return `inventory: ${number(known)}${of} ${object} are known. It is not complete yet, and goes on with the next run${cause ? `: ${cause.message}` : '.'}`;
}
