import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { InventoryRecord } from '../../contract/inventory.ts';
import { literal } from '../../duckdb/sql.ts';
import type { Commits } from '../commits.ts';
import { everyRecord } from '../compact.ts';
import { stateTable } from '../schema.ts';
import { appendRows } from '../table-rows.ts';
import type { TableRow } from '../tables.ts';
import { isThere } from './is-there.ts';

const [inventory, keys, inventories] = [
  stateTable('inventory'),
  stateTable('inventory_keys'),
  stateTable('inventories'),
];

/** How far the inventory of an object has been read. */
export interface InventoryProgress {
  /** Ascends with each reading of everything; records that it has seen bear its number. */
  readonly pass: number;
  /** Where a reading that did not come to its end goes on, as who reads has noted it; absent where the last one ended. */
  readonly cursor?: string | undefined;
  /** Records that the destination said it has. */
  readonly total?: number | undefined;
  /** What had changed by then is known, in milliseconds since the epoch; absent where not everything was read yet. */
  readonly began?: number | undefined;
  /** When the last reading ended; absent where none did. */
  readonly read?: number | undefined;
  /** Everything that the destination has was read, and nothing was missing. */
  readonly isComplete: boolean;
}

/** What a page has brought. */
interface Kept {
  /** For each record of the page, whether it was known exactly so. */
  readonly known: readonly boolean[];
  /** Records of the page that the reading had not come to before. */
  readonly fresh: number;
}

/** When a record was seen, by the clock of this machine, and how far that of the destination is ahead. */
interface Seen {
  readonly at: number;
  readonly aheadMs: number;
}

/** What is known of the records that the destination has, whoever has made them. */
export class InventoryStore {
  readonly #connection: DuckDBConnection;
  readonly #commits: Commits;

  constructor(connection: DuckDBConnection, commits: Commits) {
    this.#connection = connection;
    this.#commits = commits;
  }

  progress(object: string): Promise<InventoryProgress | undefined> {
    return this.#commits.read(() => inventoryProgress(this.#connection, object));
  }

  /** Notes how far a reading has come. */
  note(object: string, progress: InventoryProgress): Promise<void> {
    return this.#commits.transact(() => this.#note(object, progress));
  }

