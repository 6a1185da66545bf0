import type { Configured, Dependencies, Destination, RunConfig } from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import { stateAt } from '../../contract/state-config.ts';
import type { WorkOptions } from '../../duckdb/work-database.ts';
import { openInventory } from '../../state/inventory/open-inventory.ts';
import { chosenStreams } from '../chosen-streams.ts';
import { type InventoryResult, readInventory } from './read-inventory.ts';

interface TakeOptions {
  readonly run: AbortController;
  /** Only the objects of these streams; none: of all. */
  readonly only: readonly string[];
  readonly enable?: boolean | undefined;
  readonly source: WorkOptions;
  readonly maxCalls: number;
  /** Everything is read, whatever is known. */
  readonly full: boolean;
}

/**
 * Reads what the destination has of the objects that the streams write to into the state store, and nothing else. Throws
 * ConfigFailure where there is no store, or where the plan or the credentials do not allow it.
 */
export async function takeInventory<C extends RunConfig>(
  destination: Destination<C>,
  { config }: Configured<C>,
  options: TakeOptions,
  dependencies: Dependencies,
): Promise<readonly InventoryResult[]> {
  const { clock } = dependencies;
  const { run, source, maxCalls, full, ...choice } = options;
  const chosen = chosenStreams(config.streams, choice).map((index) => config.streams[index]!);
  const at = stateAt(config.state);
  if (at === undefined) {
    throw new ConfigFailure('state: an inventory is kept in the state store, and `state.type` is none.', {
      code: 'no_state',
    });
  }
  const connection = destination.connect(config, dependencies);
  const { inventory } = connection;
  const opened = await openInventory(at, { ...source, clock }).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  try {
    if (inventory === undefined) throw new Error('This destination cannot be asked what it has.');
    connection.quota?.restore(await opened.quota());
    await connection.prove(run.signal);
    if (connection.workspace) await opened.own(connection.workspace);
    const results: InventoryResult[] = [];
    let left = maxCalls;
    const objects = chosen.flatMap((stream) => [stream.object, connection.refersTo?.(stream) ?? []].flat());
    for (const object of new Set(objects)) {
      const around = { inventory, store: opened.store, clock, signal: run.signal, maxCalls: left, full };
      const result = await readInventory(object, around);
      left -= result.calls;
      results.push(result);
    }
    return results;
  } finally {
    await opened.close(connection.quota?.snapshot());
    await connection.close();
  }
}
