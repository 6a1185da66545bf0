import type { Clock } from '../../contract/clock.ts';
import type { Configured, Destination, RunConfig } from '../../contract/destination.ts';
import type { ListenerContext } from '../../listeners/chosen-listeners.ts';
import type { RowPick } from '../../run/picked-rows.ts';
import type { RunOptions } from '../../run/run-options.ts';

/** What runs were asked for. */
export interface SyncCommand {
  readonly config: string;
  /** Only these streams; empty for all. */
  readonly streams: readonly string[];
  /** Runs those though the configuration has them disabled. */
  readonly enable?: boolean | undefined;
  /** Ignores what is known of earlier runs. */
  readonly full: boolean;
  /** Sends rejected rows again though nothing has changed. */
  readonly retryRejects: boolean;
  readonly runId: string | undefined;
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  /** Absent: text on a terminal, JSON elsewhere. */
  readonly output: 'text' | 'json' | 'kestra' | undefined;
  /** A saved preview whose calls are not to be exceeded. */
  readonly plan?: string | undefined;
  /** What stderr shows while it goes on. */
  readonly logFormat: 'text' | 'json';
  /** How often progress is printed. */
  readonly progressEveryMs: number;
  /** Absent: one run. Otherwise one after another, so often. */
  readonly everyMs: number | undefined;
  /** Absent: rows are read from the source. Otherwise this run is undone. */
  readonly undone?: string | undefined;
  /** Takes only some rows of each stream. */
  readonly pick?: RowPick | undefined;
  /** The file to write a page about the run to. */
  readonly report: string | undefined;
  /** Whether that page shows values of rejected rows. */
  readonly showValues: boolean;
}

/** What `sync` needs of the process that it runs in. */
export interface SyncSession<C extends RunConfig> extends ListenerContext {
  readonly destination: Destination<C>;
  readonly clock: Clock;
  /** Reads and checks the configuration. */
  readonly configured: () => Promise<Configured<C>>;
  readonly options: RunOptions;
}
