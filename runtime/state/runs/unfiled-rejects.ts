import type { DuckDBConnection } from '@duckdb/node-api';
import type { RejectLine } from '../../facts/reject-line.ts';
import { isAmong } from '../compact.ts';
import { found, iso } from '../file/look.ts';
import { stateTable } from '../schema.ts';

const rejects = stateTable('rejects');

/** The rejections that no run has seen to be in the rejects file, oldest first, of these streams or all. */
export async function unfiledRejects(
  connection: DuckDBConnection,
  only?: readonly string[],
): Promise<readonly RejectLine[]> {
  const rows = await found(
    connection,
    `select * exclude (in_file, place) replace (${iso('"at"')} as "at") from ${rejects}
     where in_file is distinct from true and ${isAmong(only)}
     order by rejects."at", place`,
  );
  return rows.map((row) => ({ ...row, record: JSON.parse(String(row['record'])) }) as unknown as RejectLine);
}

/** Takes note that all of them are; a statement of a transaction. */
export async function noteFiled(connection: DuckDBConnection, only?: readonly string[]): Promise<void> {
  await connection.run(`update ${rejects} set in_file = true where in_file is distinct from true and ${isAmong(only)}`);
}
