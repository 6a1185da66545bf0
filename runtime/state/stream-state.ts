import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { Clock } from '../contract/clock.ts';
import { isFinal, type Position } from '../contract/outcome.ts';
import type { Settled, SourceRow } from '../contract/record.ts';
import type { Foreseen, Intended, Intent, Known, StateStore, Wanted } from '../contract/state-store.ts';
import type { Writer } from '../contract/writer.ts';
import { literal } from '../duckdb/sql.ts';
import type { WorkDatabase, WorkTable } from '../duckdb/work-database.ts';
import { spellingsOf } from '../facts/asked-key.ts';
import { rejectLine } from '../facts/rejects.ts';
import type { Comparison } from '../source/diff/comparison.ts';
import { isLeft, type Moves, movesOf } from '../source/diff/moves.ts';
import { knownOf } from '../source/known.ts';
import { isAsked } from './asked-keys.ts';
import { changesOf } from './changes.ts';
import type { Commits } from './commits.ts';
import {
  compactedRecords,
  doubted,
  latestIds,
  lostBy,
  movedTo,
  overwritten,
  plainRecords,
  supersededBy,
} from './compact.ts';
import { conflictOf, type Decided, decidedBy, type GivenDecisions, keepDecisions } from './decided.ts';
import { entryOf, SAME_RECORD } from './entry.ts';
import { type Drifted, driftCandidates } from './inventory/drift.ts';
import { driftTable, keepProtected, protectedFields, withDrift } from './inventory/drifted-rows.ts';
import { withHeld } from './inventory/held.ts';
import { inventoryIds } from './inventory/inventory-ids.ts';
import { nextPlace } from './place.ts';
import { RemovedRows } from './removed-rows.ts';
import type { TableRow } from './tables.ts';
import { waitsIn, wantedTable } from './wanted.ts';

/** What the state store needs to know of a stream, and of the run that asks. */
export interface StreamStateOptions {
  /** Where the file is attached. */
  readonly work: WorkDatabase;
  readonly stream: string;
  readonly version: string | undefined;
  readonly runId: string;
  readonly clock: Clock;
  /** Only ids count of what is known. */
  readonly idsOnly: boolean;
  /** What the stream writes to: what an inventory shows of its records counts where only ids do of what is known. */
  readonly object?: string | undefined;
  /** When the run has begun. */
  readonly began: number;
  /** Whether the journal may hold something of the stream. */
  readonly isCompacted: boolean;
}

const confirmedBetween = `'confirmedFrom', epoch_ms(confirmed_from), 'confirmedAt', epoch_ms(confirmed_at)`;

// The names of a `Known`. Rows that were not written are looked at again, so they have no hash.
const known = `json_object('id', destination_id, 'matchKey', match_key, 'fingerprint', fingerprint, 'outcome', outcome,
  'unfinished', case when unfinished then true end, 'moved', case when moved then true end,
  'version', mapping_version, 'rowHash', cast(settled_hash as varchar), 'values', cast("values" as json),
  'lists', cast(lists as json), ${confirmedBetween}, 'protects', cast(protects as json),
  'isDrifted', case when is_drifted then true end,
  'rejection', case when outcome in ('rejected', 'removed') and code is not null
    then json_object('code', code, 'message', coalesce(message, ''), 'attempts', coalesce(attempts, 0)) end)`;
const knownIds = `json_object('id', destination_id, 'matchKey', match_key, 'lists', cast(lists as json),
  'unfinished', case when unfinished then true end, 'moved', case when moved then true end, ${confirmedBetween},
  'protects', cast(protects as json),
  'held', case when destination_id is not null and evidence is not null then json_object('evidence', evidence,
    'values', cast(held_values as json), 'confirmed', cast("values" as json), 'isNamed', held_key is not null) end)`;
const comparable = `case when outcome not in ('rejected', 'superseded', 'deferred', 'removed')
  or (outcome = 'superseded' and code = '${SAME_RECORD}') then row_hash end`;

