import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigFailure } from '../contract/failure.ts';
import { messageOf } from '../duckdb/source-failure.ts';
import type { WorkDatabase } from '../duckdb/work-database.ts';
import { holderOf } from './holder.ts';
import { CATALOG } from './schema.ts';

// Locks of files are between processes: within this one two runs would write to one file (measured, DuckDB 1.5).
const open = new Set<string>();

/** The one name of a file that may not exist yet, whose folder does. */
const trueName = (path: string): string => join(realpathSync(dirname(path)), path.split('/').at(-1) ?? path);

/**
 * Attaches the file of a state store, made where there is none, for this run alone. Returns what gives it back. Throws
 * ConfigFailure that names who has it open, or says why it is none.
 */
export async function attachStateFile(work: WorkDatabase, path: string): Promise<() => void> {
  makeFolder(path);
  const name = trueName(path);
  if (open.has(name)) throw held(path, 'this very process');
  open.add(name);
  try {
    await work.attachBeside(path, CATALOG, { readOnly: false });
    makePrivate(path);
    return () => open.delete(name);
  } catch (error) {
    open.delete(name);
    throw explained(path, messageOf(error));
  }
}

/** Attaches the file of a state store to look into it; false where there is none. */
export async function attachToRead(work: WorkDatabase, path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    await work.attachBeside(path, CATALOG, { readOnly: true });
    return true;
  } catch (error) {
    throw explained(path, messageOf(error));
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConfigFailure(`state.path: the folder of ${path} cannot be made: ${messageOf(error)}`, {
      code: 'invalid_state',
    });
  }
}

/** DuckDB makes its files as the process would; these hold people's data. */
export function makePrivate(path: string): void {
  for (const file of [path, `${path}.wal`]) if (existsSync(file)) chmodSync(file, 0o600);
}

function explained(path: string, message: string): ConfigFailure {
  const holder = /lock is held in (.*?)(?:\. |$)/m.exec(message)?.[1];
  if (holder !== undefined) return held(path, holder);
  if (/not a valid DuckDB database/i.test(message)) {
    return new ConfigFailure(`state.path: ${path} exists, and is no DuckDB file; choose another path.`, {
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

const held = (path: string, holder: string): ConfigFailure =>
  new ConfigFailure(
    `state.path: ${path} is in use by ${holder}${holderOf(path)}. Nobody else can open a state store until that run has ended.`,
    { code: 'state_in_use' },
  );
