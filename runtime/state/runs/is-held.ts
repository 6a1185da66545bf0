import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../../duckdb/sql.ts';
import { CATALOG } from '../schema.ts';

/** The SQL of a condition: a lease has not run out, by the clock of the server that keeps it. That of this machine may be another. */
export async function isHeld(connection: DuckDBConnection): Promise<string> {
  const found = await connection.runAndReadAll(
    `select type from duckdb_databases() where database_name = ${literal(CATALOG)}`,
  );
  // Only there are leases.
  if (found.getRows()[0]?.[0] !== 'postgres') return 'false';
  const time = `select clock_timestamp() at time zone 'utc' as time`;
  return `expires_at > (select time from postgres_query(${literal(CATALOG)}, ${literal(time)}))`;
}
