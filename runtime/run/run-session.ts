import { randomUUID } from 'node:crypto';
import { Secrets } from '../config/secrets.ts';
import type {
  Configured,
  Dependencies,
  Destination,
  Notice,
  RunConfig,
  SentCall,
  StreamConfig,
} from '../contract/destination.ts';
import type { Settled, SourceRow } from '../contract/record.ts';
import type { StateStore } from '../contract/state-store.ts';
import type { Writer } from '../contract/writer.ts';
import type { Budget } from '../deliver/budget.ts';
import { type Allow, deliver } from '../deliver/pipeline.ts';
import { Refusals } from '../deliver/refused/refusals.ts';
import { aboutOf, type RunAbout } from '../facts/about.ts';
import { ChangedFields, changedShown } from '../facts/changed-fields.ts';
import { CallTally } from '../facts/costs.ts';
import { earliestRetry } from '../facts/ending.ts';
import { quotaUse } from '../facts/quota-use.ts';
import { type RejectLine, rejectLine } from '../facts/reject-line.ts';
import { RejectSamples } from '../facts/reject-samples.ts';
import { count, countOf, type RunSummary, type StreamReport, type WithheldRecords } from '../facts/report.ts';
import type { EarlierRun, RunReport } from '../facts/run-report.ts';
import { runSummary } from '../facts/run-summary.ts';
import type { StreamFacts } from '../state/file/owner.ts';
import type { StateDatabase } from '../state/state-database.ts';
import { KnownIds } from './known-ids.ts';
import { RejectsFile } from './rejects-file.ts';
import { Session } from './session.ts';

interface RunSessionOptions {
  readonly runId?: string | undefined;
  /** The streams that it may write. */
  readonly streams: readonly StreamConfig[];
  /** How to stop: aborted by a signal, a failure or a defect, whoever is first. */
  readonly run: AbortController;
  /** Sends rejected rows again although nothing has changed. */
  readonly retryRejects?: boolean | undefined;
  /** Instead of the state store that the configuration names. */
  readonly openState?: typeof StateDatabase.open | undefined;
  /** Gets, once, what keeps rejected rows from their file. */
  readonly rejectsLost: (error: unknown) => void;
}

/** What a run knows at its end that its summary does not say. Holds values of rows. */
export type Aftermath = Pick<RunReport, 'rejects' | 'quota' | 'earlier' | 'about' | 'changed'>;

/** Where the rows of a stream go, and how they are counted. */
interface Into {
  readonly store: StateStore;
  readonly report: StreamReport;
  /** Default: as rows of the source. */
  readonly count?: (report: StreamReport, settled: Settled) => void;
  readonly allow?: Allow | undefined;
}

/**
 * One run, whoever brings its rows: it begins once the workspace is proven to be the right one, delivers rows, accounts for
 * each of them, and ends with a summary.
 */
export class RunSession<C extends RunConfig> {
  readonly id: string;
  readonly session: Session<C, StateDatabase>;
  readonly reports: StreamReport[] = [];
  readonly budget: Budget;
  readonly refusals = new Refusals();
  /** With a plan: rows that it does not allow to be sent, by stream. */
  readonly withheldRecords = new Map<string, WithheldRecords>();
  /** Calls that rejected rows would have cost again. */
  savedCalls = 0;
  /** The records that records of other streams refer to. */
  knownIds = new KnownIds([]);
  readonly #options: RunSessionOptions;
  readonly #dependencies: Dependencies;
  readonly #secrets: Secrets;
  readonly #rejects: RejectsFile;
  readonly #samples = new RejectSamples();
  readonly #tally = new CallTally();
  readonly #notices: NonNullable<RunSummary['notices']>[number][] = [];
  readonly #changed = new ChangedFields();
  /** By stream: the names that its mapping has for fields, where those are others. */
  readonly #fieldNames = new Map<string, Readonly<Record<string, string>>>();
  readonly #startedAt: number;
  #retryAt: number | undefined;
  #hasConfirmed = false;
  #isComplete = false;
  #hasLostRejects = false;
  #earlier: readonly EarlierRun[] = [];

