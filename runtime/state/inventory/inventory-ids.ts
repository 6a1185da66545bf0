import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { hasTable, stateTable } from '../schema.ts';
import { isThere } from './is-there.ts';

const [inventory, keys] = [stateTable('inventory'), stateTable('inventory_keys')];

/** The ids of the records of an object that an inventory has shown under these match keys: of two that share one, the oldest. */
export async function inventoryIds(
  connection: DuckDBConnection,
  object: string,
  matchKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  // A store that is only looked into may be older than inventories are.
  if (matchKeys.length === 0 || !(await hasTable(connection, 'inventory_keys'))) return new Map();
  const found = await connection.runAndReadAll(
    `select key, arg_min(id, (coalesce(created_at, 'infinity'::timestamp), id))
     from ${keys} join ${inventory} using (object, id)
     where is_match_key and ${isThere()} and object = $1 and key in (select unnest($2)) group by key`,
    [object, listValue([...matchKeys])],
    [VARCHAR, LIST(VARCHAR)],
  );
  return new Map(found.getRows().map(([key, id]) => [String(key), String(id)]));
}
