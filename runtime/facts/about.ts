import { hostname, userInfo } from 'node:os';
import { basename } from 'node:path';
import type { RunConfig, StreamConfig, Workspace } from '../contract/destination.ts';
import type { SourceConfig } from '../contract/source-config.ts';

/** What a run was about: what was written, from where, to where, and in whose name. */
export interface RunAbout {
  readonly source: string;
  readonly streams: readonly StreamAbout[];
  /** Where the destination is reached, and which of its workspaces that was; null where that is not known. */
  readonly address: string | null;
  readonly workspace: string | null;
  /** Whom requests acted as; null where that is not known. */
  readonly acts_as: string | null;
  /** The user and the machine that ran it. */
  readonly by: string;
}

interface StreamAbout {
  readonly name: string;
  /** Which relation it reads. */
  readonly from: string;
  /** Fields that its mapping names otherwise than the state store does, with those names; absent where there are none. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** What a field that the state store names is called in the mapping of a stream, as far as it is known what a run was about. */
export const fieldShown = (about: RunAbout | undefined, stream: string, field: string): string =>
  about?.streams.find(({ name }) => name === stream)?.fields?.[field] ?? field;

/** What a run of this configuration is about; `fields` are the names that the mappings of its streams use. */
export const aboutOf = (
  config: RunConfig,
  workspace: Workspace | undefined,
  fields: ReadonlyMap<string, Readonly<Record<string, string>>>,
): RunAbout => ({
  source: sourceName(config),
  streams: config.streams.map((stream) => {
    const named = fields.get(stream.name);
    return { name: stream.name, from: relationName(config, stream), ...(named && { fields: named }) };
  }),
  address: workspace?.address ?? null,
  workspace: workspace?.id ?? null,
  acts_as: workspace?.actsAs ?? null,
  by: `${userName()} on ${hostname()}`,
});

/** Where rows come from: `duckdb:warehouse.duckdb`, `arrow:-`. */
export function sourceName({ source }: RunConfig): string {
  if (source === undefined) return 'nowhere';
  return `${source.type}:${placeName(source)}`;
}

function placeName(source: SourceConfig): string {
  if (source.type === 'clickhouse' || source.type === 'databricks') return new URL(source.url).host;
  if (source.type === 'duckdb') return source.database ?? (source.attach?.length ? 'attached' : ':memory:');
  return source.path ?? programName(source.command);
}

/** A program without its arguments, which may be secret. */
const programName = ([program]: readonly string[] = []): string =>
  program === undefined ? 'command' : basename(program);

/** What a stream reads, as a person names it: a table, `query of NAME`, or the path of a file. */
export function relationName({ source }: RunConfig, { name, table, query, command }: StreamConfig): string {
  if (command !== undefined) return programName(command);
  const whole = source?.type === 'arrow' ? placeName(source) : name;
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
