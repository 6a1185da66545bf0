import type { Clock } from '../../contract/clock.ts';
import type { Bound, EstimableWriter, EstimatedStep, FieldWrite } from '../../contract/estimate.ts';
import type { Mirror } from '../../contract/mirror.ts';
import type { OutcomeStatus, Position } from '../../contract/outcome.ts';
import { type Item, isSettled, type PreparedRecord, type Settled } from '../../contract/record.ts';
import { noStateStore, type StateStore } from '../../contract/state-store.ts';
import type { Step, Writer } from '../../contract/writer.ts';
import type { Budget } from '../../deliver/budget.ts';
import { lookedInto } from '../../deliver/looked-into.ts';
import { deliverPrepared } from '../../deliver/pipeline.ts';
import { within } from '../../deliver/prepare.ts';
import { type CallCount, CallTally } from '../../facts/costs.ts';
import { count, type StreamReport, streamReport } from '../../facts/report.ts';
import { linkedStore, type Preparing, type RowsOf } from './prepared-rows.ts';

/** What an estimate is made with. */
export interface StreamEstimateOptions extends Pick<Preparing, 'store' | 'run' | 'known'> {
  readonly stream: { readonly name: string; readonly object: string; readonly mode: string };
  readonly clock: Clock;
  readonly budget: Budget;
  /** An earlier stream of the run may find records for which this one has no id yet. */
  readonly follows: boolean;
  /** How many payloads to keep. */
  readonly show: number;
  /** What earlier streams of an exact estimate have come to: ids by match key. */
  readonly learned?: Map<string, string> | undefined;
  /** Gets the match keys of rows that would have a record; absent where no one asks for them. */
  readonly records?: Set<string> | undefined;
  /** Gets each row, and whether its outcome is known; absent where no one asks for them. */
  readonly rows?: ((settled: Settled, how: 'sure' | 'unsure') => void) | undefined;
}

/** What a request would say of a record. */
interface Payload {
  readonly request: string;
  /** Of the record, where it is known. */
  readonly id?: string;
  readonly payload: unknown;
}

/** Where a record has been, until its outcome is known. */
interface Trail {
  writes: readonly FieldWrite[];
  creates: boolean;
  asks: boolean;
}

const hasRecord: ReadonlySet<OutcomeStatus> = new Set(['created', 'updated', 'unchanged', 'skipped']);

// As many as most requests carry.
const TOGETHER = 100;

const none: readonly FieldWrite[] = [];

const nowhere: Trail = { writes: none, creates: false, asks: false };

/** A run through the real pipeline whose steps answer for the destination, under one assumption; and what it came to. */
export class StreamEstimate {
  /** Rows whose outcome is known. */
  readonly sure: StreamReport;
  /** Rows whose outcome only the destination knows. */
  readonly unsure: StreamReport;
  readonly tally = new CallTally();
  /** Those requests of `tally` whose records would all be sent otherwise if others shared a request with them. */
  readonly #uncertain = new CallTally();
  /** Rows that would be created, or found to exist. */
  creating = 0;
  /** Values that would be emptied. */
  clears = 0;
  /** Rows that would be updated, by field. */
  readonly changed = new Map<string, number>();
  /** Rows whose record the state store knows, and those of them that would be updated. */
  known = 0;
  /** Rows whose record is there, and unfinished. */
  unfinished = 0;
  knownChanged = 0;
  readonly payloads: Payload[] = [];
  readonly #options: StreamEstimateOptions;
  readonly #trails = new Map<Position, Trail>();
  readonly #strays = new Set<Position>();
  /** Match keys of records whose ids only an earlier stream can tell. */
  readonly #sought = new Set<string>();

  private constructor(options: StreamEstimateOptions) {
    this.#options = options;
    this.sure = streamReport(options.stream);
    this.unsure = streamReport(options.stream);
  }

  static async of<R>(
    rows: RowsOf<R>,
    writer: EstimableWriter<R>,
    assumed: Bound,
    options: StreamEstimateOptions,
  ): Promise<StreamEstimate> {
    const estimate = new StreamEstimate(options);
    // A writer that creates what is not found makes most calls that way.
    const isFound = assumed === 'upper' && !writer.steps.some(({ creates }) => creates);
    const looked = estimate.#lookedInto({ isFound });
    const store = linkedStore(looked, writer, options);
    const { steps: estimated, offered } = writer.estimated(assumed);
    const steps = estimated.map((step) =>
      estimate.#together(estimate.#noting(telling(step, (records) => estimate.#sentAll(step, records)))),
    );
    const items = sendable(rows(store), { budget: options.budget, offered });
    await estimate.#deliver(items, { ...writer, steps }, store);
    return estimate;
  }

