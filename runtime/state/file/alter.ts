import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../contract/clock.ts';
import { WorkDatabase, type WorkOptions } from '../../duckdb/work-database.ts';
import { compact } from '../compact.ts';
import { migrate, versionOf } from '../schema.ts';
import { clearLockOwner, noteLockOwner } from './lock-owner.ts';
import { noStore, notOurs } from './look.ts';
import { attachStateFile, makePrivate } from './open-file.ts';

/**
 * Has a command other than a run change a state store, in one transaction; `command` is who has it meanwhile. Throws
 * ConfigFailure where there is no store, and TransientFailure where a run has it.
 */
export async function alter<T>(
  path: string,
  command: string,
  { clock, ...options }: WorkOptions & { readonly clock: Clock },
  change: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  if (!existsSync(path)) throw noStore(path);
  const work = await WorkDatabase.open(options);
  let release: (() => void) | undefined;
  try {
    release = await attachStateFile(work, path);
    const connection = await work.connect();
    if ((await versionOf(connection, path)) === 0) throw notOurs(path);
    await migrate(connection, path);
    noteLockOwner(path, command, clock.now());
    await compact(connection);
    await connection.run('begin');
    const result = await change(connection);
    await connection.run('commit');
    return result;
  } finally {
    if (release) clearLockOwner(path);
    await work.close();
    if (release) makePrivate(path);
    release?.();
  }
}
