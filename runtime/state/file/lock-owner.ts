import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which run has a state store open, in a file beside the store: it names the owner of the lock and does not lock. */
interface LockOwner {
  readonly host: string;
  readonly run_id: string;
  readonly since: string;
}

const beside = (path: string): string => `${path}.lock`;

/** Notes beside a store that this run has it open. */
export function noteLockOwner(path: string, runId: string, at: number): void {
  const owner: LockOwner = { host: hostname(), run_id: runId, since: new Date(at).toISOString() };
  writeFileSync(beside(path), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
}

export const clearLockOwner = (path: string): void => rmSync(beside(path), { force: true });

/** Whether this run, on this machine, has a store open. */
export function isLockedBy(path: string, runId: string): boolean {
  const owner = read(path);
  return owner?.run_id === runId && owner.host === hostname();
}

function read(path: string): LockOwner | undefined {
  try {
    return JSON.parse(readFileSync(beside(path), 'utf8')) as LockOwner;
  } catch {
    return undefined;
  }
}

/** The owner of a store as its note names it, for a message; empty where there is no note. */
export function lockOwnerText(path: string): string {
  const owner = read(path);
  return owner === undefined ? '' : ` (run ${owner.run_id} on ${owner.host}, since ${owner.since})`;
}
