import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../contract/clock.ts';
import type { Known } from '../../contract/state-store.ts';
import { texts } from '../../duckdb/parameters.ts';
import { literal } from '../../duckdb/sql.ts';
import type { WorkDatabase, WorkTable } from '../../duckdb/work-database.ts';
import { spellingsOf } from '../../facts/asked-key.ts';
import { isLeft } from '../../source/diff/moves.ts';
import { knownOf } from '../../source/known.ts';
import { isAsked } from '../asked-keys.ts';
import type { Commits } from '../commits.ts';
import { compactedRecords, confirmedElsewhere, doubted, latestIds } from '../compact.ts';
import { withDrift } from '../inventory/drifted-rows.ts';
import { withHeld } from '../inventory/held.ts';
import { inventoryIds } from '../inventory/inventory-ids.ts';
import { SAME_RECORD } from './entry.ts';

/** What the state store needs to know of a stream, and of the run that asks. */
export interface StreamStateOptions {
  readonly connection: DuckDBConnection;
  /** Without commits, nothing is written. */
  readonly commits: Commits | undefined;
  /** Asks with nothing else under way on the connection. */
  readonly read: <T>(ask: () => Promise<T>) => Promise<T>;
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

/** What is stored of the rows of one stream, as this run reads it. */
export class StoredRows {
  readonly #options: StreamStateOptions;
  /** What somebody has changed at the destination; absent where that does not count. */
  drifted: WorkTable | undefined;
  /** Primary keys of rows that are decided otherwise than before: they are looked at again. */
  #redecided: WorkTable | undefined;
  /** Primary keys that the source no longer has; absent where it was not compared. */
  #gone: WorkTable | undefined;

  constructor(options: StreamStateOptions) {
    this.#options = options;
  }

  /** The SQL of the JSON text of a `Known`, made of a row of `select`. */
  get known(): string {
    return this.#options.idsOnly ? knownIds : known;
  }

  /** A SELECT of what is stored, a row for each primary key. */
  select(records: (stream: string) => string = compactedRecords): string {
    const stream = literal(this.#options.stream);
    // A run doubts what is in doubt when it opens the store; who only looks does so here.
    const stored = this.#options.isCompacted ? records(stream) : doubted(records(stream), stream);
    const redecided = this.#redecided && `primary_key in (select primary_key from ${this.#redecided.sql})`;
    const hash = redecided ? `case when not ${redecided} then ${comparable} end` : comparable;
    const compared = `select * replace (${hash} as row_hash), row_hash as settled_hash from (${stored})`;
    const { idsOnly, object } = this.#options;
    const drifted = withDrift(compared, this.drifted);
    return idsOnly ? withHeld(drifted, object) : drifted;
  }

  /** Asks with nothing else under way on the connection. */
  read<T>(ask: () => Promise<T>): Promise<T> {
    return this.#options.read(ask);
  }

  /** The parameter is a list of texts. */
  #find(sql: string, list: readonly string[]) {
    const { connection } = this.#options;
    return this.read(() => connection.runAndReadAll(sql, ...texts(list)));
  }

  async recall(primaryKeys: readonly string[]): Promise<ReadonlyMap<string, Known>> {
    const found = await this.#find(
      `select primary_key, cast(${this.known} as varchar) from (${this.select()})
       where primary_key in (select unnest($1))`,
      primaryKeys,
    );
    return new Map(found.getRows().map(([key, text]) => [String(key), knownOf(String(text))]));
  }

  /** The rows that are asked for, known and not gone from the source; asked after a comparison. */
  async present(asked: readonly string[]): Promise<readonly string[]> {
    const stored = await this.#find(
      `select primary_key from (${this.select()}) where ${isAsked('primary_key', 'select unnest($1)')}`,
      asked.flatMap(spellingsOf),
    );
    const known = stored.getRows().map(([key]) => String(key));
    if (this.#gone === undefined) return known;
    const found = await this.#find(
      `select primary_key from ${this.#gone.sql} where primary_key in (select unnest($1))`,
      known,
    );
    const gone = new Set(found.getRows().map(([key]) => String(key)));
    return known.filter((key) => !gone.has(key));
  }

  /** A SELECT of the rows that are known and that the source still has; undefined before a comparison. */
  unread(): string | undefined {
    if (this.#gone === undefined) return undefined;
    return `select primary_key, destination_id, outcome from (${this.select()})
      where not ${isLeft} and outcome <> 'removed' and primary_key not in (select primary_key from ${this.#gone.sql})`;
  }

  async find(matchKeys: readonly string[], object?: string): Promise<ReadonlyMap<string, string>> {
    const found = await this.#find(latestIds, matchKeys);
    const ids = new Map(found.getRows().map(([key, id]) => [String(key), String(id)]));
    if (object === undefined) return ids;
    const others = matchKeys.filter((key) => !ids.has(key));
    return new Map([...ids, ...(await this.read(() => inventoryIds(this.#options.connection, object, others)))]);
  }

  /** By record, the row that has it and that the source still has; no one, before a comparison. */
  async holders(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    // Without a comparison of the source with what is stored, which rows it still has is not known.
    if (this.#gone === undefined) return new Map();
    const found = await this.#find(
      `select destination_id, primary_key from (${compactedRecords(literal(this.#options.stream))})
       where destination_id in (select unnest($1)) and primary_key not in (select primary_key from ${this.#gone.sql})
         and not ${isLeft}`,
      [...ids],
    );
    return new Map(found.getRows().map(([id, key]) => [String(id), String(key)]));
  }

  /** By record, the match key by which a row of another stream has had it confirmed in this run. */
  async elsewhere(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { stream, runId } = this.#options;
    const found = await this.#find(confirmedElsewhere(literal(stream), literal(runId)), ids);
    return new Map(found.getRows().map(([id, key]) => [String(id), String(key)]));
  }

  /** Takes down what the source no longer has: a SELECT of primary keys. */
  async keepGone(gone: string): Promise<void> {
    this.#gone = this.#options.work.newTable('gone');
    await this.#run(`create table ${this.#gone.sql} as ${gone}`);
  }

  /** Has these rows looked at again. */
  async lookAgain(primaryKeys: readonly string[]): Promise<void> {
    this.#redecided = this.#options.work.newTable('redecided');
    await this.#run(`create table ${this.#redecided.sql} as select unnest($1) as primary_key`, primaryKeys);
  }

  async #run(sql: string, ...lists: readonly (readonly string[])[]): Promise<void> {
    const { work } = this.#options;
    const connection = await work.connect();
    try {
      await connection.run(sql, ...texts(...lists));
    } finally {
      work.release(connection);
    }
  }
}
