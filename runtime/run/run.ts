import { randomUUID } from 'node:crypto';
import type { Secrets } from '../config/secrets.ts';
import type {
  Connection,
  Destination,
  RunConfig,
  SentCall,
  StreamConfig,
  Surroundings,
} from '../contract/destination.ts';
import type { Settled, SourceRow } from '../contract/record.ts';
import { noStateStore } from '../contract/state-store.ts';
import { begun } from '../deliver/begun.ts';
import type { Budget } from '../deliver/budget.ts';
import { demandOf } from '../deliver/demand-of.ts';
import { deliver } from '../deliver/pipeline.ts';
import { Refusals } from '../deliver/refusals.ts';
import { CallTally } from '../facts/costs.ts';
import { earliestRetry } from '../facts/ending.ts';
import { quotaUse } from '../facts/quota-use.ts';
import { RejectSamples } from '../facts/reject-samples.ts';
import { type RejectLine, RejectsFile, rejectLine } from '../facts/rejects.ts';
import {
  count,
  countOf,
  countRemoved,
  countUnmapped,
  countUnread,
  type RunSummary,
  type StreamReport,
  streamReport,
} from '../facts/report.ts';
import type { EarlierRun } from '../facts/run-report.ts';
import { runSummary } from '../facts/run-summary.ts';
import { openSource, type Source } from '../source/source.ts';
import { requireOwner, type StreamFacts } from '../state/ownership.ts';
import type { RemovedRows } from '../state/removed-rows.ts';
import { StateDatabase } from '../state/state-database.ts';
import type { StreamState } from '../state/stream-state.ts';
import { GuardFailure } from './preview/guards.ts';
import { requirePlanFor } from './preview/plan-file.ts';
import { previewOf } from './preview/preview.ts';
import { type ReadyStream, ready, sourceOf } from './ready.ts';
import { guardRekeyed } from './rekeying.ts';
import { type Gone, goneOf, guardRemoved } from './removal.ts';
import { inChunks, nothingKept, type RestoringStream, restoringStreams } from './restoring.ts';
import type { Aftermath, RunEvent, RunOptions } from './sync.ts';

/** A stream whose rows are ready to be pulled. */
interface Reading {
  readonly state: StreamState | undefined;
  readonly report: StreamReport;
  readonly rows: AsyncIterable<readonly SourceRow[]>;
  /** Absent where the stream leaves removed rows as they are. */
  readonly gone: Gone | undefined;
  /** The rows that are gone from it, where some stream of the run sees to such rows. */
  readonly absent: RemovedRows | undefined;
  /** How many rows the stream has, those included that need not be read; undefined until that is known. */
  readonly total: number | undefined;
}

/** One run of `sync`: what is open while it lasts, and what has come of it. */
export class Run<C extends RunConfig> {
  readonly id: string;
  readonly reports: StreamReport[] = [];
  /** Calls that rejected rows would have cost again. */
  savedCalls = 0;
  readonly #config: C;
  readonly #options: RunOptions & { readonly secrets: Secrets };
  readonly #surroundings: Surroundings;
  readonly #connection: Connection<C['streams'][number]>;
  readonly #rejects: RejectsFile;
  readonly #samples = new RejectSamples();
  readonly #budget: Budget;
  readonly #refusals = new Refusals();
  readonly #tally = new CallTally();
  readonly #startedAt: number;
  /** Streams that have been compared before their turn. */
  readonly #readings = new Map<ReadyStream<StreamConfig>, Reading>();
  #source: Source | undefined;
  #state: StateDatabase | undefined;
  #retryAt: number | undefined;
  #hasConfirmed = false;
  /** Whether some stream sees to records whose rows are gone. */
  #seesRemoved = false;
  /** Whether the rejects file has what earlier runs could not write. */
  #filesAll = false;
  #earlier: readonly EarlierRun[] = [];

