import { hostname, userInfo } from 'node:os';
import type { RunConfig, StreamConfig, Workspace } from '../contract/destination.ts';

/** What a run was about: what was written, from where, to where, and in whose name. */
export interface RunAbout {
  readonly source: string;
  /** Which relation each stream reads. */
  readonly streams: readonly { readonly name: string; readonly from: string }[];
  /** Where the destination is reached, and which of its workspaces that was; null where that is not known. */
  readonly address: string | null;
  readonly workspace: string | null;
  /** Whom requests acted as; null where that is not known. */
  readonly acts_as: string | null;
  /** The user and the machine that ran it. */
  readonly by: string;
}

/** What a run of this configuration is about. */
export const aboutOf = (config: RunConfig, workspace: Workspace | undefined): RunAbout => ({
  source: sourceName(config),
  streams: config.streams.map((stream) => ({ name: stream.name, from: relationName(config, stream) })),
  address: workspace?.address ?? null,
  workspace: workspace?.id ?? null,
  acts_as: workspace?.actsAs ?? null,
  by: `${userName()} on ${hostname()}`,
});

/** Where rows come from: `duckdb:warehouse.duckdb`, `arrow:-`. */
export function sourceName({ source }: RunConfig): string {
  if (source === undefined) return 'nowhere';
  return `${source.type}:${source.type === 'arrow' ? source.path : (source.database ?? ':memory:')}`;
}

/** What a stream reads, as a person names it: a table, `query of NAME`, or the path of a file. */
export function relationName({ source }: RunConfig, { name, table, query }: StreamConfig): string {
  const whole = source?.type === 'arrow' ? source.path : name;
  return table ?? (query === undefined ? whole : `query of ${name}`);
}

/** A container may run under a number that no name belongs to. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'an unnamed user';
  }
}
