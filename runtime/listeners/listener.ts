import type { SentCall } from '../contract/destination.ts';
import type { QuotaNow } from '../facts/quota.ts';
import type { RejectMessages } from '../facts/reject-samples.ts';
import type { RunSummary, StreamReport } from '../facts/report.ts';

/** A stream of the run, before anything is read of it. */
interface AnnouncedStream {
  readonly name: string;
  readonly object: string;
  readonly mode: string;
  /** What it reads, as a person names it: a table, `query`, or the path of a file. */
  readonly from: string;
}

/** How far a run is in one of its streams. */
export interface Progress {
  readonly stream: StreamReport;
  readonly calls: Readonly<Record<string, number>>;
  /** Rows of the stream; absent where they were not counted. */
  readonly total?: number;
  readonly quota?: QuotaNow;
}

/** What a run tells its listeners. Never carries a value of a row. */
export type ListenerEvent =
  | {
      readonly type: 'started';
      readonly runId: string;
      readonly streams: readonly AnnouncedStream[];
      /** Where rows come from: `duckdb:warehouse.duckdb`, `arrow:-`. */
      readonly source: string;
      /** The file of its state store; absent where it keeps none. */
      readonly state?: string;
    }
  | ({ readonly type: 'progress' } & Progress)
  | { readonly type: 'waiting'; readonly message: string; readonly untilMs: number }
  | { readonly type: 'warning'; readonly message: string; readonly code?: string }
  | { readonly type: 'called'; readonly call: SentCall }
  /** A signal asks it to stop: what is in flight ends, and every row that was read gets its outcome. */
  | { readonly type: 'stopping'; readonly signal: string }
  /** Time passes: comes every second. */
  | { readonly type: 'tick' }
  | {
      readonly type: 'finished';
      readonly summary: RunSummary;
      readonly exitCode: number;
      /** Where a defect of this program stopped it. */
      readonly stack?: string;
      readonly examples: RejectMessages;
      readonly rejectsPath: string;
      /** Calls that known rejects did not cost again. */
      readonly savedCalls?: number;
      /** A page that shows the run, where one was made. */
      readonly report?: string;
    }
  /** It was refused: usage, configuration or credentials. Nothing was sent, and there is no summary. */
  | {
      readonly type: 'refused';
      readonly message: string;
      readonly code: string;
      readonly exitCode: number;
      readonly stack?: string;
    };

/** Hears the events of a run. What it throws becomes one warning and changes nothing about the run. */
export interface Listener {
  /** Names it in the warning about what it threw. */
  readonly name: string;
  /** `at`: milliseconds since the epoch. */
  on(event: ListenerEvent, at: number): Promise<void> | void;
  /** Comes last; resolves when everything is written. */
  close?(): Promise<void>;
}
