import { mkdirSync, readdirSync, rmSync, statfsSync, symlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

// Machines may share the folder that it is made in.
const prefix = `destination-apollo-tests-${hostname()}-`;
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
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'), 'junction');
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

/** Folders of runs on this machine whose process is no more. */
export function leftIn(parent: string): readonly string[] {
  return readdirSync(parent)
    .filter((name) => name.startsWith(prefix) && !isThere(Number(name.slice(prefix.length))))
    .map((name) => join(parent, name));
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
