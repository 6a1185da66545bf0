import type { DuckDBConnection } from '@duckdb/node-api';
import type { Held } from '../../contract/destination.ts';
import type { SourceRow } from '../../contract/record.ts';
import { literal } from '../../duckdb/sql.ts';
import type { WorkDatabase, WorkTable } from '../../duckdb/work-database.ts';
import { knownOf } from '../../source/known.ts';

/** What is found of a stream in its state store: SELECTs of the columns of `records`, and the SQL of a `Known`. */
interface RemovedQuery {
  /** Of `place`: what the source no longer has. */
  readonly removed: string;
  readonly stored: string;
  readonly known: string;
  readonly runId: string;
}

// What was left alone from the first is not taken back.
const synced = `destination_id is not null and outcome <> 'skipped'`;
const pageSize = 2048;

/** The rows that this destination has synced and that the source no longer has. The state store is their source. */
export class RemovedRows {
  /** Rows whose record is known, and that no run has found to be gone yet. */
  readonly known: number;
  /** How many of these are gone. */
  readonly found: number;
  readonly #work: WorkDatabase;
  readonly #table: WorkTable;
  readonly #runId: string;

  private constructor(work: WorkDatabase, table: WorkTable, runId: string, counts: readonly number[]) {
    this.#work = work;
    this.#table = table;
    this.#runId = runId;
    const [known = 0, found = 0] = counts;
    this.known = known;
    this.found = found;
  }

  /** Takes down which they are. Rows that were treated as gone before are not among them, unless that was refused. */
  static async find(work: WorkDatabase, { removed, stored, known, runId }: RemovedQuery): Promise<RemovedRows> {
    const table = work.newTable('removed');
    const connection = await work.connect();
    try {
      await connection.run(
        `create table ${table.sql} as
          select row_number() over (order by place) - 1 as position, primary_key, destination_id, outcome,
            cast(${known} as varchar) as known
          from (${stored})
          where place in (${removed}) and ${synced} and (outcome <> 'removed' or code is not null)`,
      );
      const counts = await connection.runAndReadAll(
        `select (select count(*)::double from (${stored}) where ${synced} and outcome <> 'removed'),
          (select count(*)::double from ${table.sql} where outcome <> 'removed')`,
      );
      return new RemovedRows(work, table, runId, (counts.getRows()[0] ?? []).map(Number));
    } finally {
      work.release(connection);
    }
  }

  /**
   * A SELECT of the primary keys of those whose record a row has that is still there, by what `current` says after the
   * stream's own rows.
   */
  shared(current: string): string {
    const { sql } = this.#table;
    return `select primary_key from ${sql} where destination_id in (
      select destination_id from (${current})
      where destination_id is not null and outcome <> 'removed' and primary_key not in (select primary_key from ${sql}))`;
  }

  /** A SELECT of the primary keys of all of them. */
  get keys(): string {
    return `select primary_key from ${this.#table.sql}`;
  }

  /**
   * Hands out the others in pages, as rows that tell what was stored of them, and what other streams hold of their records:
   * `elsewhere` is a SELECT of `destination_id`, `lists` and `values` of rows that are there.
   */
  async *rows(current: string, elsewhere: string): AsyncGenerator<readonly SourceRow[]> {
    const connection = await this.#work.connect();
    const { sql } = this.#table;
    try {
      await connection.run(
        // What this run has settled under the name is there, or shares its record.
        `delete from ${sql} where primary_key in (${this.shared(current)})
          or primary_key in (select primary_key from (${current}) where run_id = ${literal(this.#runId)})`,
      );
      await connection.run(
        `create or replace temp table held as select destination_id, to_json(list(lists)) as lists,
           to_json(flatten(list(json_keys(cast("values" as json))))) as fields
         from (${elsewhere}) where destination_id in (select destination_id from ${sql}) group by destination_id`,
      );
      const [[end] = []] = (
        await connection.runAndReadAll(`select coalesce(max(position) + 1, 0)::double from ${sql}`)
      ).getRows();
      for (let from = 0; from < Number(end); from += pageSize) {
        const page = await pageOf(connection, sql, from);
        if (page.length > 0) yield page;
      }
    } finally {
      // The table stays: removed rows of other streams come after these, and have to know them.
      this.#work.release(connection);
    }
  }
}

async function pageOf(connection: DuckDBConnection, table: string, from: number): Promise<readonly SourceRow[]> {
  const page = await connection.runAndReadAll(
    `select position::double, primary_key, known, held.lists, held.fields
      from ${table} left join temp.held using (destination_id)
      where position >= ${from} and position < ${from + pageSize} order by position`,
  );
  return page.getRows().map(([position, primaryKey, text, heldLists, heldFields]) => {
    const known = knownOf(String(text));
    const { id, matchKey = null, values = {}, lists = [] } = known;
    const held: Held = { lists: listsIn(heldLists).flatMap(listsIn), fields: listsIn(heldFields) };
    const row = { primary_key: String(primaryKey), match_key: matchKey, destination_id: id, values, lists, held };
    return { position: Number(position), row, known };
  });
}

const listsIn = (text: unknown): readonly string[] =>
  text === null || text === undefined
    ? []
    : (JSON.parse(String(text)) as (string | null)[]).filter((one) => one !== null);
