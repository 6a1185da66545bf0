import { Cancelled } from '../contract/cancelled.ts';
import type {
  Configured,
  Dependencies,
  Destination,
  Notice,
  RunConfig,
  Served,
  StreamConfig,
} from '../contract/destination.ts';
import { ConfigFailure, messageOf } from '../contract/failure.ts';
import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import { type ConfiguredCatalog, logMessage, type OutgoingMessage } from '../contract/protocol.ts';
import { noStateStore } from '../contract/state-store.ts';
import type { WorkOptions } from '../duckdb/work-database.ts';
import { counted } from '../facts/counted.ts';
import { rejectionText, statusOf } from '../facts/ending.ts';
import { number } from '../facts/number-text.ts';
import { droppedOf, type StreamReport } from '../facts/report.ts';
import { LiveSession } from '../listeners/live-session.ts';
import { RunSession } from '../run/run-session.ts';
import { clientMessagesWhile } from './client-messages.ts';
import { configuredCatalog, descriptorOf, streamName } from './configured-catalog.ts';
import { Deferrals } from './deferrals.ts';
import { defaultMicroBatchLimits, microBatchesOf } from './input/micro-batches.ts';
import { Notices } from './notices.ts';
import { States } from './states.ts';
import { unblocked } from './unblocked.ts';
import { writeMicroBatch } from './write-micro-batch.ts';
import { openStreams, provideFor, serveCatalog } from './write-streams.ts';

type WriteRun = Parameters<typeof writeMicroBatch>[1];

/** How rows come in, and how a run is stopped. */
interface WriteOptions {
  /** Reads the configured catalog. */
  readonly catalog: () => Promise<Readonly<Record<string, unknown>>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly run: AbortController;
  readonly runId?: string | undefined;
  /** Where a state store compares, if the configuration names one. */
  readonly source: WorkOptions;
  readonly limits?: typeof defaultMicroBatchLimits | undefined;
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
  options: WriteOptions,
  dependencies: Dependencies,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { run, runId } = options;
  const checked = await configured();
  const { config, warnings } = checked;
  const { clock } = dependencies;
  const catalog = configuredCatalog(await options.catalog());
  const { served, warnings: doubts } = serveCatalog(destination, config, catalog);
  yield* warn([...warnings, ...doubts]);

  const notices = new Notices();
  const rejectsLost = (error: unknown): void =>
    notices.push({ type: 'warning', message: `${messageOf(error)} Rejected rows are counted, but kept nowhere.` });
  const notice = (one: Notice): void => {
    if (one.type === 'waiting') live.waits(one);
    notices.push(one);
  };
  // As they are remembered, and told of: several streams of the catalog may be written by one entry of the configuration.
  const streams = served.map(({ stream }, index) => ({ ...stream, name: streamName(catalog.streams[index]!.stream) }));
  const session = new RunSession(
    destination,
    checked,
    { runId, run, streams, rejectsLost },
    { ...dependencies, notice },
  );
  const failed = (error: unknown): void =>
    notices.push({ type: 'warning', message: `${messageOf(error)} \`status\` cannot say where this run is.` });
  const live = new LiveSession(session, { clock, signal: run.signal, failed });
  const deferrals = new Deferrals();
  try {
    yield* writing(session, { served, streams, catalog, deferrals, notices, clock, live }, options);
  } catch (error) {
    run.abort(error);
  } finally {
    await session.end();
    await live.end();
  }
  yield* warn(notices.take().flatMap((one) => (one.type === 'warning' ? [one.message] : [])));
  const { cause, reports, retryAt } = session;
  if (cause instanceof Cancelled) return;
  if (cause !== undefined) throw cause;
  if (deferrals.count > 0) throw deferrals.failure(retryAt, clock.now());
  refuseTooMany(reports, config);
}

interface Writing<C extends RunConfig> extends Pick<WriteRun, 'deferrals' | 'notices' | 'clock'> {
  readonly served: readonly Served<C['streams'][number]>[];
  readonly streams: readonly StreamConfig[];
  readonly catalog: ConfiguredCatalog;
  readonly live: LiveSession;
}

async function* writing<C extends RunConfig>(
  session: RunSession<C>,
  { served, streams: announced, catalog, live, ...shared }: Writing<C>,
  { stdin, run, source, limits = defaultMicroBatchLimits }: WriteOptions,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { notices, clock } = shared;
  await session.session.openStore(source);
  live.begin(announced);
  const { connection, state } = session.session;
  const sources = { notices, clock, streams: catalog.streams.map(({ stream }) => descriptorOf(stream)) };
  const opening = openStreams(connection, served, catalog, run.signal);
  const { streams, warnings } = yield* clientMessagesWhile(opening, sources);
  yield* warn(warnings);
  session.reports.push(...streams.map(({ report }) => report));
  const facts = streams.map((stream) => stream.facts);
  yield* clientMessagesWhile(session.begin(facts), sources);
  for (const stream of streams) {
    // Fields come before rows; which options there have to be, only rows say.
    const made = yield* clientMessagesWhile(provideFor(stream, [], run.signal), sources);
    for (const what of made) yield logMessage('INFO', what);
    const { report, writer } = stream;
    const kept = await state?.stream({ stream: report.name, version: writer.version, idsOnly: false });
    stream.store = kept ?? noStateStore;
  }
  const states = new States(streams.map(({ checkpoint }) => checkpoint));
  const all: WriteRun = { ...shared, session, streams, states, run };
  yield* writeAll(unblocked(stdin, { everyMs: readAheadEveryMs, clock }), all, limits);
}

async function* writeAll(
  stdin: AsyncIterable<Uint8Array>,
  all: WriteRun,
  limits: typeof defaultMicroBatchLimits,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { streams, deferrals, run, clock } = all;
  const descriptors = streams.map(({ descriptor }) => descriptor);
  try {
    for await (const microBatch of microBatchesOf(stdin, { streams: descriptors, limits, clock, signal: run.signal })) {
      yield* writeMicroBatch(microBatch, all);
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
  const counts = OUTCOME_STATUSES.filter((status) => report[status] > 0).map(
    (status) => `${number(report[status])} ${status}`,
  );
  const codes = Object.entries(report.reject_codes).map(([code, rows]) => `${code}: ${rows}`);
  if (report.read > 0)
    yield logMessage('INFO', `${report.name}: ${counted(report.read, 'row')} (${counts.join(', ')})`);
  if (report.deferred_in_apollo > 0) {
    yield logMessage(
      'INFO',
      `${report.name}: ${number(report.deferred_in_apollo)} of the deferred rows are created, unfinished`,
    );
  }
  if (codes.length > 0) {
    yield logMessage(
      'WARN',
      `${report.name}: ${counted(report.rejected, 'row')} ${report.rejected === 1 ? 'was' : 'were'} rejected (${codes.join(', ')})`,
    );
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
  throw new ConfigFailure(rejectionText(reports, failAbovePercent), { code: 'too_many_rejects' });
}