  /** As `of`, where all that the destination has is known: the run itself, as far as it makes no trouble. */
  static async exact<R>(
    rows: RowsOf<R>,
    writer: EstimableWriter<R>,
    mirror: Mirror,
    options: StreamEstimateOptions,
  ): Promise<StreamEstimate> {
    const estimate = new StreamEstimate(options);
    const store = linkedStore(estimate.#withLearned(), writer, options);
    const { steps: mirrored } = writer.mirrored!(mirror, (request, fields) => estimate.tally.add(request, fields));
    const steps = mirrored.map((step) => telling(step, (records) => estimate.#noted(step, records)));
    const items = sendable(rows(store), { budget: options.budget });
    await estimate.#deliver(items, { ...writer, steps }, store);
    // Whom a create has found is known.
    estimate.creating = 0;
    return estimate;
  }

  async #deliver<R>(items: AsyncIterable<readonly Item<R>[]>, writer: Writer<R>, store: StateStore): Promise<void> {
    const { run, clock, learned } = this.#options;
    for await (const settled of deliverPrepared(items, writer, { store, run, clock })) {
      for (const one of settled) {
        this.#take(one);
        if (one.matchKey !== undefined && one.id !== undefined) learned?.set(one.matchKey, one.id);
      }
    }
  }

  /** The requests of `tally` that would be made whatever other records share them. */
  get certain(): readonly CallCount[] {
    return this.tally.without(this.#uncertain);
  }

  /** The state store, only read, with what earlier streams of the run will have told it. */
  #withLearned(): StateStore {
    const { store = noStateStore, learned } = this.#options;
    return {
      ...lookedInto(store),
      find: async (matchKeys) => {
        const ids = new Map(await store.find?.(matchKeys));
        for (const key of matchKeys) if (learned?.has(key)) ids.set(key, learned.get(key)!);
        return ids;
      },
    };
  }

  /** Notes that these records are in a request. */
  #noted<R>(step: EstimatedStep<R>, records: readonly PreparedRecord<R>[]): void {
    for (const record of records) this.#written({ ...step, asks: false }, record);
  }

  /** The state store, only read. What an earlier stream may find is found, or is not. */
  #lookedInto({ isFound }: { readonly isFound: boolean }): StateStore {
    const { store = noStateStore, follows } = this.#options;
    return {
      ...lookedInto(store),
      find: async (matchKeys) => {
        const ids = new Map(await store.find?.(matchKeys));
        for (const key of follows ? matchKeys.filter((each) => !ids.has(each)) : []) {
          this.#sought.add(key);
          if (isFound) ids.set(key, `estimated ${key}`);
        }
        return ids;
      },
    };
  }

