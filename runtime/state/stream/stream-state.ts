import type { Position } from '../../contract/outcome.ts';
import type { Settled, SourceRow } from '../../contract/record.ts';
import type { Intended, Intent, Known, StateStore, Wanted } from '../../contract/state-store.ts';
import type { Writer } from '../../contract/writer.ts';
import { countOf, literal } from '../../duckdb/sql.ts';
import type { Comparison } from '../../source/diff/comparison.ts';
import { isLeft } from '../../source/diff/moves.ts';
import { compactedRecords, plainRecords } from '../compact.ts';
import { type Drifted, driftCandidates } from '../inventory/drift.ts';
import { driftTable, keepProtected, protectedFields } from '../inventory/drifted-rows.ts';
import { Intentions } from './intentions.ts';
import { decidedBy, type GivenDecisions, keepDecisions } from './kept-decisions.ts';
import { RecordMoves } from './record-moves.ts';
import { Recorder } from './recorder.ts';
import { RemovedRows } from './removed-rows.ts';
import { StoredRows, type StreamStateOptions } from './stored-rows.ts';

const nowhere = 'select null::varchar as destination_id, null::varchar as lists, null::varchar as "values" where false';

/** The state store of one stream, in DuckDB. */
export class StreamState implements StateStore {
  readonly #options: StreamStateOptions;
  readonly #stored: StoredRows;
  readonly #intentions: Intentions;
  readonly #recorder: Recorder;
  readonly #moves: RecordMoves;

  private constructor(options: StreamStateOptions, intended: ReadonlyMap<string, Intended>) {
    this.#options = options;
    this.#stored = new StoredRows(options);
    this.#intentions = new Intentions(options, intended);
    this.#recorder = new Recorder(options, this.#intentions);
    this.#moves = new RecordMoves(options, this.#stored);
  }

  static async open(options: StreamStateOptions, intended: ReadonlyMap<string, Intended>): Promise<StreamState> {
    await options.commits?.flush();
    return new StreamState(options, intended);
  }

  /** What holds by these decisions, which are kept where the store is written. Asked before a comparison. */
  async decide(given: GivenDecisions): Promise<Pick<Awaited<ReturnType<typeof decidedBy>>, 'decisions' | 'open'>> {
    const { connection, commits, stream, runId, clock } = this.#options;
    const decided = await this.#stored.read(() => decidedBy(connection, stream, given));
    if (decided.changed.length === 0) return decided;
    await commits?.transact(() => keepDecisions(connection, decided, { stream, runId, at: clock.now() }));
    await this.#stored.lookAgain(decided.changed);
    return decided;
  }

  intended = (primaryKey: string): Intended | undefined => this.#intentions.earlier(primaryKey);

  recall(primaryKeys: readonly string[]): Promise<ReadonlyMap<string, Known>> {
    return this.#stored.recall(primaryKeys);
  }

  /** The rows that are asked for, known and not gone from the source; asked after a comparison. */
  present(asked: readonly string[]): Promise<readonly string[]> {
    return this.#stored.present(asked);
  }

  resolve(rows: readonly Wanted[], renames: readonly string[] | undefined): Promise<ReadonlyMap<string, Position>> {
    return this.#moves.resolve(rows, renames);
  }

  foresee(rows: readonly Wanted[], renames: readonly string[] | undefined) {
    return this.#moves.foresee(rows, renames);
  }

  intend(intents: readonly Intent[], aheadMs?: number): Promise<number | undefined> {
    return this.#intentions.note(intents, aheadMs);
  }

  find(matchKeys: readonly string[], object?: string): Promise<ReadonlyMap<string, string>> {
    return this.#stored.find(matchKeys, object);
  }

  record(settled: readonly Settled[], aheadMs?: number): Promise<void> {
    return this.#recorder.record(settled, { aheadMs });
  }

  elsewhere(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#stored.elsewhere(ids);
  }

  async holders(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#recorder.mayShare ? this.#stored.holders(ids) : new Map();
  }