/** What is remembered of a record that may hold another row's values. */
const unknownValues = { row_hash: null, fingerprint: null, values: null } as const;

const nowhere = 'select null::varchar as destination_id, null::varchar as lists, null::varchar as "values" where false';

/** The state store of one stream, in DuckDB. */
export class StreamState implements StateStore {
  readonly #connection: DuckDBConnection;
  readonly #commits: Commits | undefined;
  readonly #options: StreamStateOptions;
  readonly #intended: ReadonlyMap<string, Intended>;
  /** Primary keys of what may have been created, in this run or in an earlier one, and whose end is not known. */
  readonly #open: Set<string>;
  /** As much, of what may be changed in this run. */
  readonly #changes = new Set<string>();
  /** Whether rows may come to records that others have: not where nothing was known of the stream before this run. */
  #mayShare = true;
  /** The records that rows have learned of since the last commit. */
  readonly #learned = new Map<string, string>();
  /** Records that rows without them have written to in this run. */
  readonly #overwritten = new Set<string>();
  /** What somebody has changed at the destination; absent where that does not count. */
  #drifted: WorkTable | undefined;
  /** Primary keys that the source no longer has; absent where it was not compared. */
  #gone: WorkTable | undefined;
  /** Primary keys of rows that are decided otherwise than before: they are looked at again. */
  #redecided: WorkTable | undefined;

  private constructor(
    connection: DuckDBConnection,
    commits: Commits | undefined,
    options: StreamStateOptions,
    intended: ReadonlyMap<string, Intended>,
  ) {
    this.#connection = connection;
    this.#commits = commits;
    this.#options = options;
    this.#intended = intended;
    this.#open = new Set(intended.keys());
  }

  /** Without commits, nothing is written. */
  static async open(
    connection: DuckDBConnection,
    commits: Commits | undefined,
    options: StreamStateOptions,
    intended: ReadonlyMap<string, Intended>,
  ): Promise<StreamState> {
    await commits?.flush();
    return new StreamState(connection, commits, options, intended);
  }

  /** What holds by these decisions, which are kept where the store is written. Asked before a comparison. */
  async decide(given: GivenDecisions): Promise<Pick<Decided, 'decisions' | 'open'>> {
    const { stream, runId, clock, work } = this.#options;
    const ask = () => decidedBy(this.#connection, stream, given);
    const decided = await (this.#commits ? this.#commits.read(ask) : ask());
    if (decided.changed.length === 0) return decided;
    await this.#commits?.transact(() => keepDecisions(this.#connection, decided, { stream, runId, at: clock.now() }));
    this.#redecided = work.newTable('redecided');
    const connection = await work.connect();
    try {
      const sql = `create table ${this.#redecided.sql} as select unnest($1) as primary_key`;
      await connection.run(sql, [listValue([...decided.changed])], [LIST(VARCHAR)]);
    } finally {
      work.release(connection);
    }
    return decided;
  }

  intended = (primaryKey: string): Intended | undefined => this.#intended.get(primaryKey);

  async recall(primaryKeys: readonly string[]): Promise<ReadonlyMap<string, Known>> {
    const found = await this.#found(
      `select primary_key, cast(${this.#known} as varchar) from (${this.#stored(compactedRecords)})
       where primary_key in (select unnest($1))`,
      primaryKeys,
    );
    return new Map(found.getRows().map(([key, text]) => [String(key), knownOf(String(text))]));
  }

  /** The rows that are asked for, known and not gone from the source; asked after a comparison. */
  async present(asked: readonly string[]): Promise<readonly string[]> {
    const stored = await this.#found(
      `select primary_key from (${this.#stored(compactedRecords)}) where ${isAsked('primary_key', 'select unnest($1)')}`,
      asked.flatMap(spellingsOf),
    );
    const known = stored.getRows().map(([key]) => String(key));
    if (this.#gone === undefined) return known;
    const found = await this.#found(
      `select primary_key from ${this.#gone.sql} where primary_key in (select unnest($1))`,
      known,
    );
    const gone = new Set(found.getRows().map(([key]) => String(key)));
    return known.filter((key) => !gone.has(key));
  }

