import type { CodeEntry } from '../contract/code-entry.ts';
import { isAllRejected } from '../facts/ending.ts';
import type { RunStatus, StreamReport } from '../facts/report.ts';
import { FAILURE_CODES } from './failure-codes.ts';

const OTHERWISE = 'see the message; correct the row, and it is sent again';
const entries: Readonly<Record<string, CodeEntry>> = FAILURE_CODES;

/** What to do about the rows of a reject code. */
export function remedyFor(code: string): string {
  const entry = entries[code];
  if (entry?.kind === 'record') return entry.todo;
  return code.startsWith('missing_') ? FAILURE_CODES.missing_required_field.todo : OTHERWISE;
}

/** How a run has ended. */
interface Ending {
  readonly status: RunStatus;
  readonly retry_at: string | null;
  readonly error?: string | undefined;
  readonly streams?: readonly StreamReport[];
}

/** What to do after a run that ended like this; empty where there is nothing to do. */
export function nextStep({ status, retry_at, error, streams = [] }: Ending): string {
  if (status === 'deferred') {
    return `Run again ${retry_at === null ? 'later' : `at ${retry_at}`}: the deferred rows go on, the others are not sent twice.`;
  }
  if (status === 'failed')
    return error === undefined
      ? 'See above why it failed.'
      : 'Do what the message says, then run again: what was confirmed is kept.';
  if (status === 'cancelled') return 'Run again: what was confirmed is kept.';
  if (status === 'rejected')
    return isAllRejected(streams)
      ? 'Every row was rejected: look at the mapping first, then at the rows.'
      : 'More rows were rejected than rejects.fail_above_percent allows: correct them, or raise it.';
  return '';
}
