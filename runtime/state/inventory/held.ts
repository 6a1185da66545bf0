import { literal } from '../../duckdb/sql.ts';
import { stateTable } from '../schema.ts';
import { isThere } from './is-there.ts';

const [inventory, keys] = [stateTable('inventory'), stateTable('inventory_keys')];

/**
 * The SQL of what an inventory shows against what was confirmed of a record. Its time of change says which of the two is newer; without
 * one, when it was first read so. A write of ours has changed the record after its run began and before it was confirmed, so that what
 * changed in between may be that.
 */
const evidence = `case
  when held.id is null then null
  when record.confirmed_at is null or record.confirmed_from is null then 'unsure'
  when held.updated_at > record.confirmed_at then 'newer'
  when coalesce(held.updated_at, held.changed_at) < record.confirmed_from then 'older'
  else 'unsure' end`;

/** A SELECT of records with what the inventory of their object shows of each: `evidence`, `held_values` and `held_key`. */
export const withHeld = (records: string, object: string | undefined): string =>
  object === undefined
    ? `select *, null::varchar as evidence, null::varchar as held_values, null::varchar as held_key from (${records})`
    : `select record.*, ${evidence} as evidence, held."values" as held_values, named.key as held_key
       from (${records}) as record
       left join (select * from ${inventory} where object = ${literal(object)} and ${isThere()}) as held
         on held.id = record.destination_id
       left join (select key, id from ${keys} where object = ${literal(object)} and is_match_key) as named
         on named.id = record.destination_id and named.key = record.match_key`;
