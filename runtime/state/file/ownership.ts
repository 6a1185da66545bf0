import type { DuckDBConnection } from '@duckdb/node-api';
import type { StreamConfig, Workspace } from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { literal } from '../../duckdb/sql.ts';
import type { SourceIdentity } from '../../source/source-identity.ts';
import { requireStream } from '../known-streams.ts';
import { stateTable } from '../schema.ts';
import { storeName } from '../server/parameters.ts';
import { appendRows } from '../table-rows.ts';
import { found } from './look.ts';

/** What the memory of a stream is about, and what the stream writes. */
export interface StreamFacts extends SourceIdentity {
  /** Where it is configured, for messages. */
  readonly path: string;
  readonly stream: string;
  readonly object: string;
  /** The column that names rows; absent where their match keys do. */
  readonly key: string | undefined;
}

/** The facts of a stream that is ready to be read. */
export const factsOf = (
  { name, object }: StreamConfig,
  { source, relations }: SourceIdentity,
  { path, key }: Pick<StreamFacts, 'path' | 'key'>,
): StreamFacts => ({ path, stream: name, object, source, relations, key });

/** Whose state store it is. Absent where no run has said so yet, or where `state adopt` took it back. */
interface Ownership {
  readonly workspace: Workspace | undefined;
  /** By stream, of those that the store knows rows of. */
  readonly streams: ReadonlyMap<string, KeptFacts>;
}

/** As much of a stream as the store has kept; absent `from`, any source is taken. */
interface KeptFacts {
  readonly object: string;
  readonly from: ReadFrom | undefined;
}

type ReadFrom = Pick<StreamFacts, 'source' | 'relations' | 'key'>;

const [meta, streams] = [stateTable('meta'), stateTable('streams')];

/** Reads whom a state store belongs to. What holds nothing belongs to no one. */
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
    workspace: names.size === 0 ? undefined : await workspaceOf(connection),
    streams: new Map(facts.filter(([name]) => names.has(name))),
  };
}

/** The workspace that a state store was last used for, whether or not it holds anything. */
export async function workspaceOf(connection: DuckDBConnection): Promise<Workspace | undefined> {
  const values = new Map(
    (await found(connection, `select key, value from ${meta}`)).map(({ key, value }) => [String(key), value]),
  );
  const [id, address] = [values.get('workspace_id'), values.get('workspace_address')];
  return address == null ? undefined : { ...(id != null && { id: String(id) }), address: String(address) };
}

/** Throws ConfigFailure where a state store belongs to another workspace, or remembers other streams than these. */
export function requireOwner(
  kept: Ownership,
  {
    workspace,
    streams: asked,
  }: { readonly workspace: Workspace | undefined; readonly streams: readonly StreamFacts[] },
  at: StateAt,
): void {
  if (kept.workspace && workspace && !isSameWorkspace(kept.workspace, workspace)) {
    throw new ConfigFailure(otherWorkspace(storeName(at), kept.workspace, workspace), { code: 'other_workspace' });
  }
  for (const facts of asked) {
    const known = kept.streams.get(facts.stream);
    if (known === undefined) continue;
    if (known.object !== facts.object) {
      throw new ConfigFailure(otherObject(storeName(at), known, facts), { code: 'other_object' });
    }
    if (known.from !== undefined && !isSameSource(known.from, facts)) {
      throw new ConfigFailure(otherSource(storeName(at), known.from, facts), { code: 'other_source' });
    }
  }
}

/** One whose id is not known on both sides is named by its address. */
const isSameWorkspace = (a: Workspace, b: Workspace): boolean =>
  a.id !== undefined && b.id !== undefined ? a.id === b.id : a.address === b.address;

const isSameSource = (a: ReadFrom, b: ReadFrom): boolean =>
  a.source === b.source && a.key === b.key && JSON.stringify(a.relations) === JSON.stringify(b.relations);

const otherWorkspace = (path: string, kept: Workspace, now: Workspace): string =>
  `state.path: ${path} was written for ${workspaceText(kept)}, and these credentials are of ${workspaceText(now)}. Nothing was sent: ` +
  'what is remembered of one workspace is wrong in another. Give this one a state store of its own, by another state.path; ' +
  'if it is the same workspace at another place, say so with `state adopt`.';

const otherObject = (state: string, kept: KeptFacts, { path, stream, object }: StreamFacts): string =>
  `${path}.object: the state store ${state} remembers the stream ${stream} as ${kept.object}, and this configuration says ${object}. ` +
  'Nothing was sent: their ids are not ids of each other. Give the stream another name, or the configuration another state.path; ' +
  `if the stream is to begin again as ${object}, \`forget --stream ${stream} --yes\`.`;

const otherSource = (state: string, kept: ReadFrom, facts: StreamFacts): string =>
  `${facts.path}: the state store ${state} remembers the stream ${facts.stream} from ${sourceText(kept)}; this configuration reads ` +
  `${sourceText(facts)}. Nothing was sent: rows of two sources under one name would overwrite each other's records. Give the ` +
  'stream another name, or the configuration another state.path; if these are the same rows at another place, ' +
  `\`state adopt --stream ${facts.stream}\`; if what is remembered is of no use, \`forget --stream ${facts.stream} --yes\`.`;

/** A workspace as messages tell of it. */
export const workspaceText = ({ id, address }: Workspace): string =>
  id === undefined ? `the workspace at ${address}` : `the workspace ${id} (${address})`;

/** A source as messages tell of it. */
export const sourceText = ({ source, relations, key }: ReadFrom): string => {
  const from = [relations.join(' + '), source].filter((part) => part !== '' && part !== ':memory:').join(' of ');
  return `${from === '' ? 'a query without a table' : from}, rows named by ${key ?? 'their match key'}`;
};

/** Keeps whom a state store belongs to; statements of one transaction. */
export async function keepOwner(
  connection: DuckDBConnection,
  workspace: Workspace | undefined,
  asked: readonly StreamFacts[],
): Promise<void> {
  if (workspace) await keepWorkspace(connection, workspace);
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

/** Credentials that may not ask for the id leave it as it is known. */
async function keepWorkspace(connection: DuckDBConnection, { id, address }: Workspace): Promise<void> {
  const news = [['workspace_address', address] as const, ...(id === undefined ? [] : [['workspace_id', id] as const])];
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
