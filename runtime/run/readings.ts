import type { Clock } from '../contract/clock.ts';
import type { RunConfig, StreamConfig } from '../contract/destination.ts';
import type { SourceRow } from '../contract/record.ts';
import { noStateStore } from '../contract/state-store.ts';
import type { Writer } from '../contract/writer.ts';
import { begun } from '../deliver/begun.ts';
import { demandOf } from '../deliver/demand-of.ts';
import { countUnmapped, countUnread, type StreamReport, streamReport } from '../facts/report.ts';
import type { Source } from '../source/source.ts';
import type { RemovedRows } from '../state/stream/removed-rows.ts';
import type { StreamState } from '../state/stream/stream-state.ts';
import { decidedBy } from './decisions.ts';
import { seeDrift } from './inventory/see-drift.ts';
import { isPicking, PickedRows } from './picked-rows.ts';
import type { ReadyStream, Referring } from './ready.ts';
import { referredRows } from './referred-rows.ts';
import { guardRekeyed } from './rekeying.ts';
import { type Gone, goneOf, guardRemoved } from './removal.ts';
import type { RunOptions } from './run-options.ts';
import type { RunSession } from './run-session.ts';

/** A stream whose rows are ready to be pulled. */
interface Reading {
  /** What writes them: as a person has decided, where one has. */
  readonly writer: Writer<unknown>;
  readonly state: StreamState | undefined;
  readonly report: StreamReport;
  readonly rows: AsyncIterable<readonly SourceRow[]>;
  /** Absent where the stream leaves removed rows as they are. */
  readonly gone: Gone | undefined;
  /** The rows that are gone from it, where some stream of the run sees to such rows. */
  readonly absent: RemovedRows | undefined;
  /** Counts what was not handed out, once all rows have been delivered. */
  readonly close: () => Promise<void>;
  /** How many rows the stream has, those included that need not be read; undefined until that is known. */
  readonly total: number | undefined;
}

interface ReadingsOptions extends Pick<RunOptions, 'run' | 'full' | 'pick'> {
  readonly source: Source;
  readonly clock: Clock;
  /** Gets what a person should know of the rows. */
  readonly warn: (message: string) => void;
  readonly streams: readonly ReadyStream<StreamConfig>[];
}

/** The streams of a run as their source has them, each compared once with what is remembered of it. */
export class Readings<C extends RunConfig> {
  readonly #run: RunSession<C>;
  readonly #options: ReadingsOptions;
  readonly #made = new Map<ReadyStream<StreamConfig>, Reading>();
  /** Whether some stream sees to records whose rows are gone. */
  readonly #seesRemoved: boolean;

  constructor(run: RunSession<C>, options: ReadingsOptions) {
    this.#run = run;
    this.#options = options;
    const isWhole = options.pick === undefined || !isPicking(options.pick);
    this.#seesRemoved = isWhole && options.streams.some(({ removal }) => removal !== undefined);
  }

  /** Compares all streams that the state store knows, before any is sent. Throws ConfigFailure for an implausible change. */
  async guard(): Promise<void> {
    for (const stream of this.#options.streams) {
      if ((stream.removal ?? stream.rekeying) === undefined || this.#run.session.state === undefined) continue;
      const { gone } = await this.of(stream);
      if (stream.removal && gone) guardRemoved(stream.removal, gone);
    }
  }

  async of(stream: ReadyStream<StreamConfig>): Promise<Reading> {
    const reading = this.#made.get(stream) ?? (await this.#read(stream));
    this.#made.set(stream, reading);
    return reading;
  }

  /** The other streams of the configuration, with the rows that are gone from each, as far as the run has looked. */
  goneElsewhere({ config }: ReadyStream<StreamConfig>): ReadonlyMap<string, RemovedRows | undefined> {
    const read = new Map([...this.#made].map(([stream, { absent }]) => [stream.config.name, absent]));
    const { streams } = this.#run.session.config;
    const others = streams.filter(({ name, object }) => name !== config.name && object === config.object);
    return new Map(others.map(({ name }) => [name, read.get(name)]));
  }

  async #read(stream: ReadyStream<StreamConfig>): Promise<Reading> {
    return stream.referring === undefined ? this.#readSource(stream) : this.#readReferred(stream, stream.referring);
  }

  /** Makes ready the records that rows of another stream refer to and that no run knows, once the streams before are delivered. */
  async #readReferred({ config, writer }: ReadyStream<StreamConfig>, referring: Referring): Promise<Reading> {
    const { source, run, full, pick } = this.#options;
    const { session, knownIds } = this.#run;
    const state = await session.state?.stream({
      stream: config.name,
      version: writer.version,
      idsOnly: full ?? false,
      object: config.object,
    });
    const store = knownIds.beside(state ?? noStateStore);
    const find: typeof store.find = (...asked) => store.find(...asked);
    return {
      writer,
      state,
      report: streamReport(config),
      rows: referredRows(referring, { source, signal: run.signal, find, pick }),
      gone: undefined,
      absent: undefined,
      close: async () => undefined,
      total: undefined,
    };
  }

  /** Makes the rows of a source ready to be pulled; where removed rows count, they are compared before this resolves. */
  async #readSource({ config, relation, rekeying, ...stream }: ReadyStream<StreamConfig>): Promise<Reading> {
    const { source, run, full, clock, pick } = this.#options;
    const picked = pick && isPicking(pick) ? new PickedRows(pick, stream.writer) : undefined;
    const removal = picked ? undefined : stream.removal;
    const { session, budget, refusals } = this.#run;
    const { version } = stream.writer;
    const state = await session.state?.stream({
      stream: config.name,
      version,
      idsOnly: full ?? false,
      object: config.object,
    });
    await seeDrift(state, config, {
      connection: session.connection,
      hasInventory: session.config.inventory !== undefined,
      warn: this.#options.warn,
      fieldNames: stream.writer.memory?.fieldNames,
    });
    const decided = await decidedBy({ ...stream, relation }, state, { source, signal: run.signal });
    const writer = decided(stream.writer);
    const report = streamReport(config, { seesRemoved: removal !== undefined && state !== undefined });
    let all = 0;
    let gone: Gone | undefined;
    let absent: RemovedRows | undefined;
    const comparison = await state?.comparison(writer, async (compared) => {
      if (rekeying) guardRekeyed(rekeying, compared.rekeyed);
      if (picked === undefined) countUnread(report, compared.unchanged);
      all = compared.rows;
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
      budget,
      refusals,
      clock,
      counted: (unmapped, why) => {
        countUnmapped(report, unmapped, why);
        if (unmapped.deferred > 0) this.#run.noteRetry([{ outcome: why }]);
      },
    });
    // What is wanted is counted over all rows, and these are only some.
    const own = { ...writer.key, reads: writer.columns, warn: this.#options.warn };
    const key = picked ? own : { ...own, counted, demand };
    const read = source.rows(relation, key, run.signal, comparison);
    const rows = picked ? picked.of(read) : read;
    const isGuarded = removal !== undefined || (rekeying !== undefined && comparison?.isEmpty === false);
    const pulled = state && isGuarded ? await begun(rows) : rows;
    return {
      writer,
      state,
      report,
      rows: pulled,
      gone,
      absent: gone?.rows ?? absent,
      close: async () => picked?.countUnchanged(report, all, state),
      get total() {
        return total;
      },
    };
  }
}