  /** Keeps the records of a page and how far the reading has come with it, in one transaction. */
  async keep(
    object: string,
    records: readonly InventoryRecord[],
    { progress, ...when }: { readonly progress: InventoryProgress } & Seen,
  ): Promise<Kept> {
    const before = await this.#stored(object, records);
    const isKnown = ({ id, shown }: InventoryRecord): boolean => before.get(id)?.shown === shown;
    const [same, news] = [records.filter(isKnown), records.filter((record) => !isKnown(record))];
    await this.#commits.transact(async () => {
      await this.#seenAgain(object, same, { pass: progress.pass, at: when.at });
      await this.#replace(object, news, { pass: progress.pass, ...when });
      await this.#note(object, progress);
    });
    return {
      known: records.map(isKnown),
      fresh: records.filter(({ id }) => before.get(id)?.pass !== progress.pass).length,
    };
  }

  /** How many records are known, or have been seen by a pass. */
  async count(object: string, pass?: number): Promise<number> {
    const where = pass === undefined ? 'missing_since is null' : `pass = ${pass}`;
    const sql = `select count(*)::double from ${inventory} where object = ${literal(object)} and ${where}`;
    const found = await this.#commits.read(() => this.#connection.runAndReadAll(sql));
    return Number(found.getRows()[0]?.[0]);
  }

  /** How many records of an object rows have. */
  async countOfRows(object: string): Promise<number> {
    const sql = `select count(distinct destination_id)::double from (${everyRecord})
      where outcome not in ('removed', 'superseded') and stream in (
        select stream from ${stateTable('streams')} where object = ${literal(object)})`;
    const found = await this.#commits.read(() => this.#connection.runAndReadAll(sql));
    return Number(found.getRows()[0]?.[0]);
  }

  /** Notes which records a pass that has read everything did not come to. That they are gone only a read by id can say. */
  missing(object: string, pass: number, at: number): Promise<void> {
    return this.#commits.transact(async () => {
      await this.#connection.run(
        `update ${inventory} set missing_since = make_timestamp(${at * 1000})
         where object = ${literal(object)} and pass <> ${pass} and ${isThere()}`,
      );
    });
  }

  /** Keeps a record that was read by its id since nothing else shows it. */
  async keepUnshown(object: string, record: InventoryRecord, { at, aheadMs }: Seen): Promise<void> {
    const one = `object = ${literal(object)} and id = ${literal(record.id)}`;
    const sql = `select pass::double, epoch_ms(missing_since)::double from ${inventory} where ${one}`;
    const found = await this.#commits.read(() => this.#connection.runAndReadAll(sql));
    const [pass, missingSince] = found.getRows()[0] ?? [];
    await this.#commits.transact(async () => {
      // It is known to be there since then, and search still does not show it.
      const since = Number(missingSince ?? 0);
      await this.#replace(object, [record], { pass: Number(pass ?? 0), at: Math.max(at, since + 1), aheadMs });
      await this.#connection.run(
        `update ${inventory} set missing_since = make_timestamp(${since * 1000}) where ${one}`,
      );
    });
  }

  async #stored(object: string, records: readonly InventoryRecord[]) {
    const sql = `select id, shown, pass::double from ${inventory} where object = ${literal(object)} and id in (select unnest($1))`;
    const ids = listValue(records.map(({ id }) => id));
    const found = await this.#commits.read(() => this.#connection.runAndReadAll(sql, [ids], [LIST(VARCHAR)]));
    return new Map(
      found.getRows().map(([id, shown, pass]) => [String(id), { shown: String(shown), pass: Number(pass) }]),
    );
  }

  async #seenAgain(
    object: string,
    records: readonly InventoryRecord[],
    { pass, at }: { pass: number; at: number },
  ): Promise<void> {
    if (records.length === 0) return;
    await this.#connection.run(
      `update ${inventory} set pass = ${pass}, seen_at = make_timestamp(${at * 1000}), missing_since = null, gone_at = null
       where object = ${literal(object)} and id in (select unnest($1))`,
      [listValue(records.map(({ id }) => id))],
      [LIST(VARCHAR)],
    );
  }

  async #replace(
    object: string,
    records: readonly InventoryRecord[],
    { pass, at, aheadMs }: { pass: number } & Seen,
  ): Promise<void> {
    if (records.length === 0) return;
    for (const table of [inventory, keys]) {
      await this.#connection.run(
        `delete from ${table} where object = ${literal(object)} and id in (select unnest($1))`,
        [listValue(records.map(({ id }) => id))],
        [LIST(VARCHAR)],
      );
    }
    const distinct = [...new Map(records.map((record) => [record.id, record])).values()];
    await appendRows(
      this.#connection,
      'inventory',
      distinct.map((record) => ({
        object,
        id: record.id,
        created_at: record.createdAt ?? null,
        updated_at: record.updatedAt ?? null,
        shown: record.shown,
        values: JSON.stringify(record.values),
        pass,
        seen_at: at,
        // Compared with what was confirmed, and with times that the destination shows.
        changed_at: at + aheadMs,
        missing_since: null,
        gone_at: null,
        lists: record.lists === undefined ? null : JSON.stringify(record.lists),
      })),
    );
    await appendRows(
      this.#connection,
      'inventory_keys',
      distinct.flatMap((record) => keyRows(object, record)),
    );
  }

  async #note(object: string, { pass, cursor, total, began, read, isComplete }: InventoryProgress): Promise<void> {
    await this.#connection.run(`delete from ${inventories} where object = ${literal(object)}`);
    const row: TableRow<'inventories'> = {
      object,
      pass,
      cursor: cursor ?? null,
      total: total ?? null,
      began_at: began ?? null,
      read_at: read ?? null,
      complete: isComplete,
    };
    await appendRows(this.#connection, 'inventories', [row]);
  }
}

const keyRows = (object: string, { id, matchKeys, identity }: InventoryRecord): TableRow<'inventory_keys'>[] => [
  ...matchKeys.map((key) => ({ object, key, id, is_match_key: true })),
  ...identity.map((key) => ({ object, key, id, is_match_key: false })),
];

/** How far the inventory of an object has been read; undefined where nothing was. */
export async function inventoryProgress(
  connection: DuckDBConnection,
  object: string,
): Promise<InventoryProgress | undefined> {
  const found = await connection.runAndReadAll(
    `select pass::double, cursor, total::double, epoch_ms(began_at)::double, epoch_ms(read_at)::double, complete
     from ${inventories} where object = ${literal(object)}`,
  );
  const [row] = found.getRows();
  if (row === undefined) return undefined;
  const [pass, cursor, total, began, read, complete] = row;
  return {
    pass: Number(pass),
    ...(cursor !== null && { cursor: String(cursor) }),
    ...(total !== null && { total: Number(total) }),
    ...(began !== null && { began: Number(began) }),
    ...(read !== null && { read: Number(read) }),
    isComplete: complete === true,
  };
}