  async resolve(
    rows: readonly Wanted[],
    renames: readonly string[] | undefined,
  ): Promise<ReadonlyMap<string, Position>> {
    await this.#commits?.flush();
    return this.#decided(rows, renames, async ({ table }, waits) => {
      if (table) await this.#move(table);
      return waits;
    });
  }

  foresee(rows: readonly Wanted[], renames: readonly string[] | undefined): Promise<Foreseen> {
    return this.#decided(rows, renames, async ({ table }, waits, connection) => {
      const sql = `select primary_key, cast(${this.#known} as varchar) from ${table?.sql}`;
      const found = table === undefined ? [] : (await connection.runAndReadAll(sql)).getRows();
      return { waits, moved: new Map(found.map(([key, text]) => [String(key), knownOf(String(text))])) };
    });
  }

  /** Decides which record each row has, and hands over what has to move, while that is there. */
  async #decided<T>(
    rows: readonly Wanted[],
    renames: readonly string[] | undefined,
    use: (moves: Moves, waits: ReadonlyMap<string, Position>, connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const { work } = this.#options;
    const connection = await work.connect();
    try {
      const wanted = await wantedTable(work, rows);
      const stored = this.#stored(compactedRecords);
      const around = { work, connection, signal: new AbortController().signal };
      const moves = await movesOf(around, `select * from ${wanted.sql}`, { stored, renames });
      const waits = moves.waits && (await connection.runAndReadAll(waitsIn(wanted, moves.waits)));
      const positions = (waits?.getRows() ?? []).map(([key, position]) => [String(key), Number(position)] as const);
      const used = await use(moves, new Map(positions), connection);
      await moves.drop();
      await connection.run(`drop table ${wanted.sql}`);
      return used;
    } finally {
      work.release(connection);
    }
  }

  async intend(intents: readonly Intent[]): Promise<number | undefined> {
    if (this.#commits === undefined) return undefined;
    const { stream, runId, clock } = this.#options;
    const at = clock.now();
    const news = intents.filter(({ primaryKey, creates }) => creates || !this.#changes.has(primaryKey));
    if (news.length === 0) return at;
    for (const { primaryKey, creates } of news) (creates ? this.#open : this.#changes).add(primaryKey);
    await this.#commits.intend(
      news.map(({ primaryKey, matchKey, fingerprint, creates, fields = [] }) => ({
        stream,
        primary_key: primaryKey,
        fingerprint,
        creates,
        at,
        run_id: runId,
        fields: fields.length === 0 ? null : JSON.stringify(fields),
        match_key: matchKey ?? null,
      })),
    );
    return at;
  }

  async find(matchKeys: readonly string[], object?: string): Promise<ReadonlyMap<string, string>> {
    const found = await this.#found(latestIds, matchKeys);
    const ids = new Map(found.getRows().map(([key, id]) => [String(key), String(id)]));
    if (object === undefined) return ids;
    const others = matchKeys.filter((key) => !ids.has(key));
    const ask = () => inventoryIds(this.#connection, object, others);
    return new Map([...ids, ...(await (this.#commits ? this.#commits.read(ask) : ask()))]);
  }

  /** Asks with nothing else under way on the connection. The parameter is a list of texts. */
  #found(sql: string, texts: readonly string[]) {
    const ask = () => this.#connection.runAndReadAll(sql, [listValue([...texts])], [LIST(VARCHAR)]);
    return this.#commits ? this.#commits.read(ask) : ask();
  }

  record(settled: readonly Settled[]): Promise<void> {
    return this.#record(settled, this.#options);
  }

  /** Where it is remembered what happens to records whose rows are gone; `version` is that of the writer who sees to it. */
  removing(version: string | undefined): StateStore {
    return {
      recall: async () => new Map(),
      intend: (intents) => this.intend(intents),
      record: (settled) => this.#record(settled, { ...this.#options, version, isRemoval: true }),
    };
  }

  /** Takes down which rows are gone, by the SELECTs of a comparison, while those are good. */
  removedRows({ removed, stored }: { readonly removed: string; readonly stored: string }): Promise<RemovedRows> {
    const { runId, work } = this.#options;
    return RemovedRows.find(work, { removed, stored, known: this.#known, runId });
  }

  /**
   * Hands out the rows that are gone, once all streams have been delivered. `others` are the other streams of the run, with the
   * rows that are gone from each.
   */
  async *removed(
    rows: RemovedRows,
    others: ReadonlyMap<string, RemovedRows | undefined>,
  ): AsyncGenerator<readonly SourceRow[]> {
    await this.#commits?.flush();
    const current = compactedRecords(literal(this.#options.stream));
    await this.#supersede(rows.shared(current));
    const elsewhere = [...others].map(
      ([stream, gone]) =>
        `select destination_id, lists, "values" from (${compactedRecords(literal(stream))})
         where outcome not in ('removed', 'superseded') and destination_id is not null and not ${isLeft}
         ${gone === undefined ? '' : `and primary_key not in (${gone.keys})`}`,
    );
    yield* rows.rows(current, elsewhere.join(' union all ') || nowhere);
  }

  async #record(
    settled: readonly Settled[],
    { stream, version, runId, clock, began, isRemoval }: StreamStateOptions & { readonly isRemoval?: boolean },
  ): Promise<void> {
    const at = clock.now();
    const overwrote = settled.flatMap(({ overwrote: id }) => id ?? []);
    for (const id of overwrote) this.#overwritten.add(id);
    const fresh: TableRow<'records'>[] = [];
    const changed: TableRow<'journal'>[] = [];
    for (const one of settled) {
      const known = entryOf(one, { stream, version, runId, at, began, isRemoval });
      if (known === undefined) continue;
      const entry = this.#overwritten.has(known.destination_id ?? '') ? { ...known, ...unknownValues } : known;
      // A row that the comparison found to be new has no other entry, and none comes to it in this run.
      if (one.known === null) fresh.push({ ...entry, place: nextPlace(at) });
      else changed.push({ seq: nextPlace(at), ...entry });
    }
    const ended = settled.filter((one) => this.#ends(one)).map(({ primaryKey }) => primaryKey!);
    const found = settled.filter((one) => this.#isFound(one)).map(({ primaryKey }) => primaryKey!);
    const conflicts = settled.flatMap((one) => conflictOf(one, { stream, runId, at }));
    const rejects = settled.flatMap((one) => rejectOf(one, runId, stream, at));
    const changes = settled.flatMap((one) => changesOf(one, { stream, runId, at }));
    this.#mayShare ||= settled.some(({ revises }) => revises !== undefined);
    const learned = this.#mayShare ? settled.filter(isLearned) : [];
    for (const { id, primaryKey } of learned) this.#learned.set(id!, primaryKey!);
    await this.#commits?.add(
      { records: fresh, journal: changed, rejects, changes, conflicts },
      [
        { stream, primaryKeys: ended, creates: 'and others' },
        { stream, primaryKeys: found, creates: 'only' },
      ],
      learned.length + overwrote.length === 0 ? undefined : () => this.#letGo(at, overwrote),
    );
  }

  /**
   * Has rows let go of records that others have learned of: of two rows that came to one record, the last one has it. What was
   * overwritten is written again by the next run.
   */
  async #letGo(at: number, overwrote: readonly string[]): Promise<void> {
    const { stream, runId } = this.#options;
    if (overwrote.length > 0) {
      const forgotten = overwritten(literal(stream), nextPlace(at, overwrote.length));
      await this.#connection.run(forgotten, [listValue([...overwrote])], [LIST(VARCHAR)]);
    }
    const [ids, keys] = [[...this.#learned.keys()], [...this.#learned.values()]];
    this.#learned.clear();
    if (ids.length === 0) return;
    const lost = lostBy(literal(stream), { seq: nextPlace(at, ids.length), at, runId });
    await this.#connection.run(lost, [listValue(ids), listValue(keys)], [LIST(VARCHAR), LIST(VARCHAR)]);
  }

  async holders(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    // Without a comparison of the source with what is stored, which rows it still has is not known.
    if (!this.#mayShare || this.#gone === undefined) return new Map();
    const found = await this.#found(
      `select destination_id, primary_key from (${compactedRecords(literal(this.#options.stream))})
       where destination_id in (select unnest($1)) and primary_key not in (select primary_key from ${this.#gone.sql})
         and not ${isLeft}`,
      [...ids],
    );
    return new Map(found.getRows().map(([id, key]) => [String(id), String(key)]));
  }

  /** Whether everything that was intended for a row has come to its end. */
  #ends({ primaryKey, outcome, isUnsent = false }: Settled): boolean {
    if (primaryKey === undefined) return false;
    if (!isFinal(outcome)) return isUnsent && this.#takesBack(primaryKey);
    const wasChange = this.#changes.delete(primaryKey);
    return this.#open.delete(primaryKey) || wasChange;
  }

  /** Ends what this run intended and certainly did not do; what an earlier one intended stays. */
  #takesBack(primaryKey: string): boolean {
    if (this.#intended.has(primaryKey)) return false;
    const wasChange = this.#changes.delete(primaryKey);
    return this.#open.delete(primaryKey) || wasChange;
  }

  /** Whether a row's record is known to be there by now, though not all of it is written. */
  #isFound({ primaryKey, outcome, id, known }: Settled): boolean {
    return primaryKey !== undefined && !isFinal(outcome) && id !== known?.id && this.#open.has(primaryKey);
  }

  /** What somebody has changed of its records at the destination, by what an inventory has shown in other words. */
  driftCandidates(): Promise<readonly Drifted[]> {
    const { stream, object = '' } = this.#options;
    const ask = () => driftCandidates(this.#connection, { stream, object });
    return this.#commits ? this.#commits.read(ask) : ask();
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
    const { stream, work } = this.#options;
    const keep = async (): Promise<void> => keepProtected(this.#connection, stream, drift.protected);
    if (drift.protected.length > 0) await this.#commits?.transact(keep);
    const ask = () => protectedFields(this.#connection, stream, drift.protects);
    const kept = drift.protects.length === 0 ? [] : await (this.#commits ? this.#commits.read(ask) : ask());
    this.#drifted = await driftTable(work, drift.repaired, [...kept, ...drift.protected]);
  }

  /** A SELECT of the rows that are known and that the source still has; undefined before a comparison. */
  unreadRows(): string | undefined {
    if (this.#gone === undefined) return undefined;
    return `select primary_key, destination_id, outcome from (${this.#stored(compactedRecords)})
      where not ${isLeft} and outcome <> 'removed' and primary_key not in (select primary_key from ${this.#gone.sql})`;
  }

  /** How many rows a SELECT of places has, as a comparison gives it. */
  async countPlaces(places: string): Promise<number> {
    const found = await this.#connection.runAndReadAll(`select count(*)::double from (${places})`);
    return Number(found.getRows()[0]?.[0]);
  }

  /** What a source compares its rows with. Nothing may be written between this and the first row. */
  async comparison(
    { key: { primaryKeyColumn }, columns, version }: Pick<Writer<unknown>, 'key' | 'columns' | 'version'>,
    compared: Comparison['compared'],
  ): Promise<Comparison> {
    const { idsOnly, isCompacted } = this.#options;
    const stored = this.#stored(isCompacted ? plainRecords : compactedRecords);
    const found = await this.#connection.runAndReadAll(`select version(), exists (${stored})`);
    const [engine, isKnown] = found.getRows()[0] ?? [];
    this.#mayShare = isKnown === true;
    // What `hash` makes of a row is the same within one version of DuckDB only.
    const salt = `${String(engine)} ${version ?? ''}`;
    return {
      stored,
      known: this.#known,
      isEmpty: isKnown !== true,
      primaryKeyColumn,
      columns,
      salt,
      everyRow: idsOnly,
      compared: async (result) => {
        if (result.gone) await this.#takeDown(result.gone);
        // A guard may end the run here, and then nothing has moved.
        await compared(result);
        if (result.moved) await this.#move(result.moved);
      },
    };
  }

  async #takeDown(gone: string): Promise<void> {
    this.#gone = this.#options.work.newTable('gone');
    const connection = await this.#options.work.connect();
    try {
      await connection.run(`create table ${this.#gone.sql} as ${gone}`);
    } finally {
      this.#options.work.release(connection);
    }
  }

  /** Has rows go to other records, before any of them is sent: whatever cuts the run off, no record has two rows. */
  async #move({ sql }: WorkTable): Promise<void> {
    if (this.#commits === undefined) return;
    const found = await this.#connection.runAndReadAll(`select count(*)::double from ${sql}`);
    const seq = nextPlace(this.#options.clock.now(), Number(found.getRows()[0]?.[0]));
    await this.#commits.transact(async () => {
      await this.#connection.run(movedTo(sql, seq));
    });
  }

  /** Forgets what these rows have left at the destination: another row writes to their records from now on. */
  async #supersede(primaryKeys: string): Promise<void> {
    if (this.#commits === undefined) return;
    const { stream, runId, clock } = this.#options;
    const at = clock.now();
    const rows = `from (${compactedRecords(literal(stream))}) where outcome <> 'superseded' and primary_key in (${primaryKeys})`;
    const found = await this.#connection.runAndReadAll(`select count(*)::double ${rows}`);
    const count = Number(found.getRows()[0]?.[0]);
    if (count === 0) return;
    const seq = nextPlace(at, count);
    await this.#commits.transact(async () => {
      await this.#connection.run(supersededBy(rows, { seq, at, runId }));
    });
  }

  get #known(): string {
    return this.#options.idsOnly ? knownIds : known;
  }

  #stored(records: (stream: string) => string): string {
    const stream = literal(this.#options.stream);
    // A run doubts what is in doubt when it opens the store; who only looks does so here.
    const stored = this.#options.isCompacted ? records(stream) : doubted(records(stream), stream);
    const redecided = this.#redecided && `primary_key in (select primary_key from ${this.#redecided.sql})`;
    const hash = redecided ? `case when not ${redecided} then ${comparable} end` : comparable;
    const compared = `select * replace (${hash} as row_hash), row_hash as settled_hash from (${stored})`;
    const { idsOnly, object } = this.#options;
    const drifted = withDrift(compared, this.#drifted);
    return idsOnly ? withHeld(drifted, object) : drifted;
  }
}

function rejectOf(settled: Settled, runId: string, stream: string, at: number): TableRow<'rejects'>[] {
  if (settled.isKnownReject) return [];
  const line = rejectLine(settled, runId, stream, at);
  return line === undefined
    ? []
    : [{ ...line, record: JSON.stringify(line.record), at, in_file: false, place: nextPlace(at) }];
}

/** Whether a row has a record by now that the state store did not know it by. */
const isLearned = ({ id, known, primaryKey, outcome }: Settled): boolean =>
  id !== undefined && primaryKey !== undefined && outcome.status !== 'superseded' && id !== known?.id;