  /** Notes which records a step sends another way, for want of others to share a request with. */
  #noting<R>(step: Step<R>): Step<R> {
    const { sharing } = step;
    if (sharing?.relax === undefined || step.creates) return step;
    const relax: typeof sharing.relax = (batches) => {
      const relaxed = sharing.relax!(batches);
      for (const { position } of relaxed) this.#strays.add(position);
      return relaxed;
    };
    return { ...step, sharing: { ...sharing, relax } };
  }

  /**
   * Makes requests of one record each many at once, as nothing is sent: each would go through all later steps by itself. Payloads
   * that are still to be shown come in the order of requests.
   */
  #together<R>(step: Step<R>): Step<R> {
    const { limits } = step;
    if (limits.maxRecords > 1) return step;
    const isShowing = (): boolean => this.payloads.length < this.#options.show;
    return {
      ...step,
      limits: {
        ...limits,
        maxBytes: Number.POSITIVE_INFINITY,
        get maxRecords() {
          return isShowing() ? 1 : TOGETHER;
        },
      },
    };
  }

  /** Counts the requests of a step: one of all these records, or one of each. */
  #sentAll<R>(step: EstimatedStep<R>, records: readonly PreparedRecord<R>[]): void {
    const written = records.map((record) => this.#written(step, record));
    const isStray = ({ position }: PreparedRecord<R>): boolean => this.#strays.has(position);
    if (step.limits.maxRecords > 1) {
      this.#count(step, written, { calls: 1, uncertain: records.every(isStray) ? 1 : 0 });
      return;
    }
    // Most rows have the same fields written, one after the other: those requests are counted together.
    for (let from = 0, to = 1; from < records.length; from = to, to++) {
      while (to < records.length && areSame(written[from]!, written[to]!)) to++;
      const uncertain = records.slice(from, to).filter(isStray).length;
      this.#count(step, written.slice(from, from + 1), { calls: to - from, uncertain });
    }
  }

  /** Counts requests that write these fields; how many of them would not be made if others shared them. */
  #count<R>(
    step: EstimatedStep<R>,
    written: readonly (readonly FieldWrite[])[],
    { calls, uncertain }: { readonly calls: number; readonly uncertain: number },
  ): void {
    const fields = new Set<string>();
    for (const writes of written) for (const { field } of writes) fields.add(field);
    const names = step.writes && [...fields].sort();
    this.tally.add(step.request, names, calls);
    if (uncertain > 0) this.#uncertain.add(step.request, names, uncertain);
  }

  /** What the step writes of a record; it is on the record's trail then. */
  #written<R>(step: EstimatedStep<R>, record: PreparedRecord<R>): readonly FieldWrite[] {
    const trail = this.#trailOf(step, record);
    const writes = step.writes?.(record) ?? none;
    trail.writes = trail.writes.length === 0 ? writes : [...trail.writes, ...writes];
    this.#keepPayload(step, record, trail);
    return writes;
  }

  /** The trail of a record, with this step on it. */
  #trailOf<R>(step: EstimatedStep<R>, { position }: PreparedRecord<R>): Trail {
    const known = this.#trails.get(position);
    const trail = known ?? { ...nowhere };
    if (known === undefined) this.#trails.set(position, trail);
    trail.creates ||= step.creates ?? false;
    trail.asks ||= step.asks ?? false;
    return trail;
  }

  /** Keeps what the request says of the record, as long as more payloads are to be shown. */
  #keepPayload<R>(step: EstimatedStep<R>, record: PreparedRecord<R>, { creates }: Trail): void {
    const payload = this.payloads.length < this.#options.show ? step.content?.of(record) : undefined;
    if (payload === undefined) return;
    const id = creates || record.id === undefined ? {} : { id: record.id };
    this.payloads.push({ request: step.request, ...id, payload });
  }

  #take(settled: Settled): void {
    const { position, matchKey, known, outcome } = settled;
    const { writes, creates, asks } = this.#trails.get(position) ?? nowhere;
    this.#trails.delete(position);
    const isSought = outcome.status !== 'superseded' && matchKey !== undefined && this.#sought.delete(matchKey);
    const how = isSought || asks ? 'unsure' : 'sure';
    count(this[how], settled);
    this.#options.rows?.(settled, how);
    if (creates) this.creating++;
    if (matchKey !== undefined && hasRecord.has(outcome.status)) this.#options.records?.add(matchKey);
    if (known?.unfinished && outcome.status === 'created') this.unfinished++;
    if (outcome.status === 'updated') this.#countFields(writes);
    if (known?.id !== undefined && outcome.status !== 'superseded') {
      this.known++;
      if (outcome.status === 'updated') this.knownChanged++;
    }
  }
  #countFields(writes: Trail['writes']): void {
    for (const { field, clears } of new Map(writes.map((write) => [write.field, write])).values()) {
      this.changed.set(field, (this.changed.get(field) ?? 0) + 1);
      if (clears) this.clears++;
    }
  }
}

const areSame = (some: readonly FieldWrite[], others: readonly FieldWrite[]): boolean =>
  some.length === others.length && some.every(({ field }, i) => others[i]!.field === field);

/** A step that tells of each request that it makes, or would have made. */
export const telling = <R>(step: Step<R>, sent: (records: readonly PreparedRecord<R>[]) => void): Step<R> => ({
  ...step,
  send(records, ...around) {
    if (step.request !== '') sent(records);
    return step.send(records, ...around);
  },
});

interface Sending<R> {
  readonly budget: Budget;
  /** What is known of a record tells what is to be written; with which others it shares a request, only the run can tell. */
  readonly offered?: ((record: R) => R) | undefined;
}

/** Rows that are prepared, as this estimate sends them. */
async function* sendable<R>(
  prepared: AsyncIterable<readonly Item<R>[]>,
  { budget, offered }: Sending<R>,
): AsyncGenerator<readonly Item<R>[]> {
  const offer = (item: Item<R>): Item<R> => {
    if (isSettled(item) || offered === undefined) return item;
    const record = offered(item.record);
    return record === item.record ? item : { ...item, record };
  };
  for await (const items of prepared) yield items.map((item) => within(offer(item), budget));
}
