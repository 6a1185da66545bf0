import type { Wanted } from '../contract/state-store.ts';
import type { WorkDatabase, WorkTable } from '../duckdb/work-database.ts';

/** A table of rows as `movesOf` asks for them. */
export async function wantedTable(work: WorkDatabase, rows: readonly Wanted[]): Promise<WorkTable> {
  const table = work.newTable('wanted');
  const connection = await work.connect();
  try {
    await connection.run(
      `create table ${table.sql} (position bigint, primary_key varchar, key varchar, superseded boolean)`,
    );
    const appender = await connection.createAppender(table.name, table.schema, table.catalog);
    for (const { position, primaryKey, matchKey, superseded } of rows) {
      appender.appendBigInt(BigInt(position));
      appender.appendVarchar(primaryKey);
      if (matchKey === undefined) appender.appendNull();
      else appender.appendVarchar(matchKey);
      appender.appendBoolean(superseded);
      appender.endRow();
    }
    appender.closeSync();
    return table;
  } finally {
    work.release(connection);
  }
}

/** A SELECT of the primary keys of rows that wait, and of the positions of those for which they do. */
export const waitsIn = (wanted: WorkTable, waits: WorkTable): string => `
  select wanted.primary_key, waits.waits_for::double
  from ${waits.sql} as waits join ${wanted.sql} as wanted on wanted.position = waits.position`;