  constructor(
    destination: Destination<C>,
    config: C,
    options: RunOptions & { readonly secrets: Secrets },
    surroundings: Surroundings,
  ) {
    this.id = options.runId ?? randomUUID();
    this.#config = config;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#startedAt = surroundings.clock.now();
    this.#connection = destination.connect(config, {
      ...surroundings,
      maxCalls: options.plan?.maxCalls,
      watch: (call) => this.#watch(call),
    });
    this.#rejects = new RejectsFile(config.rejects.path);
    this.#budget = { records: config.limits?.max_records ?? Number.POSITIVE_INFINITY };
  }

  /** Makes every stream ready. Throws ConfigFailure for what a person must change; nothing is sent that writes. */
  async open(): Promise<readonly ReadyStream<C['streams'][number]>[]> {
    const { run } = this.#options;
    this.#source = await openSource(sourceOf(this.#config), this.#options.source);
    await this.#openState(this.#source);
    const streams = await ready(this.#connection, this.#source, this.#config, this.#options);
    if (this.#options.plan) requirePlanFor(this.#options.plan, streams);
    await this.#connection.prove(run.signal);
    const facts = streams.map((stream) => stream.facts);
    await this.#requireOwner(facts);
    await this.#guardChanges(streams);
    await this.#guard(streams);
    await this.#state?.own(this.#connection.workspace, facts);
    await this.#rejects.complete((await this.#state?.unfiledRejects()) ?? []);
    this.#filesAll = true;
    return streams;
  }

  /** Throws ConfigFailure where the state store belongs to another workspace, or remembers other streams. */
  async #requireOwner(streams: readonly StreamFacts[]): Promise<void> {
    if (this.#state === undefined) return;
    const { workspace } = this.#connection;
    requireOwner(await this.#state.ownership(), { workspace, streams }, this.#config.state?.path ?? '');
  }

  async #openState({ work }: Source): Promise<void> {
    const { openState = StateDatabase.open } = this.#options;
    const { state } = this.#config;
    if (state?.type !== 'duckdb' || state.path === undefined) return;
    const { clock } = this.#surroundings;
    this.#state = await openState(work, { path: state.path, runId: this.id, clock });
    const { quota } = this.#connection;
    if (quota) quota.restore(await this.#state.quota());
  }

  /** Makes ready to give records back what a run has changed. Throws ConfigFailure where nobody knows that. */
  async openToUndo(named: string): Promise<readonly RestoringStream[]> {
    const { run, source } = this.#options;
    // What is given back comes from the state store; there is no other source.
    this.#source = await openSource({ type: 'duckdb' }, source);
    await this.#openState(this.#source);
    if (this.#state === undefined) throw nothingKept();
    const changed = await this.#state.changesOfRun(named);
    const streams = await restoringStreams(this.#connection, this.#config, changed, run.signal);
    await this.#connection.prove(run.signal);
    await this.#requireOwner([]);
    await this.#state.own(this.#connection.workspace, []);
    return streams;
  }

  /** Gives the records of a stream back what they held, as far as they still are as the run has left them. */
  async *restore({ config, undone, rows, writer }: RestoringStream): AsyncGenerator<RunEvent, void, void> {
    const { run } = this.#options;
    const { clock } = this.#surroundings;
    const report = streamReport({ ...config, mode: 'undo' }, { seesRemoved: false });
    this.reports.push(report);
    const store = this.#state!.undoing(config.name, undone);
    const around = { store, run, clock, budget: this.#budget, refusals: this.#refusals };
    for await (const settled of deliver(inChunks(rows), writer, around)) {
      for (const one of settled) count(report, one);
      await this.#take(settled, report);
      yield { type: 'progress', stream: report, calls: this.#connection.traffic().calls, total: rows.length };
    }
  }

  /** Has all streams compared of which something is known, before any is sent. */
  async #guard(streams: readonly ReadyStream<StreamConfig>[]): Promise<void> {
    this.#seesRemoved = streams.some(({ removal }) => removal !== undefined);
    for (const stream of streams) {
      if ((stream.removal ?? stream.rekeying) === undefined || this.#state === undefined) continue;
      const reading = await this.#read(stream);
      this.#readings.set(stream, reading);
      if (stream.removal && reading.gone) guardRemoved(stream.removal, reading.gone);
    }
  }

  /** Throws GuardFailure where a guard forbids what the run would do. Without guards nothing is looked at. */
  async #guardChanges(streams: readonly ReadyStream<C['streams'][number]>[]): Promise<void> {
    const guards = Object.values(this.#config.guards ?? {}).filter((limit) => limit !== undefined);
    if (guards.length === 0) return;
    const preview = await previewOf(streams, {
      connection: this.#connection,
      source: this.#source!,
      stateOf: async (stream) => this.#stateOf(stream),
      config: this.#config,
      options: { ...this.#options, show: 0 },
      surroundings: this.#surroundings,
    });
    if (preview.guards.length > 0) throw new GuardFailure(preview);
  }

  #stateOf({ config, writer }: ReadyStream<StreamConfig>): Promise<StreamState> | undefined {
    const options = { stream: config.name, version: writer.version, idsOnly: this.#options.full ?? false };
    return this.#state?.streamToLookInto(options);
  }

  /** Brings the destination to what a stream says. */
  async *deliver(stream: ReadyStream<StreamConfig>): AsyncGenerator<RunEvent, void, void> {
    const { run, retryRejects } = this.#options;
    const { clock } = this.#surroundings;
    const { writer } = stream;
    const reading = this.#readings.get(stream) ?? (await this.#read(stream));
    this.#readings.set(stream, reading);
    const { report, state } = reading;
    this.reports.push(report);
    const shared = { budget: this.#budget, refusals: this.#refusals };
    const around = { store: state ?? noStateStore, run, clock, retryRejects, ...shared };
    const progress = (): RunEvent => {
      const { calls } = this.#connection.traffic();
      return { type: 'progress', stream: report, calls, ...(reading.total !== undefined && { total: reading.total }) };
    };
    for await (const settled of deliver(reading.rows, writer, around)) {
      for (const one of settled) count(report, one);
      await this.#take(settled, report);
      yield progress();
    }
  }

  /** Sees to the records whose rows are gone from a stream, once all streams have been delivered. */
  async *remove(stream: ReadyStream<StreamConfig>): AsyncGenerator<RunEvent, void, void> {
    const { run, retryRejects } = this.#options;
    const { clock } = this.#surroundings;
    const { removal } = stream;
    const { state, gone, report } = this.#readings.get(stream) ?? {};
    if (!removal || !state || !gone || !report) return;
    const store = state.removing(removal.writer.version);
    const around = { store, run, clock, retryRejects, budget: this.#budget };
    const rows = state.removed(gone.rows, this.#goneElsewhere(stream));
    for await (const settled of deliver(rows, removal.writer, around)) {
      for (const one of settled) countRemoved(report.removed!, one);
      await this.#take(settled, report);
      yield { type: 'progress', stream: report, calls: this.#connection.traffic().calls };
    }
  }

  /** The other streams of the configuration, with the rows that are gone from each, as far as the run has looked. */
  #goneElsewhere({ config }: ReadyStream<StreamConfig>): ReadonlyMap<string, RemovedRows | undefined> {
    const read = new Map([...this.#readings].map(([stream, { absent }]) => [stream.config.name, absent]));
    const others = this.#config.streams.filter(({ name, object }) => name !== config.name && object === config.object);
    return new Map(others.map(({ name }) => [name, read.get(name)]));
  }

  /** Makes a stream's rows ready to be pulled; where removed rows count, they are compared before this resolves. */
  async #read({ config, writer, relation, removal, rekeying }: ReadyStream<StreamConfig>): Promise<Reading> {
    const options = { stream: config.name, version: writer.version, idsOnly: this.#options.full ?? false };
    const state = await this.#state?.stream(options);
    const report = streamReport(config, { seesRemoved: removal !== undefined && state !== undefined });
    let gone: Gone | undefined;
    let absent: RemovedRows | undefined;
    const comparison = await state?.comparison(writer, async (compared) => {
      if (rekeying) guardRekeyed(rekeying, compared.rekeyed);
      countUnread(report, compared.unchanged);
      if (removal) gone = await goneOf(removal, state, compared);
      else if (this.#seesRemoved && compared.removed !== undefined) {
        absent = await state.removedRows({ removed: compared.removed, stored: compared.stored });
      }
    });
    let total: number | undefined;
    // What need not be read is counted by then.
    const counted = (rows: number): void => {
      total = report.read + rows;
    };
    const demand = demandOf(writer, {
      budget: this.#budget,
      refusals: this.#refusals,
      clock: this.#surroundings.clock,
      counted: (unmapped, why) => {
        countUnmapped(report, unmapped, why);
        if (unmapped.deferred > 0) this.#retryAt = earliestRetry([{ outcome: why }], this.#retryAt);
      },
    });
    const key = { columns: writer.keyColumns, matchKeyOf: writer.matchKeyOf, renames: writer.renames, counted, demand };
    const rows = this.#source!.rows(relation, key, this.#options.run.signal, comparison);
    const isGuarded = removal !== undefined || (rekeying !== undefined && comparison?.isEmpty === false);
    const pulled = state && isGuarded ? await begun(rows) : rows;
    return {
      state,
      report,
      rows: pulled,
      gone,
      absent: gone?.rows ?? absent,
      get total() {
        return total;
      },
    };
  }

  async #take(settled: readonly Settled[], report: StreamReport): Promise<void> {
    this.#retryAt = earliestRetry(settled, this.#retryAt);
    this.#hasConfirmed ||= settled.some(isPartlyConfirmed);
    for (const { isKnownReject, outcome } of settled) {
      if (isKnownReject && outcome.status === 'rejected') this.savedCalls += outcome.rejection.attempts ?? 0;
    }
    const { clock } = this.#surroundings;
    const lines: RejectLine[] = [];
    for (const one of settled) {
      const line = rejectLine(one, this.id, report.name, clock.now());
      if (line === undefined) continue;
      this.#samples.see({ ...line, isKnown: one.isKnownReject ?? false });
      if (!one.isKnownReject) lines.push(line);
    }
    await this.#rejects.append(lines).catch((error: unknown) => this.#loseRejects(error));
    await this.#keepQuota();
  }

  /** The next run writes what this one could not. */
  #loseRejects(error: unknown): void {
    this.#filesAll = false;
    this.#options.run.abort(error);
  }

  /** Keeps everything that is known, and ends what is open but for the state store. */
  async close(): Promise<void> {
    const { run } = this.#options;
    await this.#rejects.close().catch((error: unknown) => this.#loseRejects(error));
    await this.#keepQuota();
    await this.#state?.finish({ filesAll: this.#filesAll }).catch((error: unknown) => run.abort(error));
    await this.#connection.close();
  }

  /** How it ended; `close` comes before. Ends the state store and the source. */
  async finish(): Promise<RunSummary> {
    let summary = this.#summary();
    try {
      this.#earlier = (await this.#state?.earlierRuns()) ?? [];
      await this.#state?.keepSummary(summary);
    } catch (error) {
      this.#options.run.abort(error);
      summary = this.#summary();
    } finally {
      await this.#state?.close();
      await this.#source?.close();
    }
    return summary;
  }

  /** Why the run could not go on; undefined where it did. */
  get cause(): unknown {
    const { signal } = this.#options.run;
    return signal.aborted ? signal.reason : undefined;
  }

  /** Whether the destination has confirmed anything, be it only a part of a record. */
  get hasWritten(): boolean {
    return this.#hasConfirmed || this.reports.some((report) => report.created + countOf(report, 'updated') > 0);
  }

  /** What else a report tells of it, beside its summary and its calls. */
  get aftermath(): Aftermath {
    const states = this.#connection.quota?.snapshot() ?? {};
    return {
      rejects: this.#samples.groups,
      quota: quotaUse(states, this.#surroundings.clock.now()),
      earlier: this.#earlier,
    };
  }

  async #keepQuota(): Promise<void> {
    const { quota, workspace } = this.#connection;
    if (!quota || !workspace || !this.#state) return;
    await this.#state.keepQuota(workspace, quota.snapshot()).catch((error: unknown) => this.#options.run.abort(error));
  }

  #watch(call: SentCall): void {
    this.#surroundings.watch?.(call);
    this.#tally.add(call.request, call.fields);
    this.#state?.noteCall(call);
  }

  #summary(): RunSummary {
    const summary = runSummary({
      runId: this.id,
      startedAt: this.#startedAt,
      finishedAt: this.#surroundings.clock.now(),
      streams: this.reports,
      traffic: this.#connection.traffic(),
      failAbovePercent: this.#config.rejects.fail_above_percent,
      retryAt: this.#retryAt,
      cause: this.cause,
      costs: this.#tally.costs,
    });
    const { error } = summary;
    // The state store keeps it, and so does whoever gets it.
    return error === undefined ? summary : { ...summary, error: this.#options.secrets.mask(error) };
  }
}

const isPartlyConfirmed = ({ outcome, values, known }: Settled): boolean =>
  outcome.status === 'deferred' && values !== undefined && JSON.stringify(values) !== JSON.stringify(known?.values);
