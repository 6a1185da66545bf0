import { Secrets } from '../config/secrets.ts';
import type { Configured, Destination, RunConfig, Surroundings } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { RunSummary, StreamReport } from '../facts/report.ts';
import type { RunReport } from '../facts/run-report.ts';
import type { SourceOptions } from '../source/source.ts';
import type { StateDatabase } from '../state/state-database.ts';
import type { Plan } from './preview/plan-file.ts';
import { Run } from './run.ts';

/** How a run is to be made. */
export interface RunOptions {
  readonly runId?: string | undefined;
  /** Only the streams of these names. */
  readonly only: readonly string[];
  readonly source: SourceOptions;
  /** How to stop: aborted by a signal, a failure or a defect, whoever is first. */
  readonly run: AbortController;
  /** Sends every row, whatever is known of it but its id. */
  readonly full?: boolean | undefined;
  /** Sends rejected rows again although nothing has changed. */
  readonly retryRejects?: boolean | undefined;
  /** Never makes more calls than this plan has. */
  readonly plan?: Plan | undefined;
  /** Instead of the state store that the configuration names. */
  readonly openState?: typeof StateDatabase.open | undefined;
  /** The run that is undone, or the beginning of its id, instead of rows that are read from the source. */
  readonly undone?: string | undefined;
}

/** What a run tells while it goes on; its last event is `finished`. */
export type RunEvent =
  | { readonly type: 'warning'; readonly message: string }
  | {
      readonly type: 'progress';
      readonly stream: StreamReport;
      readonly calls: Readonly<Record<string, number>>;
      /** Rows of the stream, those included that need not be read. */
      readonly total?: number;
    }
  | {
      readonly type: 'finished';
      readonly summary: RunSummary;
      readonly cause: unknown;
      /** Calls that rejected rows did not cost again. */
      readonly savedCalls: number;
      readonly aftermath: Aftermath;
    };

/** What a run knows at its end that its summary does not say. Holds values of rows. */
export type Aftermath = Pick<RunReport, 'rejects' | 'quota' | 'earlier'>;

/**
 * Reads the source and brings the destination to what it says, row by row accounted for; or gives back what a run has
 * changed, record by record. Throws ConfigFailure while
 * nothing was sent; after that every way to end is a `finished` event.
 */
export async function* sync<C extends RunConfig>(
  destination: Destination<C>,
  { config, warnings, secrets }: Configured<C>,
  options: RunOptions,
  surroundings: Surroundings,
): AsyncGenerator<RunEvent, void, void> {
  for (const message of warnings) yield { type: 'warning', message };
  const { run: stop } = options;
  const run = new Run(destination, config, { ...options, secrets: new Secrets(secrets) }, surroundings);
  try {
    yield* options.undone === undefined ? delivering(run, stop) : undoing(run, stop, options.undone);
  } catch (error) {
    stop.abort(error);
  } finally {
    await run.close();
  }
  const summary = await run.finish();
  const { cause, savedCalls, aftermath } = run;
  if (cause instanceof ConfigFailure && !run.hasWritten) throw cause;
  yield { type: 'finished', summary, cause, savedCalls, aftermath };
}

async function* delivering<C extends RunConfig>(run: Run<C>, stop: AbortController): AsyncGenerator<RunEvent> {
  const streams = await run.open();
  for (const { warnings } of streams) for (const message of warnings) yield { type: 'warning', message };
  for (const stream of streams) if (!stop.signal.aborted) yield* run.deliver(stream);
  // Only then is it known whose records are still in use: a row may have moved from one stream to another.
  for (const stream of streams) if (!stop.signal.aborted) yield* run.remove(stream);
}

async function* undoing<C extends RunConfig>(
  run: Run<C>,
  stop: AbortController,
  undone: string,
): AsyncGenerator<RunEvent> {
  for (const stream of await run.openToUndo(undone)) if (!stop.signal.aborted) yield* run.restore(stream);
}

/** The message of a failure; of anything else that was thrown, its name as well, since it is a defect of ours. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
