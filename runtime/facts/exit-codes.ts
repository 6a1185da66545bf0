import { Cancelled, exitCodeOfStop } from '../contract/cancelled.ts';
import { ConfigFailure, Failure } from '../contract/failure.ts';
import type { RunStatus } from './report.ts';

/** A line of the table of exit codes. */
interface ExitCode {
  /** As a shell shows it. */
  readonly code: string;
  /** The status of a run that ends so; absent where there is no run. */
  readonly status?: RunStatus;
  /** In a few words. */
  readonly meaning: string;
}

/** Every exit code and what it means: help, README and reference print this table. */
export const EXIT_CODE_TABLE: readonly ExitCode[] = [
  { code: '0', status: 'succeeded', meaning: 'every row has its outcome, none deferred' },
  { code: '1', status: 'failed', meaning: 'the run could not go on; what was confirmed is kept' },
  { code: '2', meaning: 'wrong usage or configuration, or a guard was exceeded; nothing was written' },
  {
    code: '3',
    status: 'rejected',
    meaning: 'a larger share of rows was rejected than rejects.fail_above_percent allows, or every row was',
  },
  {
    code: '75',
    status: 'deferred',
    meaning:
      'some rows are left for a later run; retry_at of the summary says when. Or another run has the state store, or its server is not there',
  },
  {
    code: '130, 143',
    status: 'cancelled',
    meaning: 'stopped by SIGINT or SIGTERM; what was in flight is finished, and the summary written',
  },
];

/** The exit code of each ending but `cancelled`, which dies by its signal. */
export const EXIT_CODES = {
  succeeded: 0,
  failed: 1,
  cancelled: 1,
  rejected: 3,
  deferred: 75,
} as const satisfies Record<RunStatus, number>;

/** Wrong usage or configuration; nothing was sent. */
export const EXIT_USAGE = 2;

/** How a command has ended: a run by its status and what stopped it, any other by what it has thrown. */
type CommandEnd = { readonly status: RunStatus; readonly cause: unknown } | { readonly thrown: unknown };

/** Another run has the state store, or its server is not there: the same command can be given again later. */
const ofTheStore: ReadonlySet<string> = new Set(['state_in_use', 'state_unreachable']);

/** The exit code of a command that has ended so. */
export function exitCodeOf(end: CommandEnd): number {
  if ('status' in end) return end.status === 'cancelled' ? exitCodeOfStop(end.cause) : EXIT_CODES[end.status];
  const { thrown } = end;
  if (thrown instanceof ConfigFailure) return EXIT_USAGE;
  if (thrown instanceof Cancelled) return exitCodeOfStop(thrown);
  return thrown instanceof Failure && ofTheStore.has(thrown.code) ? EXIT_CODES.deferred : EXIT_CODES.failed;
}
