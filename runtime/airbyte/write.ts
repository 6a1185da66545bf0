import { randomUUID } from 'node:crypto';
import { Cancelled } from '../contract/cancelled.ts';
import type { Configured, Destination, RunConfig, Surroundings } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import { logMessage, type OutgoingMessage } from '../contract/protocol.ts';
import { Refusals } from '../deliver/refusals.ts';
import type { WorkOptions } from '../duckdb/work-database.ts';
import { droppedOf, type StreamReport, statusOf } from '../facts/report.ts';
import { runSummary } from '../facts/run-summary.ts';
import { configuredCatalog, descriptorOf } from './configured-catalog.ts';
import { Deferrals } from './deferrals.ts';
import { Notices } from './notices.ts';
import { RejectLog } from './reject-log.ts';
import { defaultSliceLimits, type SliceLimits, slicesOf } from './slices.ts';
import { States } from './states.ts';
import { toldWhile } from './told.ts';
import { unblocked } from './unblocked.ts';
import { type WriteRun, writeSlice } from './write-slice.ts';
import { WriteState } from './write-state.ts';
import { openStreams, serveCatalog } from './write-streams.ts';

/** How rows come in, and how a run is stopped. */
export interface WriteOptions {
  /** Reads the configured catalog. */
  readonly catalog: () => Promise<Readonly<Record<string, unknown>>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly run: AbortController;
  readonly runId?: string | undefined;
  /** Where a state store compares, if the configuration names one. */
  readonly source: WorkOptions;
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
  { catalog: readCatalog, stdin, run, runId = randomUUID(), source, limits = defaultSliceLimits }: WriteOptions,
  surroundings: Surroundings,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { config, warnings } = await configured();
  const catalog = configuredCatalog(await readCatalog());
  const { served, warnings: doubts } = serveCatalog(destination, config, catalog);
  yield* warn([...warnings, ...doubts]);

  const { clock } = surroundings;
  const startedAt = clock.now();
  const notices = new Notices();
  const rejects = new RejectLog(config.rejects.path, runId, clock);
  const state = await WriteState.open(config, { ...source, runId, clock });
  const connection = destination.connect(config, { ...surroundings, notice: notices.push, watch: state.noteCall });
  const deferrals = new Deferrals();
  const reports: StreamReport[] = [];
  const finish = (cause: unknown): Promise<void> =>
    state.finish(
      runSummary({
        ...{ runId, startedAt, finishedAt: clock.now(), streams: reports, traffic: connection.traffic(), cause },
        ...{ failAbovePercent: config.rejects.fail_above_percent, retryAt: deferrals.retryAt },
      }),
      { filesAll: rejects.hasAll },
    );
  let failure: { readonly error: unknown } | undefined;
  try {
    try {
      await state.restore(connection.quota);
      const telling = { notices, clock, streams: catalog.streams.map(({ stream }) => descriptorOf(stream)) };
      yield* toldWhile(connection.prove(run.signal), telling);
      const opening = openStreams(connection, served, catalog, run.signal);
      const { streams, warnings: notes } = yield* toldWhile(opening, telling);
      yield* warn(notes);
      reports.push(...streams.map(({ report }) => report));
      await state.own(
        connection.workspace,
        streams.map(({ facts }) => facts),
      );
      for (const stream of streams) stream.store = await state.stream(stream.report.name, stream.writer.version);
      const unwritten = await rejects.complete(await state.unfiledRejects());
      if (unwritten !== undefined) yield logMessage('WARN', unwritten);
      const states = new States(streams.map(({ checkpoint }) => checkpoint));
      const budget = { records: config.limits?.max_records ?? Number.POSITIVE_INFINITY };
      const around = { budget, refusals: new Refusals(), keepQuota: () => state.keepQuota(connection) };
      const all: WriteRun = { streams, states, deferrals, rejects, notices, run, clock, ...around };
      yield* writeAll(unblocked(stdin, { everyMs: readAheadEveryMs, clock }), all, limits);
    } catch (error) {
      failure = { error };
    }
    const warning = await rejects.close();
    if (warning !== undefined) yield logMessage('WARN', warning);
    await finish(failure?.error).catch((error: unknown) => {
      failure ??= { error };
    });
  } finally {
    await connection.close();
    await state.close();
  }
  if (run.signal.aborted && run.signal.reason instanceof Cancelled) return;
  if (failure) throw failure.error;
  if (deferrals.count > 0) throw deferrals.failure(clock.now());
  refuseTooMany(reports, config);
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
    for (const { report, changes } of streams) {
      yield* summary(report);
      const warning = changes.warning(report.name);
      if (warning !== undefined) yield logMessage('WARN', warning);
    }
  }
  run.signal.throwIfAborted();
}

/** What became of a stream's rows: counts and codes, never values. */
function* summary(report: StreamReport): Generator<OutgoingMessage> {
  const counts = OUTCOME_STATUSES.filter((status) => report[status] > 0).map((status) => `${report[status]} ${status}`);
  const codes = Object.entries(report.reject_codes).map(([code, rows]) => `${code}: ${rows}`);
  if (report.read > 0) yield logMessage('INFO', `${report.name}: ${report.read} rows (${counts.join(', ')})`);
  if (codes.length > 0) {
    yield logMessage('WARN', `${report.name}: ${report.rejected} rows were rejected (${codes.join(', ')})`);
  }
  const dropped = droppedOf(report).map(({ code, field, values }) => `${code} of ${field}: ${values}`);
  if (dropped.length > 0) {
    const values = report.dropped_values === 1 ? 'value was' : 'values were';
    yield logMessage('WARN', `${report.name}: ${report.dropped_values} ${values} left out (${dropped.join(', ')})`);
  }
}

const warn = (messages: readonly string[]): readonly OutgoingMessage[] =>
  messages.map((message) => logMessage('WARN', message));

/** Rejected rows are final, so their states are out; the share is still more than a person said is tolerable. */
function refuseTooMany(reports: readonly StreamReport[], { rejects }: RunConfig): void {
  const failAbovePercent = rejects.fail_above_percent;
  if (statusOf({ streams: reports, failAbovePercent, stop: undefined }) !== 'rejected') return;
  const rejected = reports.reduce((sum, report) => sum + report.rejected, 0);
  const read = reports.reduce((sum, report) => sum + report.read, 0);
  throw new ConfigFailure(
    `${rejected} of ${read} rows were rejected, more than rejects.fail_above_percent (${failAbovePercent}) allows.`,
    { code: 'too_many_rejects' },
  );
}
