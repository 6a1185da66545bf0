import type { Demand } from '../contract/demand.ts';
import { type Deferred, OUTCOME_STATUSES, type OutcomeStatus } from '../contract/outcome.ts';
import type { Settled } from '../contract/record.ts';
import type { FieldCost } from './costs.ts';

/** The counts of one stream. `read` is the sum of the seven outcomes. */
export type StreamReport = {
  readonly name: string;
  readonly object: string;
  readonly mode: string;
  read: number;
} & Record<OutcomeStatus, number> & {
    /** Deferred rows whose record this run has created or changed in part: they are there, and unfinished. */
    deferred_in_apollo: number;
    readonly reject_codes: Record<string, number>;
    readonly deferred_codes: Record<string, number>;
    /** Values that did not fit their fields and were left out of rows that were taken. */
    dropped_values: number;
    /** As much, by code and field. */
    readonly dropped_codes: DroppedCodes;
    /** What became of the records whose rows are gone; absent where the stream leaves them as they are. */
    readonly removed?: RemovedReport;
  };

/** Values that were left out, by code and field, one entry each. */
export const droppedOf = ({ dropped_codes = {} }: Partial<Pick<StreamReport, 'dropped_codes'>>) =>
  Object.entries(dropped_codes).flatMap(([code, fields]) =>
    Object.entries(fields).map(([field, values]) => ({ code, field, values })),
  );

/** How many values were left out, by code and field. */
type DroppedCodes = Record<string, Record<string, number>>;

/** The counts of the rows that a stream has synced and its source no longer has. `found` is the sum of the four outcomes. */
type RemovedReport = { found: number } & Record<RemovedStatus, number> & {
    readonly reject_codes: Record<string, number>;
    readonly deferred_codes: Record<string, number>;
  };

export const REMOVED_STATUSES = ['updated', 'unchanged', 'rejected', 'deferred'] as const satisfies OutcomeStatus[];
type RemovedStatus = (typeof REMOVED_STATUSES)[number];

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
  /** With a plan: requests that it did not allow. Their rows are deferred. */
  readonly plan?: {
    readonly withheld: Readonly<Record<string, number>>;
    /** Rows that it did not allow to be sent, by stream and what they were beyond; absent where there were none. */
    readonly withheld_records?: Readonly<Record<string, Partial<WithheldRecords>>>;
  };
  /** What somebody may have to act on although the run went on; absent where there is nothing. */
  readonly notices?: readonly SummaryNotice[];
  /** Why the run could not go on; absent where it did. */
  readonly error?: string;
  /** The code of that. */
  readonly error_code?: string;
}

/** Rows that went beyond a plan, by what they would have done. */
export interface WithheldRecords {
  creates: number;
  changes: number;
  clears: number;
  removals: number;
}

/** Something that a run has noticed. */
interface SummaryNotice {
  /** Stable and snake_case: `quota_nearly_spent`. */
  readonly code: string;
  readonly message: string;
}

/** An empty report of one stream. */
export function streamReport(
  stream: { name: string; object: string; mode: string },
  { seesRemoved = false } = {},
): StreamReport {
  const counts = Object.fromEntries(OUTCOME_STATUSES.map((status) => [status, 0])) as Record<OutcomeStatus, number>;
  const { name, object, mode } = stream;
  const codes = { deferred_in_apollo: 0, dropped_values: 0, reject_codes: {}, deferred_codes: {}, dropped_codes: {} };
  return { name, object, mode, read: 0, ...counts, ...codes, ...(seesRemoved && { removed: removedReport() }) };
}

const removedReport = (): RemovedReport => ({
  found: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  deferred: 0,
  reject_codes: {},
  deferred_codes: {},
});

/** Counts one row that is gone, where its stream sees to such rows. */
export function countRemoved({ removed: report }: StreamReport, { outcome }: Settled): void {
  if (report === undefined) return;
  const { status } = outcome;
  report.found++;
  // Its steps create nothing, so that there is no other outcome.
  report[status === 'updated' || status === 'rejected' || status === 'deferred' ? status : 'unchanged']++;
  countCodes(report, outcome);
}

/** How many rows of a stream have an outcome, those among them that are gone. */
export const countOf = (report: StreamReport, status: RemovedStatus): number =>
  report[status] + (report.removed?.[status] ?? 0);

/** Counts one row into its stream's report. */
export function count(report: StreamReport, { outcome, dropped, part, revises }: Settled): void {
  if (revises === undefined) report.read++;
  else report[revises]--;
  report[outcome.status]++;
  if (part !== undefined) report.deferred_in_apollo++;
  countCodes(report, outcome);
  // A rejected row is refused whole, and of a superseded one another row is written.
  if (dropped === undefined || outcome.status === 'rejected' || outcome.status === 'superseded') return;
  for (const { code, field } of dropped) countDropped(report, { code, field, values: 1 });
}

type Dropped = Pick<StreamReport, 'dropped_values' | 'dropped_codes'>;

/** Adds the values that another report has counted as left out. */
export function addDropped(total: Dropped, report: Dropped): void {
  for (const one of droppedOf(report)) countDropped(total, one);
}

function countDropped(
  total: Dropped,
  { code, field, values }: { readonly code: string; readonly field: string; readonly values: number },
): void {
  total.dropped_values += values;
  total.dropped_codes[code] ??= {};
  add(total.dropped_codes[code], field, values);
}

function countCodes(report: Pick<StreamReport, 'reject_codes' | 'deferred_codes'>, outcome: Settled['outcome']): void {
  if (outcome.status === 'rejected') add(report.reject_codes, outcome.rejection.code);
  if (outcome.status === 'deferred') add(report.deferred_codes, outcome.code);
}

/** Counts rows that were not even read, since they are as they were when they had these outcomes. */
export function countUnread(report: StreamReport, rows: ReadonlyMap<OutcomeStatus, number>): void {
  for (const [outcome, number] of rows) {
    report.read += number;
    report[outcome === 'skipped' || outcome === 'superseded' ? outcome : 'unchanged'] += number;
  }
}

/** Counts rows that are not mapped, since they could not have been sent. */
export function countUnmapped(
  report: StreamReport,
  { deferred, superseded }: Parameters<Demand['counted']>[0],
  { code }: Deferred,
): void {
  report.read += deferred + superseded;
  report.deferred += deferred;
  report.superseded += superseded;
  if (deferred > 0) add(report.deferred_codes, code, deferred);
}

const add = (codes: Record<string, number>, code: string, more = 1): void => {
  codes[code] = (codes[code] ?? 0) + more;
};

/** Deferred rows of all streams whose records are there, and unfinished. What earlier releases have kept does not say. */
export const unfinishedOf = (streams: readonly Partial<Pick<StreamReport, 'deferred_in_apollo'>>[]): number =>
  streams.reduce((sum, { deferred_in_apollo = 0 }) => sum + deferred_in_apollo, 0);
