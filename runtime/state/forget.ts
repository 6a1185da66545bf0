import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../contract/clock.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { literal } from '../duckdb/sql.ts';
import { WorkDatabase, type WorkOptions } from '../duckdb/work-database.ts';
import { fold } from './fold.ts';
import { signIn, signOut } from './holder.ts';
import { found, noStore, notOurs } from './look.ts';
import { attachStateFile, makePrivate } from './open-file.ts';
import { migrate, stateTable, versionOf } from './schema.ts';
import { type Columns, TABLES, type TableName } from './tables.ts';

/** What is to be forgotten: a row, or all rows of a stream. */
export interface Forgotten {
  readonly stream: string;
  readonly key?: string | undefined;
}

const tables = Object.entries<Columns>(TABLES)
  .filter(([, columns]) => 'stream' in columns && 'primary_key' in columns)
  .map(([name]) => name as TableName);

/**
 * Removes all that a state store holds of some rows, and returns how many it knew. No run can have the store meanwhile.
 * Throws ConfigFailure where there is no store, where somebody has it, and for a stream that it does not know.
 */
export async function forget(
  path: string,
  what: Forgotten,
  { clock, ...options }: WorkOptions & { readonly clock: Clock },
): Promise<number> {
  if (!existsSync(path)) throw noStore(path);
  const work = await WorkDatabase.open(options);
  let release: (() => void) | undefined;
  try {
    release = await attachStateFile(work, path);
    const connection = await work.connect();
    if ((await versionOf(connection, path)) === 0) throw notOurs(path);
    await migrate(connection, path);
    signIn(path, 'forget', clock.now());
    await fold(connection);
    return await removed(connection, what);
  } finally {
    if (release) signOut(path);
    await work.close();
    if (release) makePrivate(path);
    release?.();
  }
}

async function removed(connection: DuckDBConnection, { stream, key }: Forgotten): Promise<number> {
  const known = await found(
    connection,
    `select stream from ${stateTable('records')} union select stream from ${stateTable('rejects')} order by stream`,
  );
  const streams = known.map((row) => String(row['stream']));
  if (!streams.includes(stream)) {
    const has = streams.length === 0 ? 'nothing' : streams.join(', ');
    throw new ConfigFailure(`--stream ${stream}: nothing is known of it; the state store knows ${has}.`, {
      code: 'unknown_stream',
    });
  }
  const rows = `stream = ${literal(stream)}${key === undefined ? '' : ` and primary_key = ${literal(key)}`}`;
  const [count] = await found(connection, `select count(*)::double as n from ${stateTable('records')} where ${rows}`);
  await connection.run('begin');
  for (const table of tables) await connection.run(`delete from ${stateTable(table)} where ${rows}`);
  await connection.run('commit');
  return Number(count!['n']);
}
