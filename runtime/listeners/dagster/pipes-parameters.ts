import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import type { Environment } from '../../contract/destination.ts';

/** What Dagster tells a process that it started, as far as it is used. */
interface PipesContext {
  /** The assets that this process makes, as Dagster writes them: parts joined by `/`; null outside of assets. */
  readonly asset_keys: readonly string[] | null;
  readonly extras?: PipesExtras | null;
}

/** What the one who starts the process may ask for, in `extras`. */
interface PipesExtras {
  /** Which checks to report, by name; all of them where it is absent. Dagster fails a step for one it does not know. */
  readonly asset_checks?: readonly string[];
}

/** Where messages go: lines of a file, or of one of the process's own streams, at once or all at the end. */
type PipesChannel =
  | { readonly path: string }
  | { readonly stdio: 'stdout' | 'stderr' }
  | { readonly buffered_stdio: 'stdout' | 'stderr' };

/** How Dagster started this process (github.com/dagster-io/dagster, dagster_pipes/__init__.py, 2026-10). */
export interface PipesParameters {
  readonly context: PipesContext;
  readonly channel: PipesChannel;
}

/** Undefined where the process was not started by Dagster Pipes; throws when it was, in a way that is not understood. */
export function pipesParameters(environment: Environment): PipesParameters | undefined {
  const { DAGSTER_PIPES_CONTEXT: context, DAGSTER_PIPES_MESSAGES: messages } = environment;
  if (!context) return undefined;
  if (!messages) throw new Error('DAGSTER_PIPES_CONTEXT is set, DAGSTER_PIPES_MESSAGES is not.');
  return {
    context: contextOf(decoded('DAGSTER_PIPES_CONTEXT', context)),
    channel: channelOf(decoded('DAGSTER_PIPES_MESSAGES', messages)),
  };
}

function decoded(variable: string, value: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(inflateSync(Buffer.from(value, 'base64')).toString('utf8'));
  } catch {
    throw new Error(`${variable} is not what Dagster Pipes puts there (JSON, zlib, base64).`);
  }
}

function contextOf(parameters: Readonly<Record<string, unknown>>): PipesContext {
  if (typeof parameters['path'] === 'string') return JSON.parse(readFileSync(parameters['path'], 'utf8'));
  if (typeof parameters['data'] === 'object' && parameters['data'] !== null) return parameters['data'] as PipesContext;
  throw new Error(`DAGSTER_PIPES_CONTEXT names neither a path nor data, but ${Object.keys(parameters).join(', ')}.`);
}

function channelOf(parameters: Readonly<Record<string, unknown>>): PipesChannel {
  if (typeof parameters['path'] === 'string') return { path: parameters['path'] };
  if (isStdio(parameters['stdio'])) return { stdio: parameters['stdio'] };
  if (isStdio(parameters['buffered_stdio'])) return { buffered_stdio: parameters['buffered_stdio'] };
  throw new Error(`DAGSTER_PIPES_MESSAGES names no file, stdout or stderr, but ${Object.keys(parameters).join(', ')}.`);
}

const isStdio = (value: unknown): value is 'stdout' | 'stderr' => value === 'stdout' || value === 'stderr';
