import type { StateAt } from '../../contract/state-config.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import { attachLakeToRead, holdLake } from '../lake/hold-lake.ts';
import { versionOf } from '../schema.ts';
import { attachServer } from '../server/attach-server.ts';
import { holdServer } from '../server/hold-server.ts';
import type { Hold, Holder } from './hold.ts';
import { attachFileToRead, holdFile } from './open-file.ts';

/**
 * Attaches a state store for a run or a command that writes it, whatever kind of store it is. Throws TransientFailure where another
 * one has it, and ConfigFailure that says why it cannot be one.
 */
export const holdStore = (work: WorkDatabase, at: StateAt, holder: Holder): Promise<Hold> =>
  typeof at === 'string'
    ? holdFile(work, at, holder)
    : at.type === 'ducklake'
      ? holdLake(work, at, holder)
      : holdServer(work, at, holder);

/** Attaches a state store to look into it, as it is; false where there is none. Throws ConfigFailure where it cannot be one. */
export async function attachToRead(work: WorkDatabase, at: StateAt): Promise<boolean> {
  if (typeof at === 'string') return attachFileToRead(work, at);
  if (at.type === 'ducklake') return attachLakeToRead(work, at);
  await attachServer(work, at, 'read_only');
  const connection = await work.connect();
  try {
    return (await versionOf(connection, at)) > 0;
  } finally {
    work.release(connection);
  }
}
