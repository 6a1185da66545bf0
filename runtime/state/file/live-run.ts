import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { kill, pid as ownPid } from 'node:process';
import type { StreamReport } from '../../facts/report.ts';
import { isLockedBy } from './lock-owner.ts';

/** How far a run that goes on is, in a file beside its state store, which no other process can open meanwhile. */
export interface LiveRun {
  readonly run_id: string;
  readonly pid: number;
  readonly host: string;
  /** What tells the process from a later one with its number; null where the system does not say. */
  readonly process: string | null;
  readonly started_at: string;
  /** When this was written. */
  readonly at: string;
  /** It was asked to stop, and finishes what is in flight. */
  readonly is_stopping: boolean;
  readonly streams: readonly LiveStream[];
  readonly calls: Readonly<Record<string, number>>;
  readonly waits: readonly { readonly message: string; readonly until: string }[];
}

/** A stream of such a run: its counts, where there are any yet, and how far it is; null for what is not known. */
type LiveStream = Partial<StreamReport> & {
  readonly name: string;
  readonly is_active: boolean;
  readonly total: number | null;
  readonly done: number;
  readonly eta_seconds: number | null;
};

/** What can be said of who wrote such a file: `silent` where it may be over, and only time will tell. */
type Liveness = 'running' | 'silent' | 'killed';

const beside = (path: string): string => `${path}.status`;

/** Which process this is, for `LiveRun`. */
export const thisProcess = () => ({ pid: ownPid, host: hostname(), process: startOf(ownPid) ?? null });

/** Leaves word of a run beside the store that it has open; while it has not, or no longer, nothing is written. */
export function writeLiveRun(path: string, run: LiveRun): void {
  if (!isLockedBy(path, run.run_id)) return;
  // Who reads never sees a part of it.
  const temporary = `${beside(path)}.${run.pid}`;
  writeFileSync(temporary, `${JSON.stringify(run)}\n`, { mode: 0o600 });
  renameSync(temporary, beside(path));
}

/** Takes the word of a run away; that of another run stays. */
export function removeLiveRun(path: string, runId: string): void {
  if (read(path)?.run_id === runId) rmSync(beside(path), { force: true });
}

/** The word that lies beside a store, and whether who left it still runs; undefined where there is none. */
export function liveRunOf(
  path: string,
  now: number,
): { readonly run: LiveRun; readonly liveness: Liveness } | undefined {
  const run = read(path);
  return run && { run, liveness: livenessOf(run, now) };
}

function read(path: string): LiveRun | undefined {
  try {
    return JSON.parse(readFileSync(beside(path), 'utf8')) as LiveRun;
  } catch {
    return undefined;
  }
}

// It writes every second; a machine that is busy, or asleep for a moment, takes longer.
const silentAfterMs = 60_000;

function livenessOf({ host, pid, process: started, at }: LiveRun, now: number): Liveness {
  const isHere = host === hostname();
  if (isHere && !isThere(pid)) return 'killed';
  if (isHere && started !== null && startOf(pid) !== started) return 'killed';
  return now - Date.parse(at) <= silentAfterMs ? 'running' : 'silent';
}

function isThere(pid: number): boolean {
  try {
    // No signal: only whether there is somebody to send one to.
    kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process was started, in ticks since the machine was (proc_pid_stat(5)): numbers of processes come again. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold anything.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
