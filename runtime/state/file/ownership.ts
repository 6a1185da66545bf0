import type { DuckDBConnection } from '@duckdb/node-api';
import type { Workspace } from '../../contract/destination.ts';
import { countOf, literal } from '../../duckdb/sql.ts';
import { requireStream } from '../known-streams.ts';
import { isHeld } from '../runs/is-held.ts';
import { stateTable } from '../schema.ts';
import { appendRows } from '../table-rows.ts';
import { found } from './look.ts';
import { isSameWorkspace, type KeptFacts, type Ownership, type StreamFacts } from './owner.ts';

const [meta, streams] = [stateTable('meta'), stateTable('streams')];

/** The run that has said last whom the store belongs to. */
const OWNED_BY = 'owned_by';

/** Reads whom a state store belongs to. What holds nothing, and is not about to, belongs to no one. */
export async function ownershipOf(connection: DuckDBConnection): Promise<Ownership> {
  const known = await found(
    connection,
    `select distinct stream from (${['records', 'journal', 'intents'].map((table) => `select stream from ${stateTable(table as 'records')}`).join(' union all ')})`,
  );
  const names = new Set(known.map((row) => String(row['stream'])));
  const kept = await found(connection, `select stream, object, source, relations, key_column from ${streams}`);
  const facts = kept.map(({ stream, object, source, relations, key_column }): [string, KeptFacts] => {
    const key = key_column === null ? undefined : String(key_column);
    const from =
      source === null
        ? undefined
        : { source: String(source), relations: JSON.parse(String(relations)) as string[], key };
    return [String(stream), { object: String(object), from }];
  });
  return {
    workspace: names.size === 0 && !(await isBeingFilled(connection)) ? undefined : await workspaceOf(connection),
    streams: new Map(facts.filter(([name]) => names.has(name))),
  };
}

/** Whether a run goes on, beside this one, that has said whom the store belongs to: what it writes may not be there yet. */
async function isBeingFilled(connection: DuckDBConnection): Promise<boolean> {
  const leases = `from ${stateTable('leases')} join ${meta} on key = '${OWNED_BY}' and value = run_id`;
  return (await countOf(connection, `${leases} where ${await isHeld(connection)}`)) > 0;
}

/** The workspace that a state store was last used for, whether or not it holds anything. */
export async function workspaceOf(connection: DuckDBConnection): Promise<Workspace | undefined> {
  const values = new Map(
    (await found(connection, `select key, value from ${meta}`)).map(({ key, value }) => [String(key), value]),
  );
  const [id, address] = [values.get('workspace_id'), values.get('workspace_address')];
  return address == null ? undefined : { ...(id != null && { id: String(id) }), address: String(address) };
}

/** Whom a state store belongs to from now on. */
interface Owned {
  readonly workspace: Workspace | undefined;
  readonly streams: readonly StreamFacts[];
}

/** Keeps whom a state store belongs to; statements of one transaction. */
export async function keepOwner(
  connection: DuckDBConnection,
  { workspace, streams: asked, runId }: Owned & { readonly runId: string },
): Promise<void> {
  if (workspace) await keepWorkspace(connection, workspace, runId);
  if (asked.length === 0) return;
  const names = asked.map(({ stream }) => literal(stream)).join(', ');
  await connection.run(`delete from ${streams} where stream in (${names})`);
  await appendRows(
    connection,
    'streams',
    asked.map(({ stream, object, source, relations, key }) => ({
      stream,
      object,
      source,
      relations: JSON.stringify(relations),
      key_column: key ?? null,
    })),
  );
}

/** What an inventory has found out of a workspace. */
const inventoryTables = ['inventory', 'inventory_keys', 'inventories'] as const;

/** Takes away the rate limits of a workspace; calls of a day are of who makes them. */
export async function forgetLimits(connection: DuckDBConnection): Promise<void> {
  for (const table of ['windows', 'quota_windows'] as const) {
    await connection.run(`delete from ${stateTable(table)} where action <> '*'`);
  }
}

/** Credentials that may not ask for the id leave it as it is known. */
async function keepWorkspace(connection: DuckDBConnection, workspace: Workspace, runId: string): Promise<void> {
  const { id, address } = workspace;
  const before = await workspaceOf(connection);
  // It held no rows: nothing else of another workspace is to stay.
  if (before && !isSameWorkspace(before, workspace)) {
    for (const table of inventoryTables) await connection.run(`delete from ${stateTable(table)}`);
    await forgetLimits(connection);
    await connection.run(`delete from ${meta} where key = 'workspace_id'`);
  }
  const news = [
    ['workspace_address', address] as const,
    [OWNED_BY, runId] as const,
    ...(id === undefined ? [] : [['workspace_id', id] as const]),
  ];
  const [keys, rows] = [
    news.map(([key]) => literal(key)),
    news.map(([key, value]) => `(${literal(key)}, ${literal(value)})`),
  ];
  await connection.run(`delete from ${meta} where key in (${keys.join(', ')})`);
  await connection.run(`insert into ${meta} values ${rows.join(', ')}`);
}

/**
 * Has the next run say whom a state store belongs to: the workspace and what each stream reads, or only what some
 * streams read. The object of a stream stays. Returns what was known. Throws ConfigFailure for a stream that it does not know.
 */
export async function adopt(connection: DuckDBConnection, only: readonly string[]): Promise<Ownership> {
  for (const stream of only) await requireStream(connection, stream);
  const known = await ownershipOf(connection);
  const which = only.length === 0 ? 'true' : `stream in (${only.map(literal).join(', ')})`;
  await connection.run(`update ${streams} set source = null, relations = null, key_column = null where ${which}`);
  if (only.length === 0) await connection.run(`delete from ${meta} where key in ('workspace_id', 'workspace_address')`);
  return {
    workspace: only.length === 0 ? known.workspace : undefined,
    streams: new Map([...known.streams].filter(([name]) => only.length === 0 || only.includes(name))),
  };
}