  /** Where it is remembered what happens to records whose rows are gone; `version` is that of the writer who sees to it. */
  removing(version: string | undefined): StateStore {
    return {
      recall: async () => new Map(),
      intend: (intents, aheadMs) => this.intend(intents, aheadMs),
      record: (settled, aheadMs) => this.#recorder.record(settled, { version, isRemoval: true, aheadMs }),
    };
  }

  /** Takes down which rows are gone, by the SELECTs of a comparison, while those are good. */
  removedRows({ removed, stored }: { readonly removed: string; readonly stored: string }): Promise<RemovedRows> {
    const { runId, work } = this.#options;
    return RemovedRows.find(work, { removed, stored, known: this.#stored.known, runId });
  }

  /**
   * Hands out the rows that are gone, once all streams have been delivered. `others` are the other streams of the run, with the
   * rows that are gone from each.
   */
  async *removed(
    rows: RemovedRows,
    others: ReadonlyMap<string, RemovedRows | undefined>,
  ): AsyncGenerator<readonly SourceRow[]> {
    await this.#options.commits?.flush();
    const current = compactedRecords(literal(this.#options.stream));
    await this.#moves.supersede(rows.shared(current));
    const elsewhere = [...others].map(
      ([stream, gone]) =>
        `select destination_id, lists, "values" from (${compactedRecords(literal(stream))})
         where outcome not in ('removed', 'superseded') and destination_id is not null and not ${isLeft}
         ${gone === undefined ? '' : `and primary_key not in (${gone.keys})`}`,
    );
    yield* rows.rows(current, elsewhere.join(' union all ') || nowhere);
  }

  /** What somebody has changed of its records at the destination, by what an inventory has shown in other words. */
  driftCandidates(): Promise<readonly Drifted[]> {
    const { connection, stream, object = '' } = this.#options;
    return this.#stored.read(() => driftCandidates(connection, { stream, object }));
  }

  /**
   * Has rows looked at again whose records were changed by hand, and leaves fields of others alone for good. To be called before a
   * comparison.
   */
  async take(drift: {
    readonly repaired: readonly Drifted[];
    readonly protected: readonly Drifted[];
    readonly protects: readonly string[];
  }) {
    const { connection, commits, stream, work } = this.#options;
    const keep = (): Promise<void> => keepProtected(connection, stream, drift.protected);
    if (drift.protected.length > 0) await commits?.transact(keep);
    const ask = () => protectedFields(connection, stream, drift.protects);
    const kept = drift.protects.length === 0 ? [] : await this.#stored.read(ask);
    this.#stored.drifted = await driftTable(work, drift.repaired, [...kept, ...drift.protected]);
  }

  /** A SELECT of the rows that are known and that the source still has; undefined before a comparison. */
  unreadRows(): string | undefined {
    return this.#stored.unread();
  }

  /** How many rows a SELECT of places has, as a comparison gives it. */
  countPlaces(places: string): Promise<number> {
    return this.#stored.read(() => countOf(this.#options.connection, `from (${places})`));
  }

  /** What a source compares its rows with. Nothing may be written between this and the first row. */
  async comparison(
    { key: { primaryKeyColumn }, columns, version }: Pick<Writer<unknown>, 'key' | 'columns' | 'version'>,
    compared: Comparison['compared'],
  ): Promise<Comparison> {
    const { connection, idsOnly, isCompacted } = this.#options;
    const stored = this.#stored.select(isCompacted ? plainRecords : compactedRecords);
    const found = await this.#stored.read(() => connection.runAndReadAll(`select version(), exists (${stored})`));
    const [engine, isKnown] = found.getRows()[0] ?? [];
    this.#recorder.mayShare = isKnown === true;
    // What `hash` makes of a row is the same within one version of DuckDB only.
    const salt = `${String(engine)} ${version ?? ''}`;
    return {
      stored,
      known: this.#stored.known,
      isEmpty: isKnown !== true,
      primaryKeyColumn,
      columns,
      salt,
      everyRow: idsOnly,
      compared: async (result) => {
        if (result.gone) await this.#stored.keepGone(result.gone);
        // A guard may end the run here, and then nothing has moved.
        await compared(result);
        if (result.moved) await this.#moves.move(result.moved);
      },
    };
  }
}
