import { mkdirSync, readdirSync, rmSync, statfsSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'destination-apollo-tests-';
const hourMs = 3_600_000;
let folder: string | undefined;

/**
 * Gives a run of the tests one folder for all its temporary files, to be removed in the end with what tests that failed and
 * processes that were killed have left. A run that was killed itself leaves its folder to a later one.
 */
export function setup(): void {
  const parent = process.env['TMPDIR'] ?? inMemory() ?? tmpdir();
  for (const left of leftIn(parent)) remove(left);
  folder = join(parent, `${prefix}${process.pid}`);
  mkdirSync(folder);
  // What is bundled into the folder finds the packages that are not.
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
  process.env['TMPDIR'] = folder;
}

/** What vitest calls when all tests have ended. */
export function teardown(): void {
  if (folder !== undefined) remove(folder);
}

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** A folder in memory, where there is a big one: a state store waits for its disk several times a run. */
function inMemory(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 4e9 ? '/dev/shm' : undefined;
  } catch {
    return undefined;
  }
}

/** Folders of runs whose process is no more, and was none of another machine that shares the folder, by all that can be told. */
export function leftIn(parent: string, now = Date.now()): readonly string[] {
  return readdirSync(parent)
    .filter((name) => name.startsWith(prefix) && !isThere(Number(name.slice(prefix.length))))
    .map((name) => join(parent, name))
    .filter((folder) => now - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? now) > hourMs);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
