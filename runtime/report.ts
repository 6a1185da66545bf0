import type { FieldCost } from './costs.ts';
import { OUTCOME_STATUSES, type OutcomeStatus } from './outcome.ts';
import type { Settled } from './record.ts';

/** The counts of one stream. `read` is the sum of the seven outcomes. */
export type StreamReport = {
  readonly name: string;
  readonly object: string;
  readonly mode: string;
  read: number;
} & Record<OutcomeStatus, number> & {
    readonly reject_codes: Record<string, number>;
    readonly deferred_codes: Record<string, number>;
  };

export type RunStatus = 'succeeded' | 'failed' | 'rejected' | 'deferred' | 'cancelled';

/** The last line of a run, as people's scripts read it. */
export interface RunSummary {
  readonly type: 'run_summary';
  readonly run_id: string;
  readonly status: RunStatus;
  readonly started_at: string;
  readonly finished_at: string;
  /** When the deferred rows can go on; null where nothing is deferred. */
  readonly retry_at: string | null;
  readonly streams: readonly StreamReport[];
  readonly calls: Readonly<Record<string, number>>;
  readonly retries: number;
  readonly rate_limited: number;
  /** What was written of records that existed, by field; absent where nothing was. */
  readonly costs?: readonly FieldCost[];
  /** Why the run could not go on; absent where it did. */
  readonly error?: string;
}

/** What was sent in a run. */
export interface Traffic {
  /** Requests sent, by `METHOD path`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Requests sent again after 408, 5xx or a network error. */
  readonly retries: number;
  /** Answers with 429. */
  readonly rateLimited: number;
}

/** An empty report of one stream. */
export function streamReport(stream: { name: string; object: string; mode: string }): StreamReport {
  const counts = Object.fromEntries(OUTCOME_STATUSES.map((status) => [status, 0])) as Record<OutcomeStatus, number>;
  const { name, object, mode } = stream;
  return { name, object, mode, read: 0, ...counts, reject_codes: {}, deferred_codes: {} };
}

/** Counts one row into its stream's report. */
export function count(report: StreamReport, { outcome }: Settled): void {
  report.read++;
  report[outcome.status]++;
  if (outcome.status === 'rejected') add(report.reject_codes, outcome.rejection.code);
  if (outcome.status === 'deferred') add(report.deferred_codes, outcome.code);
}

/** Counts rows that were not even read, since they are as they were when they had these outcomes. */
export function countUnread(report: StreamReport, rows: ReadonlyMap<OutcomeStatus, number>): void {
  for (const [outcome, number] of rows) {
    report.read += number;
    report[outcome === 'skipped' ? 'skipped' : 'unchanged'] += number;
  }
}

const add = (codes: Record<string, number>, code: string): void => {
  codes[code] = (codes[code] ?? 0) + 1;
};

/** What decides how a run ended. */
export interface Ending {
  readonly streams: readonly StreamReport[];
  readonly failAbovePercent: number;
  /** What stopped the run, if anything did. */
  readonly stop: 'signal' | 'failure' | 'outage' | undefined;
}

/** How a run ended, by the precedence of the exit codes: what a person must see first comes first. */
export function statusOf({ streams, failAbovePercent, stop }: Ending): RunStatus {
  const total = (key: 'read' | 'rejected' | 'deferred') => streams.reduce((sum, stream) => sum + stream[key], 0);
  if (stop === 'signal') return 'cancelled';
  if (stop === 'failure') return 'failed';
  if (total('rejected') * 100 > failAbovePercent * total('read')) return 'rejected';
  return stop === 'outage' || total('deferred') > 0 ? 'deferred' : 'succeeded';
}

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
