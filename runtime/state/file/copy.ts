import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../contract/clock.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { identifier } from '../../duckdb/sql.ts';
import { WorkDatabase, type WorkOptions, type WorkTable } from '../../duckdb/work-database.ts';
import { CATALOG, stateTable, versionOf } from '../schema.ts';
import { storeText } from '../server/parameters.ts';
import { TABLES, type TableName } from '../tables.ts';
import type { Hold } from './hold.ts';
import { noStore, notOurs } from './no-store.ts';
import { attachToRead, holdStore } from './store.ts';

// What runs do at this moment is of the store that they have; limits and counts are told by the next answers.
const passing: ReadonlySet<string> = new Set(['leases', 'windows', 'quota_windows']);
const lasting = (Object.keys(TABLES) as TableName[]).filter((name) => !passing.has(name));

/**
 * Copies what a state store holds to another one, which is made and must be empty, and returns how many rows each table has. The
 * first one is left as it is. Throws ConfigFailure where there is none, or where the other one holds something.
 */
export async function copyStore(
  from: StateAt,
  to: StateAt,
  { clock, ...options }: WorkOptions & { readonly clock: Clock },
): Promise<Readonly<Record<string, number>>> {
  const work = await WorkDatabase.open(options);
  let hold: Hold | undefined;
  try {
    const copies = await taken(work, from);
    hold = await holdStore(work, to, { runId: 'state copy', now: clock.now(), make: true });
    const connection = await work.connect();
    await requireEmpty(connection, to);
    await connection.run('begin');
    await hold.fence?.(connection);
    const counts: Record<string, number> = {};
    for (const [name, copy] of copies) {
      const result = await connection.run(`insert into ${stateTable(name)} by name from ${copy.sql}`);
      counts[name] = result.rowsChanged;
    }
    await hold.fence?.(connection);
    await connection.run('commit');
    return counts;
  } finally {
    await work.close();
    await hold?.release();
  }
}

/** What a store holds, in tables of the work database; it is attached no longer. */
async function taken(work: WorkDatabase, from: StateAt): Promise<ReadonlyMap<TableName | 'meta', WorkTable>> {
  if (!(await attachToRead(work, from))) throw noStore(from);
  const connection = await work.connect();
  if (typeof from === 'string' && (await versionOf(connection, from)) === 0) throw notOurs(from);
  const copies = new Map<TableName | 'meta', WorkTable>();
  // One transaction: of a store that several runs write, as it was at one moment.
  await connection.run('begin');
  for (const name of lasting) {
    const copy = work.newTable('copied');
    await connection.run(`create table ${copy.sql} as from ${stateTable(name)}`);
    copies.set(name, copy);
  }
  const meta = work.newTable('copied');
  await connection.run(`create table ${meta.sql} as from ${stateTable('meta')} where key <> 'schema_version'`);
  copies.set('meta', meta);
  await connection.run('commit');
  await connection.run(`detach ${identifier(CATALOG)}`);
  work.release(connection);
  return copies;
}

async function requireEmpty(connection: DuckDBConnection, to: StateAt): Promise<void> {
  const found = await connection.runAndReadAll(
    `select ${lasting.map((name) => `exists (from ${stateTable(name)})`).join(' or ')}
       or exists (from ${stateTable('meta')} where key <> 'schema_version')`,
  );
  if (found.getRows()[0]?.[0] !== true) return;
  const message = `--to: the store there holds something already, and two cannot become one (${storeText(to)}). Name a place where there is none.`;
  throw new ConfigFailure(message, { code: 'invalid_target' });
}