  constructor(
    destination: Destination<C>,
    { config, secrets }: Configured<C>,
    options: RunSessionOptions,
    dependencies: Dependencies,
  ) {
    const { runId = randomUUID(), run, streams, openState = openDatabase } = options;
    this.id = runId;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#secrets = new Secrets(secrets);
    this.#startedAt = dependencies.clock.now();
    const watch = (call: SentCall) => this.#watch(call);
    const notice = (one: Notice): void => {
      if (one.type === 'warning' && one.code !== undefined)
        this.#notices.push({ code: one.code, message: one.message });
      dependencies.notice(one);
    };
    const { signal } = run;
    const opening = { runId, signal, openState, streams };
    this.session = new Session(destination, config, opening, { ...dependencies, watch, notice });
    this.#rejects = new RejectsFile(config.rejects.path);
    this.budget = { records: config.limits?.max_records ?? Number.POSITIVE_INFINITY };
  }

  /**
   * Proves whom requests act as, and takes the state store for the workspace and these streams. Throws ConfigFailure where it
   * belongs to others, or where `guard` finds a reason not to go on; nothing has been sent that writes by then.
   */
  async begin(streams: readonly StreamFacts[], guard?: () => Promise<void>): Promise<void> {
    const { session } = this;
    await session.prove();
    await session.requireOwner(streams);
    await guard?.();
    await session.state?.own(session.connection.workspace, streams);
    const unfiled = (await session.state?.unfiledRejects()) ?? [];
    await this.#filed(this.#rejects.complete(unfiled));
    this.#isComplete = true;
  }

  /** Delivers rows; what comes out is counted, in the rejects file and remembered. Throws the reason where the run is stopped. */
  async *deliver<R>(
    rows: AsyncIterable<readonly SourceRow[]>,
    writer: Writer<R>,
    { store, report, count: counted = count, allow }: Into,
  ): AsyncGenerator<readonly Settled[], void, void> {
    const { run, retryRejects } = this.#options;
    const { clock } = this.#dependencies;
    const { budget, refusals, knownIds } = this;
    this.#noteNames(report.name, writer.memory?.fieldNames);
    const around = { run, clock, retryRejects, budget, refusals, allow };
    const asked = writer.links === undefined ? store : knownIds.beside(store);
    for await (const settled of deliver(rows, writer, { ...around, store: asked })) {
      if (store.find === undefined) knownIds.add(report.object, settled);
      for (const one of settled) counted(report, one);
      await this.#take(settled, report);
      yield settled;
    }
  }

