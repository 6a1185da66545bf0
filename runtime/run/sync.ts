import type { Configured, Dependencies, Destination, RunConfig, StreamConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { noStateStore } from '../contract/state-store.ts';
import type { Writer } from '../contract/writer.ts';
import type { Allow } from '../deliver/pipeline.ts';
import type { QuotaNow } from '../facts/quota.ts';
import { quotaNow } from '../facts/quota-use.ts';
import { countRemoved, type RunSummary, type StreamReport, streamReport } from '../facts/report.ts';
import { chosenStreams } from './chosen-streams.ts';
import { refreshInventory } from './inventory/refresh-inventory.ts';
import { KnownIds, linkedObjects } from './known-ids.ts';
import { choiceTexts } from './picked-rows.ts';
import { guardChanges } from './preview/guard-changes.ts';
import { type Plan, requirePlanFor } from './preview/plan-file.ts';
import { PlannedRecords } from './preview/planned-records.ts';
import { provide, provisioned, requirePlanned } from './provisioning.ts';
import { Readings } from './readings.ts';
import { type ReadyStream, ready } from './ready.ts';
import type { RunOptions } from './run-options.ts';
import { type Aftermath, RunSession } from './run-session.ts';
import { inChunks, nothingKept, undoStreams } from './undo-streams.ts';

/** What a run tells while it goes on; its last event is `finished`. */
export type RunEvent =
  | { readonly type: 'warning'; readonly message: string }
  | {
      readonly type: 'progress';
      readonly stream: StreamReport;
      readonly calls: Readonly<Record<string, number>>;
      /** Rows of the stream, those included that need not be read. */
      readonly total?: number;
      /** Absent where the destination has no rate limits. */
      readonly quota?: QuotaNow;
    }
  | {
      readonly type: 'finished';
      readonly summary: RunSummary;
      readonly cause: unknown;
      /** Calls that rejected rows did not cost again. */
      readonly savedCalls: number;
      readonly aftermath: Aftermath;
    };

/**
 * Reads the source and brings the destination to what it says, row by row accounted for; or gives back what a run has
 * changed, record by record. Throws ConfigFailure while
 * nothing was sent; after that every way to end is a `finished` event.
 */
export async function* sync<C extends RunConfig>(
  destination: Destination<C>,
  configured: Configured<C>,
  options: RunOptions,
  dependencies: Dependencies,
): AsyncGenerator<RunEvent, void, void> {
  for (const message of configured.warnings) yield { type: 'warning', message };
  const { run: stop, plan, undone } = options;
  if (undone === undefined) {
    for (const message of await refreshInventory(destination, configured, options, dependencies, undefined)) {
      yield { type: 'warning', message };
    }
  }
  const rejectsLost = (error: unknown): void => stop.abort(error);
  const around = { ...dependencies, maxCalls: plan?.maxCalls };
  const { streams } = configured.config;
  const written = undone === undefined ? chosenStreams(streams, options).map((index) => streams[index]!) : streams;
  const run = new RunSession(destination, configured, { ...options, streams: written, rejectsLost }, around);
  let summary: RunSummary;
  try {
    yield* undone === undefined ? delivering(run, options, dependencies) : undoing(run, options, undone);
  } catch (error) {
    stop.abort(error);
  } finally {
    summary = await run.end();
  }
  const { cause, savedCalls, aftermath } = run;
  if (cause instanceof ConfigFailure && !run.hasWritten) throw cause;
  yield { type: 'finished', summary, cause, savedCalls, aftermath };
}

async function* delivering<C extends RunConfig>(
  run: RunSession<C>,
  options: RunOptions,
  dependencies: Dependencies,
): AsyncGenerator<RunEvent> {
  const { plan, run: stop } = options;
  const { session } = run;
  for (const message of choiceTexts(session.config, options)) yield { type: 'warning', message };
  const source = await session.openSource(options.source);
  let streams: readonly ReadyStream<C['streams'][number]>[];
  streams = await ready(session.connection, source, session.config, options);
  run.knownIds = new KnownIds(linkedObjects(streams));
  if (plan) requirePlanFor(plan, streams);
  const planned = await provisioned(streams, { source, signal: stop.signal });
  if (plan) requirePlanned(plan, planned.makes);
  const { clock, notice } = dependencies;
  const warn = (message: string): void => notice({ type: 'warning', message });
  const reading = () => new Readings(run, { ...options, source, streams, clock, warn });
  let readings = reading();
  const facts = streams.map((stream) => stream.facts);
  await run.begin(facts, async () => {
    await guardChanges(planned, { session, source, options, dependencies });
    if (planned.makes.length > 0) {
      streams = await provide(planned.streams, { signal: stop.signal, notice: dependencies.notice });
      readings = reading();
    }
    await readings.guard();
  });
  for (const { warnings } of streams) for (const message of warnings) yield { type: 'warning', message };
  for (const stream of streams) if (!stop.signal.aborted) yield* deliver(run, readings, stream, plan);
  // Only then is it known whose records are still in use: a row may have moved from one stream to another.
  for (const stream of streams) if (!stop.signal.aborted) yield* remove(run, readings, stream, plan);
}

/** Brings the destination to what a stream says. */
async function* deliver<C extends RunConfig>(
  run: RunSession<C>,
  readings: Readings<C>,
  stream: ReadyStream<StreamConfig>,
  plan: Plan | undefined,
): AsyncGenerator<RunEvent> {
  const reading = await readings.of(stream);
  const { report, writer, state: store = noStateStore } = reading;
  run.reports.push(report);
  const allow = allowing(run, writer, { plan, name: stream.config.name, isRemoval: false });
  for await (const _ of run.deliver(reading.rows, writer, { store, report, allow })) {
    yield progress(run, report, reading.total);
  }
  await reading.close();
}

/** Sees to the records whose rows are gone from a stream, once all streams have been delivered. */
async function* remove<C extends RunConfig>(
  run: RunSession<C>,
  readings: Readings<C>,
  stream: ReadyStream<StreamConfig>,
  plan: Plan | undefined,
): AsyncGenerator<RunEvent> {
  const { removal } = stream;
  const { state, gone, report } = await readings.of(stream);
  if (!removal || !state || !gone) return;
  const store = state.removing(removal.writer.version);
  const allow = allowing(run, removal.writer, { plan, name: stream.config.name, isRemoval: true });
  const rows = state.removed(gone.rows, readings.goneElsewhere(stream));
  for await (const _ of run.deliver(rows, removal.writer, { store, report, count: countRemoved, allow })) {
    yield progress(run, report);
  }
}

/** What of a stream a plan allows; undefined where there is none. */
function allowing<C extends RunConfig>(
  run: RunSession<C>,
  writer: Writer<unknown>,
  { plan, name, isRemoval }: { readonly plan: Plan | undefined; readonly name: string; readonly isRemoval: boolean },
): Allow | undefined {
  const planned = plan?.streams.find((stream) => stream.name === name);
  if (planned === undefined) return undefined;
  const withheld = run.withheldRecords.get(name) ?? { creates: 0, changes: 0, clears: 0, removals: 0 };
  run.withheldRecords.set(name, withheld);
  return new PlannedRecords(planned, writer, { withheld, isRemoval }).allow as Allow;
}

/** Gives records back what a run has changed, as far as they still are as it has left them. */
async function* undoing<C extends RunConfig>(
  run: RunSession<C>,
  { source, run: stop }: RunOptions,
  named: string,
): AsyncGenerator<RunEvent> {
  const { session } = run;
  await session.openStore(source);
  if (session.state === undefined) throw nothingKept();
  const changed = await session.state.changesOfRun(named);
  const streams = await undoStreams(session.connection, session.config, changed, stop.signal);
  await run.begin([]);
  for (const { config, undone, rows, writer } of streams) {
    if (stop.signal.aborted) return;
    const report = streamReport({ ...config, mode: 'undo' });
    run.reports.push(report);
    const into = { store: session.state.undoing(config.name, undone), report };
    for await (const _ of run.deliver(inChunks(rows), writer, into)) yield progress(run, report, rows.length);
  }
}

function progress<C extends RunConfig>(run: RunSession<C>, stream: StreamReport, total?: number): RunEvent {
  const { connection } = run.session;
  const { quota } = connection;
  const traffic = connection.traffic();
  const limits = quota && { quota: quotaNow(quota, traffic) };
  return { type: 'progress', stream, calls: traffic.calls, ...(total !== undefined && { total }), ...limits };
}
