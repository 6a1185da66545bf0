import type { Configured, Dependencies, Destination, RunConfig } from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import { stateAt } from '../../contract/state-config.ts';
import type { WorkOptions } from '../../duckdb/work-database.ts';
import type { InventoryStore } from '../../state/inventory/inventory-store.ts';
import { openInventory } from '../../state/inventory/open-inventory.ts';
import { chosenStreams } from '../chosen-streams.ts';
import { readDoubts } from './read-doubts.ts';
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
  /** An inventory that is not older, in milliseconds, is good enough; absent: none is. */
  readonly maxAgeMs?: number | undefined;
  /**
   * Where everything would have to be read, an object is left out that has more records than so many times those that rows have; absent:
   * none is.
   */
  readonly perRow?: number | undefined;
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
  const { run, source, maxCalls, full, maxAgeMs, perRow = Number.POSITIVE_INFINITY, ...choice } = options;
  const chosen = chosenStreams(config.streams, choice).map((index) => config.streams[index]!);
  const at = stateAt(config.state);
  if (at === undefined) {
    throw new ConfigFailure(
      'state: an inventory is kept in a state store, and this configuration keeps none; set `type: duckdb` or `type: postgres`.',
      { code: 'no_state' },
    );
  }
  const connection = destination.connect(config, dependencies);
  const { inventory } = connection;
  const opened = await openInventory(at, { ...source, clock }).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  try {
    if (inventory === undefined) throw new Error('This destination cannot be asked what it has.');
    const objects = new Set(chosen.flatMap((stream) => [stream.object, connection.refersTo?.(stream) ?? []].flat()));
    const since = maxAgeMs === undefined ? undefined : clock.now() - maxAgeMs;
    const stale = await worthOf(opened.store, await staleOf(opened.store, objects, since), perRow);
    if (stale.length === 0) return [];
    connection.quota?.restore(await opened.quota());
    if (opened.shared) connection.quota?.share?.(opened.shared);
    await connection.prove(run.signal);
    if (connection.workspace) await opened.own(connection.workspace);
    const results: InventoryResult[] = [];
    let left = maxCalls;
    for (const object of stale) {
      const { store, doubts } = opened;
      const around = { inventory, store, doubts, clock, signal: run.signal, maxCalls: left, full };
      const result = await read(object, around, perRow);
      if (result === undefined) continue;
      left -= result.calls;
      results.push(result);
    }
    return results;
  } finally {
    await opened.close(connection.quota?.snapshot());
    await connection.close();
  }
}

/** Objects that rows or an inventory know something of, where no more than `perRow` records are to be read for each row. */
async function worthOf(store: InventoryStore, objects: readonly string[], perRow: number): Promise<readonly string[]> {
  if (perRow === Number.POSITIVE_INFINITY) return objects;
  const worth: string[] = [];
  for (const object of objects) {
    const isBegun = (await store.progress(object))?.began !== undefined;
    if (isBegun || (await store.countOfRows(object)) > 0) worth.push(object);
  }
  return worth;
}

type ReadAround = Parameters<typeof readInventory>[1] & Pick<Parameters<typeof readDoubts>[1], 'doubts'>;

/**
 * Reads what has changed of an object, or all of it (`full`), and then by id what that leaves in doubt. With more than `perRow` records for
 * each that a row has, only what has changed; undefined where it was never read to its end: its first page tells.
 */
async function read(object: string, around: ReadAround, perRow: number): Promise<InventoryResult | undefined> {
  const { store } = around;
  if (perRow === Number.POSITIVE_INFINITY) return settled(await readInventory(object, around), around);
  const rows = await store.countOfRows(object);
  const { began, total = 0 } = (await store.progress(object)) ?? {};
  if (began !== undefined) {
    const full = around.full && total <= rows * perRow;
    return settled(await readInventory(object, { ...around, full }), around);
  }
  const first = await readInventory(object, { ...around, maxCalls: 1 });
  if (!first.stopped || first.cause !== undefined) return settled(first, around);
  if (first.total !== null && first.total > rows * perRow) return undefined;
  return settled(await readInventory(object, around), around);
}

/** What an inventory has come to, once what it leaves in doubt was read by id. */
async function settled(result: InventoryResult, around: ReadAround): Promise<InventoryResult> {
  if (result.stopped) return result;
  const maxCalls = around.maxCalls - result.calls;
  const { calls, ...found } = await readDoubts(result.object, { ...around, maxCalls });
  const said = Object.entries(found).filter(([, count]) => count > 0);
  return { ...result, calls: result.calls + calls, ...Object.fromEntries(said) };
}

/** The objects whose inventory was last read before a time, or not to its end; all of them where there is no such time. */
async function staleOf(store: InventoryStore, objects: Iterable<string>, since: number | undefined): Promise<string[]> {
  const stale: string[] = [];
  for (const object of objects) {
    const progress = since === undefined ? undefined : await store.progress(object);
    const isFresh = progress !== undefined && progress.cursor === undefined && (progress.read ?? 0) >= since!;
    if (!isFresh) stale.push(object);
  }
  return stale;
}
