import type { Clock } from '../../contract/clock.ts';
import type { Workspace } from '../../contract/destination.ts';
import type { RateLimitState } from '../../contract/rate-limit-window.ts';
import { WorkDatabase, type WorkOptions } from '../../duckdb/work-database.ts';
import { compact } from '../compact.ts';
import { clearLockOwner, noteLockOwner } from '../file/lock-owner.ts';
import { attachStateFile, makePrivate } from '../file/open-file.ts';
import { keepOwner, ownershipOf, requireOwner } from '../file/ownership.ts';
import { quotaRows, quotaStates } from '../runs/quota-windows.ts';
import { migrate, stateTable } from '../schema.ts';
import { appendRows } from '../table-rows.ts';
import { InventoryStore } from './inventory-store.ts';

/** A state store that is open for an inventory, and for no run. */
export interface OpenInventory {
  readonly store: InventoryStore;
  /** The rate limits that were kept. */
  quota(): Promise<Readonly<Record<string, RateLimitState>>>;
  /** Takes the store for a workspace. Throws ConfigFailure where it belongs to another one. */
  own(workspace: Workspace): Promise<void>;
  /** Gives the file back, with the rate limits as they are now. */
  close(quota?: Readonly<Record<string, RateLimitState>>): Promise<void>;
}

/** Opens the file, made where there is none. Throws TransientFailure where a run has it. */
export async function openInventory(
  path: string,
  { clock, ...options }: WorkOptions & { readonly clock: Clock },
): Promise<OpenInventory> {
  const work = await WorkDatabase.open(options);
  let release: (() => void) | undefined;
  const end = async (): Promise<void> => {
    if (release) clearLockOwner(path);
    await work.close();
    if (release) makePrivate(path);
    release?.();
  };
  try {
    release = await attachStateFile(work, path);
    const connection = await work.connect();
    await migrate(connection, path);
    noteLockOwner(path, 'inventory', clock.now());
    await compact(connection);
    const transact = async (change: () => Promise<void>): Promise<void> => {
      await connection.run('begin');
      try {
        await change();
        await connection.run('commit');
      } catch (error) {
        await connection.run('rollback').catch(() => undefined);
        throw error;
      }
    };
    let owner: Workspace | undefined;
    return {
      store: new InventoryStore(connection, transact),
      quota: () => quotaStates(connection),
      async own(workspace) {
        requireOwner(await ownershipOf(connection), { workspace, streams: [] }, path);
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
