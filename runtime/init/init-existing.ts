import { readFile } from 'node:fs/promises';
import { interpolate, parseKeys } from '../config/config-file.ts';
import { secretsOfSource } from '../config/source-secrets.ts';
import type { SourceConfig } from '../contract/source-config.ts';
import { refuse } from './init-answers.ts';
import type { InitEnvironment } from './init-options.ts';
import type { Origin } from './init-source.ts';

/** A configuration to which a stream is added. */
export interface Existing {
  readonly path: string;
  readonly text: string;
  readonly source: SourceConfig;
  /** What its streams are called. */
  readonly names: readonly string[];
  readonly tables: readonly string[];
}

/** Reads the file that gets one more stream; undefined where there is none. Throws ConfigFailure where it lacks a source. */
export async function existingOf(
  path: string,
  { environment, hide }: Pick<InitEnvironment, 'environment' | 'hide'>,
): Promise<Existing | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { source, streams } = parseKeys(text, `configuration file ${path}`);
  if (typeof source !== 'object' || source === null)
    throw refuse(`${path} has no source; expected where its rows are.`);
  const read = interpolate({ source }, environment, hide)['source'] as SourceConfig;
  for (const secret of secretsOfSource(read)) hide(secret);
  const entries = (Array.isArray(streams) ? streams : []) as readonly ({ name?: unknown; table?: unknown } | null)[];
  const texts = (values: readonly unknown[]) => values.filter((value): value is string => typeof value === 'string');
  return {
    path,
    text,
    source: read,
    names: texts(entries.map((entry) => entry?.name)),
    tables: texts(entries.map((entry) => entry?.table)),
  };
}

/** A file has one source, and every stream reads it; a query of a DuckDB source may read other files. */
export function sharedOrigin({ path, source }: Existing, origin: Origin | undefined): Origin {
  if (origin === undefined) return { source };
  const isFile = origin.source.type === 'duckdb' && origin.source.database === undefined;
  const isSame =
    (origin.source.type === 'duckdb' && source.type === 'duckdb' && origin.source.database === source.database) ||
    (origin.source.type === 'arrow' && source.type === 'arrow' && origin.source.path === source.path);
  if (isSame || (isFile && source.type === 'duckdb')) return { ...origin, source };
  throw refuse(
    `${path} reads another source, and a file has one: leave --source out, or write another file with --to.`,
  );
}

/** The name, or the first `name_2`, `name_3` that no stream has. */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let count = 2; taken.includes(free); count++) free = `${name}_${count}`;
  return free;
}
