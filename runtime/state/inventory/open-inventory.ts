import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../contract/clock.ts';
import type { Workspace } from '../../contract/destination.ts';
import type { RateLimitState, SharedQuota } from '../../contract/rate-limit-window.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { WorkDatabase, type WorkOptions } from '../../duckdb/work-database.ts';
import { Commits } from '../commits.ts';
import { compact, compactLarge } from '../compact.ts';
import type { Hold } from '../file/hold.ts';
import { requireOwner } from '../file/owner.ts';
import { keepOwner, ownershipOf } from '../file/ownership.ts';
import { holdStore } from '../file/store.ts';
import { explainedWrite } from '../file/store-failure.ts';
import { keepQuota, quotaStates } from '../runs/quota-windows.ts';
import { Doubts } from './doubts.ts';
import { InventoryStore } from './inventory-store.ts';

/** Who has the store meanwhile. */
const INVENTORY = 'inventory';

/** A state store that is open for an inventory, and for no run. */
interface OpenInventory {
  readonly store: InventoryStore;
  readonly doubts: Doubts;
  /** Rate limits that runs over the store share; absent where it has one run at a time. */
  readonly shared: SharedQuota | undefined;
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
  let commits: Commits | undefined;
  const end = async (): Promise<void> => {
    await commits?.end();
    await work.close();
    await hold?.release();
  };
  try {
    hold = await holdStore(work, at, { runId: INVENTORY, now: clock.now(), make: true });
    const connection = await work.connect();
    commits = new Commits(connection, { hold, explain: (error) => explainedWrite(error, at) });
    await compactLarge(connection, commits, work);
    await commits.transact(() => compact(connection));
    return opened({ at, clock, connection, commits, hold, end });
  } catch (error) {
    await end();
    throw error;
  }
}

interface Opened {
  readonly at: StateAt;
  readonly clock: Clock;
  readonly connection: DuckDBConnection;
  readonly commits: Commits;
  readonly hold: Hold;
  readonly end: () => Promise<void>;
}

function opened({ at, clock, connection, commits, hold, end }: Opened): OpenInventory {
  const shared = hold.share?.({ clock, ready: () => commits.ensureHeld() });
  let owner: Workspace | undefined;
  return {
    store: new InventoryStore(connection, commits),
    doubts: new Doubts(connection, commits),
    shared,
    quota: () => commits.read(() => quotaStates(connection)),
    async own(workspace) {
      const kept = await commits.read(() => ownershipOf(connection));
      requireOwner(kept, { workspace, streams: [] }, at);
      owner = workspace;
      await commits.transact(() => keepOwner(connection, { workspace, streams: [], runId: INVENTORY }));
    },
    async close(quota) {
      await shared?.close();
      try {
        if (owner && quota && shared === undefined) await commits.transact(() => keepQuota(connection, owner!, quota));
      } finally {
        await end();
      }
    },
  };
}
