import { chmodSync, copyFileSync, existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { makeFolder } from '../../config/make-folder.ts';
import { ConfigFailure, type Failure, messageOf, TransientFailure } from '../../contract/failure.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { identifier } from '../../duckdb/sql.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import { CATALOG, migrate, SCHEMA_VERSION, versionOf } from '../schema.ts';
import type { Hold, Holder } from './hold.ts';
import { clearLockOwner, lockOwnerText, noteLockOwner } from './lock-owner.ts';
import { noStore, notOurs } from './no-store.ts';

// Locks of files are between processes: within this one two runs would write to one file (measured, DuckDB 1.5).
const open = new Set<string>();

/** The one name of a file that may not exist yet, whose folder does. */
const trueName = (path: string): string => join(realpathSync(dirname(path)), path.split('/').at(-1) ?? path);

/** A state store that is a file, or has one. */
interface StoreFile {
  readonly at: StateAt;
  readonly path: string;
  /** Has the work database know it, to write it; DuckDB locks the file. */
  readonly attach: () => Promise<void>;
}

/** Attaches the file of a state store, for this run alone; see `attachStateFile`. It is brought to the newest version. */
export function holdFile(work: WorkDatabase, path: string, holder: Holder): Promise<Hold> {
  const attach = () => work.attachBeside(path, CATALOG, { readOnly: false });
  return holdFileOf(work, { at: path, path, attach }, holder);
}

/** As `holdFile`, for any store with a file. */
export async function holdFileOf(
  work: WorkDatabase,
  { at, path, attach }: StoreFile,
  { runId, now, make }: Holder,
): Promise<Hold> {
  if (!make && !existsSync(path)) throw noStore(at);
  const unlock = await attachStateFile(path, attach);
  const connection = await work.connect();
  try {
    if (!make && (await versionOf(connection, at)) === 0) throw notOurs(path);
    await migrate(connection, at);
    noteLockOwner(path, runId, now);
  } catch (error) {
    unlock();
    throw error;
  } finally {
    work.release(connection);
  }
  return {
    streams: undefined,
    keepsPlans: typeof at === 'string',
    committed: () => makePrivate(path),
    release: async () => {
      clearLockOwner(path);
      makePrivate(path);
      unlock();
    },
  };
}

/**
 * Attaches the file of a state store, made where there is none, for this run alone. Returns what gives it back. Throws
 * TransientFailure that names who has it open, or ConfigFailure that says why it is not a state store.
 */
async function attachStateFile(path: string, attach: () => Promise<void>): Promise<() => void> {
  makeFolderOf(path);
  const name = trueName(path);
  if (open.has(name)) throw held(path, 'this very process');
  open.add(name);
  try {
    await attach();
    makePrivate(path);
    return () => open.delete(name);
  } catch (error) {
    open.delete(name);
    throw error instanceof ConfigFailure ? error : explainedOpening(path, messageOf(error));
  }
}

/**
 * Attaches the file of a state store to look into it, as it is; false where there is none. What an earlier version has written
 * is looked into by a copy that is brought up to date.
 */
export async function attachFileToRead(work: WorkDatabase, path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    await work.attachBeside(path, CATALOG, { readOnly: true });
  } catch (error) {
    throw explainedOpening(path, messageOf(error));
  }
  const connection = await work.connect();
  try {
    const version = await versionOf(connection, path);
    if (version > 0 && version < SCHEMA_VERSION) await attachCopy(work, connection, path);
    return true;
  } finally {
    work.release(connection);
  }
}

async function attachCopy(work: WorkDatabase, connection: DuckDBConnection, path: string): Promise<void> {
  const copy = join(work.directory, 'state.duckdb');
  for (const end of ['', '.wal']) if (existsSync(path + end)) copyFileSync(path + end, copy + end);
  await connection.run(`detach ${identifier(CATALOG)}`);
  await work.attachBeside(copy, CATALOG, { readOnly: false });
  await migrate(connection, path);
}

function makeFolderOf(path: string): void {
  try {
    makeFolder(dirname(path), 0o700);
  } catch (error) {
    throw new ConfigFailure(`state.path: the folder of ${path} cannot be made: ${messageOf(error)}`, {
      code: 'invalid_state',
    });
  }
}

/** DuckDB makes its files as the process would; these hold people's data. */
function makePrivate(path: string): void {
  for (const file of [path, `${path}.wal`]) if (existsSync(file)) chmodSync(file, 0o600);
}

/** Why the file of a state store cannot be opened, as DuckDB says it. */
export function explainedOpening(path: string, message: string): Failure {
  const owner = /lock is held in (.*?)(?:\. |$)/m.exec(message)?.[1];
  if (owner !== undefined) return held(path, owner);
  if (/not a valid DuckDB database/i.test(message)) {
    return new ConfigFailure(`state.path: ${path} exists, and is not a DuckDB file; choose another path.`, {
      code: 'invalid_state',
    });
  }
  if (/already attached|Unique file handle conflict/i.test(message)) {
    return new ConfigFailure(`state.path: ${path} is the source as well; expected a file of its own.`, {
      code: 'invalid_state',
    });
  }
  return new ConfigFailure(`state.path: ${path} cannot be opened: ${message}`, { code: 'invalid_state' });
}

/** It is open to one run at a time: that one ends, and then this one can be made. */
const held = (path: string, owner: string): TransientFailure =>
  new TransientFailure(
    `state.path: ${path} is in use by ${owner}${lockOwnerText(path)}. A state store is open to one run at a time. Nothing was sent; run again when that one has ended.`,
    { code: 'state_in_use', delivery: 'not-delivered' },
  );
