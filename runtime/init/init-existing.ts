import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { parseKeys } from '../config/config-file.ts';
import type { SourceConfig } from '../contract/source-config.ts';
import { type Variables, withValues } from './attached-source.ts';
import { originFor, refuse } from './init-answers.ts';
import type { InitEnvironment, InitOptions } from './init-options.ts';
import type { Origin } from './init-source.ts';
import { suggested } from './questions.ts';

/** A configuration to which a stream is added. */
export interface Existing {
  readonly path: string;
  readonly text: string;
  /** As it stands there, and with the values of variables. */
  readonly origin: Required<Pick<Origin, 'source' | 'opened'>>;
  /** What its streams are called. */
  readonly names: readonly string[];
  readonly tables: readonly string[];
}

/** Reads the file that gets one more stream; undefined where there is none. Throws ConfigFailure where it lacks a source. */
export async function existingOf(path: string, variables: Variables): Promise<Existing | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { source, streams } = parseKeys(text, `configuration file ${path}`);
  if (typeof source !== 'object' || source === null)
    throw refuse(`${path} has no source; expected where its rows are.`);
  const written = source as SourceConfig;
  const entries = (Array.isArray(streams) ? streams : []) as readonly ({ name?: unknown; table?: unknown } | null)[];
  const texts = (values: readonly unknown[]) => values.filter((value): value is string => typeof value === 'string');
  return {
    path,
    text,
    origin: { source: written, opened: withValues(written, variables) },
    names: texts(entries.map((entry) => entry?.name)),
    tables: texts(entries.map((entry) => entry?.table)),
  };
}

/** A file has one source, and every stream reads it; a query of a DuckDB source may read other files. */
export function sharedOrigin({ path, origin: own }: Existing, origin: Origin | undefined): Origin {
  if (origin === undefined) return own;
  const { opened } = own;
  const given = origin.opened ?? origin.source;
  const isFile = given.type === 'duckdb' && given.database === undefined && given.attach === undefined;
  if (isSame(given, opened) || (isFile && opened.type === 'duckdb')) return { ...origin, ...own };
  throw refuse(
    `${path} reads another source, and a file has one: leave --source out, or write another file with --to.`,
  );
}

/** Where rows are, for who cannot be asked: what is named; else what the file reads to which a stream would be added. */
export async function unaskedOrigin(options: InitOptions, environment: InitEnvironment): Promise<Origin> {
  const isOfFile = options.add === true && options.source === undefined;
  const existing = isOfFile ? await existingOf(options.to ?? 'sync.yaml', environment) : undefined;
  return existing?.origin ?? originFor(options, { ...environment, answers: suggested });
}

/** Whether all that one source names is in the other. */
function isSame(one: SourceConfig, other: SourceConfig): boolean {
  if (one.type === 'arrow' && other.type === 'arrow') return one.path === other.path;
  if (one.type !== 'duckdb' || other.type !== 'duckdb') return false;
  const { attach = [], secrets = [] } = one;
  return (
    one.database === other.database &&
    attach.every((each) => other.attach?.some((its) => isDeepStrictEqual(each, its))) &&
    secrets.every((each) => other.secrets?.some((its) => isDeepStrictEqual(each, its)))
  );
}

/** The name, or the first `name_2`, `name_3` that no stream has. */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let count = 2; taken.includes(free); count++) free = `${name}_${count}`;
  return free;
}
