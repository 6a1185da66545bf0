import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who has a state store open, for those who find it locked: it lies beside the store, and only tells. */
export interface Holder {
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

/** Who left word beside a store, in words; empty where nobody did. */
export function holderOf(path: string): string {
  try {
    const { host, run_id, since } = JSON.parse(readFileSync(beside(path), 'utf8')) as Holder;
    return ` (run ${run_id} on ${host}, since ${since})`;
  } catch {
    return '';
  }
}
