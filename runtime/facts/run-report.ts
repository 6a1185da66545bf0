import type { RunAbout } from './about.ts';
import type { ReportedCalls } from './call-facts.ts';
import type { RejectGroup } from './reject-samples.ts';
import type { RunStatus, RunSummary, StreamReport } from './report.ts';

/** Everything that a page about a run shows, as plain data: whoever has gathered it, the page is the same. */
export interface RunReport {
  /** What made it, with its version. */
  readonly program: string;
  readonly run: ReportedRun;
  /** Absent where the run was killed, or an earlier release has made it. */
  readonly about?: RunAbout | undefined;
  /** Existing records that it has changed, by stream and field, the most first. */
  readonly changed: readonly ChangedField[];
  /** Empty where the run was killed before it could count. */
  readonly streams: readonly StreamReport[];
  readonly rejects: readonly RejectGroup[];
  readonly calls: ReportedCalls;
  readonly quota: readonly QuotaUse[];
  /** Runs before this one, the last one first. */
  readonly earlier: readonly EarlierRun[];
}

/** A field of existing records that a run has changed. */
interface ChangedField {
  readonly stream: string;
  readonly field: string;
  readonly records: number;
}

/** A run, as its heading tells of it. Times are milliseconds since the epoch. */
interface ReportedRun {
  readonly id: string;
  readonly status: RunStatus | 'running' | 'interrupted';
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  /** As in the summary. */
  readonly retryAt: string | null;
  readonly error: string | undefined;
  /** As in the summary. */
  readonly notices?: RunSummary['notices'] | undefined;
}

/** A window of a rate limit, as it was when the run ended; other tools count in it as well. */
interface QuotaUse {
  readonly action: string;
  readonly window: string;
  readonly limit: number;
  /** Absent where only the limit is known. */
  readonly used?: number;
}

/** One of the runs before, in figures. */
export interface EarlierRun {
  readonly id: string;
  readonly status: string;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  readonly read: number;
  readonly written: number;
  readonly rejected: number;
  readonly deferred: number;
  readonly calls: number;
}