  #noteNames(stream: string, fieldNames: ReadonlyMap<string, string> | undefined): void {
    if (fieldNames === undefined || fieldNames.size === 0) return;
    this.#fieldNames.set(stream, { ...this.#fieldNames.get(stream), ...Object.fromEntries(fieldNames) });
  }

  async #take(settled: readonly Settled[], report: StreamReport): Promise<void> {
    this.noteRetry(settled);
    this.#hasConfirmed ||= settled.some(isPartlyConfirmed);
    const lines: RejectLine[] = [];
    for (const one of settled) {
      this.#changed.add(report.name, one);
      const line = rejectLine(one, this.id, report.name, this.#dependencies.clock.now());
      if (line === undefined) continue;
      this.#samples.add({ ...line, isKnown: one.isKnownReject ?? false });
      if (one.isKnownReject) this.savedCalls += line.attempts;
      else lines.push(line);
    }
    if (!this.#hasLostRejects) await this.#filed(this.#rejects.append(lines));
    await this.#keepQuota();
  }

  /** Takes down when deferred rows can go on. */
  noteRetry(settled: readonly Pick<Settled, 'outcome'>[]): void {
    this.#retryAt = earliestRetry(settled, this.#retryAt);
  }

  /** When the first of the deferred rows can go on, where that is known. */
  get retryAt(): number | undefined {
    return this.#retryAt;
  }

  /** The next run files what this one could not. */
  async #filed(filing: Promise<void>): Promise<void> {
    try {
      await filing;
    } catch (error) {
      if (!this.#hasLostRejects) this.#options.rejectsLost(error);
      this.#hasLostRejects = true;
    }
  }

  /** Keeps everything that is known, ends what is open, and says how the run ended. */
  async end(): Promise<RunSummary> {
    const { session } = this;
    const { run } = this.#options;
    const stop = (error: unknown): void => run.abort(error);
    await this.#filed(this.#rejects.close());
    await this.#keepQuota();
    const filesAll = this.#isComplete && !this.#hasLostRejects;
    const untidied = await session.state?.finish({ filesAll }).catch(stop);
    if (untidied) this.#dependencies.notice({ type: 'warning', message: untidied });
    let summary = this.#summary();
    try {
      this.#earlier = (await session.state?.earlierRuns()) ?? [];
      await session.state?.keepSummary(summary, this.#about());
    } catch (error) {
      stop(error);
      summary = this.#summary();
    } finally {
      await session.state?.close();
      await session.close();
    }
    return summary;
  }

  /** Why the run could not go on; undefined where it did. */
  get cause(): unknown {
    const { signal } = this.#options.run;
    return signal.aborted ? this.session.explained(signal.reason) : undefined;
  }

  /** Whether the destination has confirmed anything, be it only a part of a record. */
  get hasWritten(): boolean {
    return this.#hasConfirmed || this.reports.some((report) => report.created + countOf(report, 'updated') > 0);
  }

  /** What else a report tells of it, beside its summary and its calls. */
  get aftermath(): Aftermath {
    const states = this.session.connection.quota?.snapshot() ?? {};
    const about = this.#about();
    return {
      rejects: this.#samples.groups,
      quota: quotaUse(states, this.#dependencies.clock.now()),
      earlier: this.#earlier,
      about,
      changed: changedShown(this.#changed.all, about),
    };
  }

  #about(): RunAbout {
    const { config, connection } = this.session;
    const about = aboutOf(config, connection.workspace, this.#fieldNames);
    // The state store keeps it.
    return { ...about, source: this.#secrets.mask(about.source) };
  }

  async #keepQuota(): Promise<void> {
    const { connection, state } = this.session;
    const { quota, workspace } = connection;
    if (!quota || !workspace) return;
    await state?.keepQuota(workspace, quota.snapshot()).catch((error: unknown) => this.#options.run.abort(error));
  }

  #watch(call: SentCall): void {
    this.#dependencies.watch?.(call);
    this.#tally.add(call.request, call.fields);
    this.session.state?.noteCall(call);
  }

  #summary(): RunSummary {
    const { connection, config } = this.session;
    const summary = runSummary({
      runId: this.id,
      startedAt: this.#startedAt,
      finishedAt: this.#dependencies.clock.now(),
      streams: this.reports,
      traffic: connection.traffic(),
      failAbovePercent: config.rejects.fail_above_percent,
      retryAt: this.#retryAt,
      cause: this.cause,
      costs: this.#tally.costs,
      notices: this.#notices,
      withheldRecords: this.withheldRecords,
    });
    const { error } = summary;
    // The state store keeps it, and so does whoever gets it.
    return error === undefined ? summary : { ...summary, error: this.#secrets.mask(error) };
  }
}

/** Loaded where one is opened: it needs DuckDB. */
const openDatabase: typeof StateDatabase.open = async (...args) => {
  const { StateDatabase: database } = await import('../state/state-database.ts');
  return database.open(...args);
};

const isPartlyConfirmed = ({ outcome, values, known }: Settled): boolean =>
  outcome.status === 'deferred' && values !== undefined && JSON.stringify(values) !== JSON.stringify(known?.values);
