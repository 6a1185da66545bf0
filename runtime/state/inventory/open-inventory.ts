import type { Clock } from '../../contract/clock.ts';
import type { Workspace } from '../../contract/destination.ts';
import type { RateLimitState } from '../../contract/rate-limit-window.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { WorkDatabase, type WorkOptions } from '../../duckdb/work-database.ts';
import { compact } from '../compact.ts';
import type { Hold } from '../file/hold.ts';
import { keepOwner, ownershipOf, requireOwner } from '../file/ownership.ts';
import { holdStore } from '../file/store.ts';
import { quotaRows, quotaStates } from '../runs/quota-windows.ts';
import { stateTable } from '../schema.ts';
import { appendRows } from '../table-rows.ts';
import { InventoryStore } from './inventory-store.ts';

/** A state store that is open for an inventory, and for no run. */
interface OpenInventory {
  readonly store: InventoryStore;
  /** The rate limits that were kept. */
  quota(): Promise<Readonly<Record<string, RateLimitState>>>;
  /** Takes the store for a workspace. Throws ConfigFailure where it belongs to another one. */
  own(workspace: Workspace): Promise<void>;
  /** Gives the store back, with the rate limits as they are now. */
  close(quota?: Readonly<Record<string, RateLimitState>>): Promise<void>;
}

/** Opens the store, made where there is none. Throws TransientFailure where a run has it. */
export async function openInventory(
  at: StateAt,
  { clock, ...options }: WorkOptions & { readonly clock: Clock },
): Promise<OpenInventory> {
  const work = await WorkDatabase.open(options);
  let hold: Hold | undefined;
  const end = async (): Promise<void> => {
    await work.close();
    await hold?.release();
  };
  try {
    const held = await holdStore(work, at, { runId: 'inventory', now: clock.now(), make: true });
    hold = held;
    const connection = await work.connect();
    const transact = async (change: () => Promise<void>): Promise<void> => {
      await connection.run('begin');
      try {
        await held.fence(connection);
        await change();
        await held.fence(connection);
        await connection.run('commit');
      } catch (error) {
        await connection.run('rollback').catch(() => undefined);
        throw error;
      }
    };
    await transact(() => compact(connection));
    let owner: Workspace | undefined;
    return {
      store: new InventoryStore(connection, transact),
      quota: () => quotaStates(connection),
      async own(workspace) {
        requireOwner(await ownershipOf(connection), { workspace, streams: [] }, at);
        owner = workspace;
        await transact(() => keepOwner(connection, workspace, []));
      },
      async close(quota) {
        if (owner && quota) {
          await transact(async () => {
            await connection.run(`delete from ${stateTable('quota_windows')}`);
            await appendRows(connection, 'quota_windows', quotaRows(owner!.id ?? owner!.address, quota));
          });
        }
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
