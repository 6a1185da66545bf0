import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who has a state store open, for those who find it locked: it lies beside the store, and only tells. */
interface Holder {
  readonly host: string;
  readonly run_id: string;
  readonly since: string;
}

const beside = (path: string): string => `${path}.lock`;

/** Leaves word beside a store that this run has open. */
export function signIn(path: string, runId: string, at: number): void {
  const holder: Holder = { host: hostname(), run_id: runId, since: new Date(at).toISOString() };
  writeFileSync(beside(path), `${JSON.stringify(holder)}\n`, { mode: 0o600 });
}

export const signOut = (path: string): void => rmSync(beside(path), { force: true });

/** Whether this run, on this machine, has a store open. */
export function isHeldBy(path: string, runId: string): boolean {
  const holder = read(path);
  return holder?.run_id === runId && holder.host === hostname();
}

function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(beside(path), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Who left word beside a store, in words; empty where nobody did. */
export function holderOf(path: string): string {
  const holder = read(path);
  return holder === undefined ? '' : ` (run ${holder.run_id} on ${holder.host}, since ${holder.since})`;
}
