import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../../duckdb/sql.ts';
import type { WorkDatabase, WorkTable } from '../../duckdb/work-database.ts';
import { stateTable } from '../schema.ts';
import { appendRows, workTableOf } from '../table-rows.ts';
import type { Drifted } from './drift.ts';

/** A field of a record that belongs to the people at the destination, whichever row has the record. */
type ProtectedField = Pick<Drifted, 'id' | 'field'>;

/** Keeps which fields were changed by hand and are to be left alone for good. */
export async function keepProtected(
  connection: DuckDBConnection,
  stream: string,
  fields: readonly Drifted[],
): Promise<void> {
  const known = new Set((await all(connection, stream)).map(nameOf));
  const news = fields.filter((one) => !known.has(nameOf(one)));
  await appendRows(
    connection,
    'protected_fields',
    news.map(({ primaryKey, id, field }) => ({ stream, primary_key: primaryKey, field, destination_id: id })),
  );
}

/** The fields that were kept so, of those that are still protected. */
export async function protectedFields(
  connection: DuckDBConnection,
  stream: string,
  protects: readonly string[],
): Promise<readonly ProtectedField[]> {
  return (await all(connection, stream)).filter(({ field }) => protects.includes(field));
}

const nameOf = ({ id, field }: ProtectedField): string => JSON.stringify([id, field]);

async function all(connection: DuckDBConnection, stream: string): Promise<readonly ProtectedField[]> {
  const found = await connection.runAndReadAll(
    `select distinct destination_id, field from ${stateTable('protected_fields')} where stream = ${literal(stream)}`,
  );
  return found.getRows().map(([id, field]) => ({ id: String(id), field: String(field) }));
}

/** A table of records that are not as they were written: `drifted_id`, `patch` of their values, and the fields that are protected. */
export function driftTable(
  work: WorkDatabase,
  repaired: readonly Drifted[],
  kept: readonly ProtectedField[],
): Promise<WorkTable> {
  const patches = new Map<string, Record<string, unknown>>();
  for (const { id, field, theirs } of repaired) patches.set(id, { ...patches.get(id), [field]: theirs });
  const protects = new Map<string, Set<string>>();
  for (const { id, field } of kept) protects.set(id, (protects.get(id) ?? new Set<string>()).add(field));
  const textOf = (value: unknown) => value && JSON.stringify(value);
  return workTableOf(
    work,
    'drifted',
    { drifted_id: 'varchar', patch: 'varchar', protects: 'varchar' },
    [...new Set([...patches.keys(), ...protects.keys()])].map((id) => {
      const fields = protects.get(id);
      return { drifted_id: id, patch: textOf(patches.get(id)), protects: textOf(fields && [...fields]) };
    }),
  );
}

/** A SELECT of records. Those that have drifted hold what the destination shows, and are looked at again. */
export const withDrift = (records: string, drifted: WorkTable | undefined): string =>
  drifted === undefined
    ? `select *, null::varchar as protects, false as is_drifted from (${records})`
    : `select * exclude (drifted_id, patch) replace (
         case when patch is null then row_hash end as row_hash,
         case when patch is null then fingerprint end as fingerprint,
         case when patch is null then "values"
           else cast(json_merge_patch(cast("values" as json), cast(patch as json)) as varchar) end as "values"),
         patch is not null as is_drifted
       from (${records}) left join ${drifted.sql} on drifted_id = destination_id`;
