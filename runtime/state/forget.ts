import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb/sql.ts';
import { storedKey } from './asked-keys.ts';
import { found } from './file/look.ts';
import { forgetLimits, ownershipOf } from './file/ownership.ts';
import { requireStream, streamTables } from './known-streams.ts';
import { stateTable } from './schema.ts';
import { TABLES } from './tables.ts';

/** What is to be forgotten: a row, all rows of a stream, or what is known of rate limits. */
export type Forgotten =
  | {
      readonly stream: string;
      readonly key?: string | undefined;
      /** Only what a person has decided of it. */
      readonly decision?: boolean | undefined;
      readonly limits?: undefined;
    }
  | { readonly limits: true };

/**
 * Removes all that a state store holds of some rows, or its rate-limit windows, and returns how many it knew; of a whole stream
 * also what it is read from. Throws ConfigFailure for a stream that it does not know.
 */
export function forget(connection: DuckDBConnection, what: Forgotten): Promise<number> {
  return what.limits ? limitsRemoved(connection) : rowsRemoved(connection, what);
}

async function limitsRemoved(connection: DuckDBConnection): Promise<number> {
  const windows = stateTable('quota_windows');
  const shared = stateTable('windows');
  const [count] = await found(
    connection,
    `select (select count(*) from ${windows})::double + (select count(*) from ${shared})::double as n`,
  );
  await connection.run(`delete from ${windows}`);
  await connection.run(`delete from ${shared}`);
  return Number(count!['n']);
}

async function rowsRemoved(
  connection: DuckDBConnection,
  { stream, key: asked, decision }: Extract<Forgotten, { stream: string }>,
): Promise<number> {
  await requireStream(connection, stream);
  const key = asked && (await storedKey(connection, stream, asked));
  const rows = `stream = ${literal(stream)}${key === undefined ? '' : ` and primary_key = ${literal(key)}`}`;
  const counted = stateTable(decision ? 'decisions' : 'records');
  const [count] = await found(connection, `select count(*)::double as n from ${counted} where ${rows}`);
  const tables = decision
    ? (['decisions'] as const)
    : key === undefined
      ? streamTables
      : streamTables.filter((table) => 'primary_key' in TABLES[table]);
  for (const table of tables) await connection.run(`delete from ${stateTable(table)} where ${rows}`);
  // What belongs to no one may be taken over by another workspace, which has limits of its own.
  if ((await ownershipOf(connection)).workspace === undefined) await forgetLimits(connection);
  return Number(count!['n']);
}
