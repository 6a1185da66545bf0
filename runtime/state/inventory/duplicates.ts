import type { DuckDBConnection } from '@duckdb/node-api';
import { everyRecord } from '../compact.ts';
import { found } from '../file/look.ts';
import { stateTable } from '../schema.ts';
import { isThere } from './is-there.ts';

/** Records of the destination that have one key. */
interface Duplicates {
  readonly object: string;
  /** The key; a value of a record. */
  readonly key: string;
  /** From the oldest on. */
  readonly records: readonly DuplicateRecord[];
}

interface DuplicateRecord {
  readonly id: string;
  readonly created_at: string | null;
  /** The stream and the row that write to it; null where no row does. */
  readonly stream: string | null;
  readonly primary_key: string | null;
}

/** The kinds of keys that name one record: people of one name at one company may be two. */
const KINDS = ['email', 'domain'] as const;

/** The records that share an address or a domain, by what an inventory has shown. */
export async function duplicatesIn(connection: DuckDBConnection): Promise<readonly Duplicates[]> {
  const rows = await found(
    connection,
    `with shared as (
       select object, key, id from ${stateTable('inventory_keys')}
       join ${stateTable('inventory')} using (object, id)
       where is_match_key and ${isThere()}
         and split_part(key, ':', 1) in (${KINDS.map((kind) => `'${kind}'`).join(', ')})
       qualify count(*) over (partition by object, key) > 1),
     own as (
       select destination_id as id, any_value(stream) as stream, any_value(primary_key) as primary_key
       from (${everyRecord}) where outcome not in ('superseded', 'removed') group by destination_id)
     select object, key, list(json_object('id', id, 'created_at', strftime(created_at, '%Y-%m-%dT%H:%M:%SZ'),
       'stream', stream, 'primary_key', primary_key) order by created_at, id) as records
     from shared join ${stateTable('inventory')} using (object, id) left join own using (id)
     group by object, key order by object, key`,
  );
  return rows.map(({ object, key, records }) => ({
    object: String(object),
    key: String(key),
    records: (records as readonly string[]).map((text) => JSON.parse(text) as DuplicateRecord),
  }));
}
