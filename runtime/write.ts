import { randomUUID } from 'node:crypto';
import { Cancelled } from './cancelled.ts';
import { configuredCatalog } from './configured-catalog.ts';
import { Deferrals } from './deferrals.ts';
import type { Configured, Destination, RunConfig, Surroundings } from './destination.ts';
import { ConfigFailure } from './failure.ts';
import { Notices } from './notices.ts';
import { OUTCOME_STATUSES } from './outcome.ts';
import { logMessage, type OutgoingMessage } from './protocol.ts';
import { RejectLog } from './reject-log.ts';
import { type StreamReport, statusOf } from './report.ts';
import { defaultSliceLimits, type SliceLimits, slicesOf } from './source/slices.ts';
import { unblocked } from './source/unblocked.ts';
import { States } from './states.ts';
import { type WriteRun, writeSlice } from './write-slice.ts';
import { openStreams, serveCatalog } from './write-streams.ts';

/** How rows come in, and how a run is stopped. */
export interface WriteOptions {
  /** Reads the configured catalog. */
  readonly catalog: () => Promise<Readonly<Record<string, unknown>>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly run: AbortController;
  readonly runId?: string | undefined;
  readonly limits?: SliceLimits | undefined;
}

// Well below the two hours after which the platform gives up a destination that takes nothing.
const readAheadEveryMs = 10 * 60_000;

/**
 * Writes the records that come in on stdin and gives back each state once all rows before it are final. Throws what the
 * run could not go on for, after the states that are due: ConfigFailure for what a person must change (before a row is
 * read, wherever that can be known), TransientFailure where rows are deferred or the input was cut. A run that a signal
 * stopped just ends.
 */
export async function* write<C extends RunConfig>(
  destination: Destination<C>,
  configured: () => Promise<Configured<C>>,
  { catalog: readCatalog, stdin, run, runId = randomUUID(), limits = defaultSliceLimits }: WriteOptions,
  surroundings: Surroundings,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { config, warnings } = await configured();
  const catalog = configuredCatalog(await readCatalog());
  const { served, warnings: doubts } = serveCatalog(destination, config, catalog);
  yield* warn([...warnings, ...doubts]);

  const { clock } = surroundings;
  const notices = new Notices();
  const rejects = new RejectLog(config.rejects.path, runId, clock);
  const connection = destination.connect(config, { ...surroundings, notice: notices.push });
  try {
    await connection.prove(run.signal);
    const { streams, warnings: notes } = await openStreams(connection, served, catalog, run.signal);
    yield* warn(notes);
    const states = new States(streams.map(({ checkpoint }) => checkpoint));
    const all: WriteRun = { streams, states, deferrals: new Deferrals(), rejects, notices, run, clock };
    yield* writeAll(unblocked(stdin, { everyMs: readAheadEveryMs, clock }), all, limits);
    refuseTooMany(streams, config);
  } catch (error) {
    const isCancelled = run.signal.aborted && run.signal.reason instanceof Cancelled;
    if (!isCancelled) throw error;
  } finally {
    const warning = await rejects.close();
    if (warning !== undefined) yield logMessage('WARN', warning);
    await connection.close();
  }
}

async function* writeAll(
  stdin: AsyncIterable<Uint8Array>,
  all: WriteRun,
  limits: SliceLimits,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { streams, deferrals, run, clock } = all;
  const descriptors = streams.map(({ descriptor }) => descriptor);
  try {
    for await (const slice of slicesOf(stdin, { streams: descriptors, limits, clock, signal: run.signal })) {
      yield* writeSlice(slice, all);
      if (run.signal.aborted || deferrals.count > 0) break;
    }
  } finally {
    for (const { report } of streams) yield* summary(report);
  }
  run.signal.throwIfAborted();
  if (deferrals.count > 0) throw deferrals.failure(clock.now());
}

/** What became of a stream's rows: counts and codes, never values. */
function* summary(report: StreamReport): Generator<OutgoingMessage> {
  const counts = OUTCOME_STATUSES.filter((status) => report[status] > 0).map((status) => `${report[status]} ${status}`);
  const codes = Object.entries(report.reject_codes).map(([code, rows]) => `${code}: ${rows}`);
  if (report.read > 0) yield logMessage('INFO', `${report.name}: ${report.read} rows (${counts.join(', ')})`);
  if (codes.length > 0) {
    yield logMessage('WARN', `${report.name}: ${report.rejected} rows were rejected (${codes.join(', ')})`);
  }
}

const warn = (messages: readonly string[]): readonly OutgoingMessage[] =>
  messages.map((message) => logMessage('WARN', message));

/** Rejected rows are final, so their states are out; the share is still more than a person said is tolerable. */
function refuseTooMany(streams: WriteRun['streams'], { rejects }: RunConfig): void {
  const reports = streams.map(({ report }) => report);
  const failAbovePercent = rejects.fail_above_percent;
  if (statusOf({ streams: reports, failAbovePercent, stop: undefined }) !== 'rejected') return;
  const rejected = reports.reduce((sum, report) => sum + report.rejected, 0);
  const read = reports.reduce((sum, report) => sum + report.read, 0);
  throw new ConfigFailure(
    `${rejected} of ${read} rows were rejected, more than rejects.fail_above_percent (${failAbovePercent}) allows.`,
    { code: 'too_many_rejects' },
  );
}
