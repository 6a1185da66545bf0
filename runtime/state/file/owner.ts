import type { StreamConfig, Workspace } from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import type { StateAt } from '../../contract/state-config.ts';
import type { SourceIdentity } from '../../source/source-identity.ts';
import { storeName } from '../server/parameters.ts';

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
export interface Ownership {
  readonly workspace: Workspace | undefined;
  /** By stream, of those that the store knows rows of. */
  readonly streams: ReadonlyMap<string, KeptFacts>;
}

/** As much of a stream as the store has kept; absent `from`, any source is taken. */
export interface KeptFacts {
  readonly object: string;
  readonly from: ReadFrom | undefined;
}

type ReadFrom = Pick<StreamFacts, 'source' | 'relations' | 'key'>;

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
export const isSameWorkspace = (a: Workspace, b: Workspace): boolean =>
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
