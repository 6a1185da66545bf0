import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../../duckdb/sql.ts';
import { isLeft } from '../../source/diff/moves.ts';
import { everyRecord } from '../compact.ts';
import { hasColumn, stateTable } from '../schema.ts';
import { isThere } from './is-there.ts';

/** A field of a record that the destination shows otherwise than it was last written, since somebody has changed it. */
export interface Drifted {
  readonly primaryKey: string;
  readonly id: string;
  readonly field: string;
  /** What was written, and what is there now. */
  readonly ours: unknown;
  readonly theirs: unknown;
  /** When the record was changed, or first seen so, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The fields of a stream's records that an inventory shows in other words than they were confirmed in, and changed after that: whether
 * the words mean something else, only the destination can tell. Lists are added to, and are left out of it.
 */
export async function driftCandidates(
  connection: DuckDBConnection,
  { stream, object }: { readonly stream: string; readonly object: string },
): Promise<readonly Drifted[]> {
  const found = await connection.runAndReadAll(
    `with edited as (
       select record.primary_key, record.destination_id, record."values" as ours, held."values" as theirs,
         coalesce(held.updated_at, held.changed_at) as changed
       from (${everyRecord}) as record join ${stateTable('inventory')} as held
         on held.object = ${literal(object)} and held.id = record.destination_id and ${isThere('held')}
       where record.stream = ${literal(stream)} and record."values" is not null
         and record.outcome not in ('superseded', 'removed') and not ${isLeft} and changed > record.confirmed_at),
     fields as (
       select *, unnest(json_keys(cast(ours as json))) as field from edited),
     pairs as (
       select primary_key, destination_id, field, changed,
         json_extract(cast(ours as json), '$."' || field || '"') as our,
         json_extract(cast(theirs as json), '$."' || field || '"') as their
       from fields where field <> 'lists')
     select primary_key, destination_id, field, cast(our as varchar), cast(their as varchar), epoch_ms(changed)::double
     from pairs where their is not null and lower(trim(cast(our as varchar))) <> lower(trim(cast(their as varchar)))
     order by primary_key, field`,
  );
  return found.getRows().map(([primaryKey, id, field, ours, theirs, at]) => ({
    primaryKey: String(primaryKey),
    id: String(id),
    field: String(field),
    ours: JSON.parse(String(ours)) as unknown,
    theirs: JSON.parse(String(theirs)) as unknown,
    at: Number(at),
  }));
}

/** The records of a stream's rows that the destination does not have any more, as a read by id has found. */
export async function goneRecords(
  connection: DuckDBConnection,
  { stream, object }: { readonly stream: string; readonly object: string },
): Promise<readonly Pick<Drifted, 'primaryKey' | 'id' | 'at'>[]> {
  if (!(await hasColumn(connection, 'inventory', 'gone_at'))) return [];
  const found = await connection.runAndReadAll(
    `select primary_key, destination_id, epoch_ms(gone_at)::double
     from (${everyRecord}) join (
       select id, gone_at from ${stateTable('inventory')} where object = ${literal(object)} and gone_at is not null)
       on id = destination_id
     where stream = ${literal(stream)} and outcome not in ('superseded', 'removed') and not ${isLeft}
     order by primary_key`,
  );
  return found.getRows().map(([key, id, at]) => ({ primaryKey: String(key), id: String(id), at: Number(at) }));
}
