import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attached } from '../../duckdb/attached.ts';
import { literal } from '../../duckdb/sql.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';

/**
 * Has servers end what they do for us: DuckDB's own interrupt does not reach a statement that waits on one, for a lock or for its first
 * row. What cannot be ended so ends by itself, later.
 */
export async function cancelOnServers(work: WorkDatabase, attached: readonly Attached[]): Promise<void> {
  for (const { alias, applicationName } of attached) {
    if (applicationName === undefined) continue;
    let connection: DuckDBConnection | undefined;
    try {
      connection = await work.connect();
      const sql = `select pg_cancel_backend(pid) from pg_stat_activity where application_name = ${literal(applicationName)} and pid <> pg_backend_pid()`;
      await connection.run(`from postgres_query(${literal(alias)}, ${literal(sql)})`);
    } catch {
      // The server may be gone, which ends its statements as well.
    } finally {
      if (connection !== undefined) work.release(connection);
    }
  }
}
