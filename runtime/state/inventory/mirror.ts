import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import type { Mirror, Mirrored } from '../../contract/mirror.ts';
import { literal } from '../../duckdb/sql.ts';
import { everyRecord } from '../compact.ts';
import { stateTable } from '../schema.ts';
import { inventoryProgress } from './inventory-store.ts';
import { isThere } from './is-there.ts';

const [inventory, keys] = [stateTable('inventory'), stateTable('inventory_keys')];

/** What the inventory knows of an object, to be looked into; undefined where it does not know everything. */
export async function mirrorOf(connection: DuckDBConnection, object: string): Promise<Mirror | undefined> {
  const progress = await inventoryProgress(connection, object);
  return progress?.isComplete ? new StoreMirror(connection, object, await renamedIds(connection, object)) : undefined;
}

class StoreMirror implements Mirror {
  readonly renamed: ReadonlySet<string>;
  readonly #connection: DuckDBConnection;
  readonly #object: string;

  constructor(connection: DuckDBConnection, object: string, renamed: ReadonlySet<string>) {
    this.#connection = connection;
    this.#object = literal(object);
    this.renamed = renamed;
  }

  async find(wanted: readonly string[]): Promise<ReadonlyMap<string, readonly Mirrored[]>> {
    const found = await this.#rows(
      `select distinct key, id from ${keys} where object = ${this.#object} and key in (select unnest($1))`,
      wanted,
    );
    const records = await this.read([...new Set(found.map(([, id]) => String(id)))]);
    const byKey = new Map<string, Mirrored[]>();
    for (const [key, id] of found) {
      const record = records.get(String(id));
      if (record !== undefined) byKey.set(String(key), [...(byKey.get(String(key)) ?? []), record]);
    }
    return byKey;
  }

  async read(ids: readonly string[]): Promise<ReadonlyMap<string, Mirrored>> {
    const found = await this.#rows(
      `select id, epoch_ms(created_at)::double, shown from ${inventory}
       where object = ${this.#object} and ${isThere()} and id in (select unnest($1))`,
      ids,
    );
    return new Map(
      found.map(([id, created, shown]) => [
        String(id),
        {
          id: String(id),
          createdAt: created === null ? undefined : Number(created),
          shown: JSON.parse(String(shown)) as Mirrored['shown'],
        },
      ]),
    );
  }

  async #rows(sql: string, texts: readonly string[]) {
    if (texts.length === 0) return [];
    return (await this.#connection.runAndReadAll(sql, [listValue([...texts])], [LIST(VARCHAR)])).getRows();
  }
}

/** Records that have a key of the kind by which their row is known, and not that key. */
async function renamedIds(connection: DuckDBConnection, object: string): Promise<ReadonlySet<string>> {
  const found = await connection.runAndReadAll(
    `select destination_id from (${everyRecord}) as record join ${keys} as held
       on held.object = ${literal(object)} and held.id = record.destination_id and held.is_match_key
       and split_part(held.key, ':', 1) = split_part(record.match_key, ':', 1)
     group by stream, primary_key, destination_id, match_key
     having not bool_or(held.key = match_key)`,
  );
  return new Set(found.getRows().map(([id]) => String(id)));
}
