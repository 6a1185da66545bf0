import { expect } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { Cancelled } from '../../runtime/contract/cancelled.ts';
import type { CommitLimits } from '../../runtime/state/commits.ts';
import type { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import type { JudgedStream, Told } from '../support/one-record-a-row.ts';
import { deliverRows } from '../support/run.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import type { Day, History } from './history.ts';
import { type Kept, keptIn } from './history-kept.ts';
import { listOf, streamOf } from './history-streams.ts';
import { toldByOutcomes, toldByRejects, toldByStore } from './history-told.ts';
import { writeRows } from './history-write.ts';

/** What one run has said. */
export interface Said {
  readonly told: readonly Told[];
  /** The same of the second stream. */
  readonly second?: readonly Told[];
  readonly isWhole: boolean;
  /** Why it has stopped, where it tells. */
  readonly cause?: string;
  /** Of its streams, no row was deferred. */
  readonly isFinal: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
  /** What the state store holds after it. */
  readonly kept?: Kept;
}

/** How a run is made: with its trouble, or calm. */
export interface Making extends Partial<Pick<Day, 'killedAt' | 'full' | 'quirks' | 'inventory'>> {
  readonly maxRetries: number;
  readonly retryRejects?: boolean;
}

/** The configuration of the state store that the next run has; `folder` is for files. */
export type NextStore = (folder: string) => Promise<object>;

/** What is done with a request that comes after so many others. */
interface Stop {
  left: number;
  now: () => Promise<void>;
}

/** What the runs of a history are made with. */
export interface Around {
  readonly clock: EmulatorClock;
  /** What stops a run, with the request that comes after so many others. */
  readonly stop: Stop;
  /** Default: one in a file for all runs. */
  readonly nextStore?: NextStore | undefined;
  /**
   * When commits are made; default: as usual. Where they are given, a run is killed by the number of its requests: which of two
   * commits comes first, that of an outcome or that of the next request, depends on how fast a store is.
   */
  readonly commits?: CommitLimits | undefined;
}

/** The runs of a history, and what each has said. */
export class HistoryRuns {
  readonly stream: Readonly<Record<string, unknown>>;
  readonly second: Readonly<Record<string, unknown>> | undefined;
  /** What the state store held after the last run. */
  kept: Kept | undefined;
  readonly #history: History;
  readonly #emulator: Emulator;
  readonly #around: Around;
  readonly #runs: Runs;
  #state: object | undefined;

  constructor(history: History, emulator: Emulator, around: Around) {
    this.#history = history;
    this.#emulator = emulator;
    this.#around = around;
    const { first, second } = streamOf(history);
    this.stream = first;
    this.second = second;
    this.#runs = new Runs(emulator, {
      clock: around.clock,
      stream: this.stream,
      config: { concurrency: history.concurrency },
      state: () => this.#state,
    });
  }

  async make(rows: readonly TestRow[], making: Making): Promise<Said> {
    const { hasStore, by } = this.#history;
    if (hasStore) this.#state = await this.#around.nextStore?.(this.#runs.folder);
    const ways = {
      sync: () => (hasStore ? this.#synced(rows, making) : this.#forgotten(rows, making)),
      write: () => (hasStore ? this.#written(rows, making) : this.#sent(rows, making)),
    };
    return ways[by]();
  }

  get #runId(): string {
    return `run ${this.#around.clock.now()}`;
  }

  /** A run from a warehouse, with a state store. */
  async #synced(rows: readonly TestRow[], { maxRetries, killedAt, ...options }: Making): Promise<Said> {
    const streams = [
      { name: 'rows', table: 'rows', ...this.stream },
      ...(this.second ? [{ name: 'second', table: 'rows', ...this.second }] : []),
      ...(this.#history.list ? [listOf(this.#history.object, this.#history.list, rows)] : []),
    ];
    const config = { retries: { max_retries: maxRetries }, streams };
    if (options.inventory === true) await this.#runs.inventory(config);
    const runId = this.#runId;
    const { commits } = this.#around;
    const { kill, ...killing } = killedState((commits ? undefined : killedAt) ?? Number.POSITIVE_INFINITY, commits);
    if (commits) this.#stopAfter(killedAt, kill);
    const ended = await this.#runs.sync(rows, {
      runId,
      config,
      ...(options.full === true && { full: true }),
      ...(options.retryRejects === true && { retryRejects: true }),
      ...killing,
    });
    this.#stopAfter(undefined);
    const isWhole = ended.cause === undefined;
    const isFirstFinal = isWhole && ended.counts['deferred'] === undefined;
    const isFinal = isWhole && this.#runs.summary.streams.every(({ deferred }) => deferred === 0);
    const kept = await this.#kept();
    const told = toldByStore(kept, this.stream, rows, { runId, isFinal: isFirstFinal });
    const second = this.second ? toldByStore(kept, this.stream, rows, { runId, isFinal, name: 'second' }) : [];
    const { counts, calls, cause = '' } = ended;
    return { told, second, isWhole, cause: String(cause), isFinal, counts, calls, kept };
  }

  async #kept(): Promise<Kept> {
    this.kept = await this.#runs.look(keptIn);
    return this.kept;
  }

  /** A run that is sent its rows, with a state store; a kill is a stop there, as it comes to so many requests. */
  async #written(rows: readonly TestRow[], making: Making): Promise<Said> {
    const runId = this.#runId;
    const before = this.#emulator.requests.entries.length;
    const isWhole = await this.#write(rows, runId, making, {});
    const kept = await this.#kept();
    const run = kept.runs.find(({ run_id }) => run_id === runId)!;
    const counts = Object.fromEntries(
      COUNTED.flatMap((status) => (Number(run[status]) > 0 ? [[status, Number(run[status])]] : [])),
    );
    const calls: Record<string, number> = {};
    for (const { method, action } of this.#emulator.requests.entries.slice(before)) {
      if (method !== 'GET') calls[`${method} ${action}`] = (calls[`${method} ${action}`] ?? 0) + 1;
    }
    const isFinal = isWhole && counts['deferred'] === undefined;
    return { told: toldByStore(kept, this.stream, rows, { runId, isFinal }), isWhole, isFinal, counts, calls, kept };
  }

  /** A run that is sent its rows, without a state store: it says which rows it has rejected, and whether the others are written. */
  async #sent(rows: readonly TestRow[], making: Making): Promise<Said> {
    const runId = this.#runId;
    const isWhole = await this.#write(rows, runId, making, { state: { type: 'none' } });
    if (!isWhole) return { told: [], isWhole, isFinal: false, counts: {}, calls: {} };
    const lines = this.#runs.rejects().map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    const rejected = new Set(
      lines.filter(({ run_id }) => run_id === runId).map((line) => line['primary_key']!.toLowerCase()),
    );
    const told = toldByRejects(this.#emulator, this.stream as unknown as JudgedStream, rows, rejected);
    return { told, isWhole, isFinal: true, counts: { read: rows.length }, calls: {} };
  }

  /** Whether `write` came to its end with all rows. */
  async #write(
    rows: readonly TestRow[],
    runId: string,
    { maxRetries, killedAt }: Making,
    config: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    const run = this.#stopAfter(killedAt);
    const { concurrency } = this.#history;
    const { streams: _, ...json } = this.#runs.json({ concurrency, retries: { max_retries: maxRetries }, ...config });
    const { isWhole, isConfirmed } = await writeRows(rows, {
      json: { ...json, source: undefined, streams: [{ name: 'rows', ...this.stream }] },
      clock: this.#around.clock,
      run,
      runId,
      folder: this.#runs.folder,
    });
    this.#stopAfter(undefined);
    if (!run.signal.aborted) expect([runId, isConfirmed]).toEqual([runId, isWhole]);
    return isWhole;
  }

  /** A run without one: what it says of each row. */
  async #forgotten(rows: readonly TestRow[], { maxRetries, killedAt }: Making): Promise<Said> {
    const { settled, cause, calls } = await deliverRows({
      apollo: this.#emulator,
      clock: this.#around.clock,
      run: this.#stopAfter(killedAt),
      rows,
      stream: this.stream,
      config: { concurrency: this.#history.concurrency, retries: { max_retries: maxRetries } },
    });
    this.#stopAfter(undefined);
    const counts: Record<string, number> = {};
    for (const outcome of settled) if (outcome) counts[outcome.status] = (counts[outcome.status] ?? 0) + 1;
    const isWhole = cause === undefined;
    const isFinal = isWhole && counts['deferred'] === undefined;
    return { told: toldByOutcomes(settled, rows), isWhole, isFinal, counts, calls };
  }

  /** Has the emulator stop a run after so many requests: as for SIGTERM, if not otherwise. */
  #stopAfter(requests: number | undefined, now?: () => Promise<void>): AbortController {
    const run = new AbortController();
    const { stop } = this.#around;
    stop.left = requests ?? Number.POSITIVE_INFINITY;
    stop.now = now ?? (async () => run.abort(new Cancelled('SIGTERM')));
    return run;
  }
}

const COUNTED = ['created', 'updated', 'unchanged', 'skipped', 'superseded', 'rejected', 'deferred'] as const;
