import { stat } from 'node:fs/promises';
import type { Environment } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { InitEnvironment, InitOptions } from './init-options.ts';
import { type Input, type Origin, originOf } from './init-source.ts';
import type { Answers } from './questions.ts';
import type { Scaffolder } from './scaffolder.ts';

/** A command line that cannot be what was meant. */
export const refuse = (message: string): ConfigFailure => new ConfigFailure(message, { code: 'invalid_usage' });

/** A query without a source reads files by itself. */
export async function originFor(
  { source, query }: InitOptions,
  { answers, environment, hide }: Pick<InitEnvironment, 'answers' | 'environment' | 'hide'>,
): Promise<Origin> {
  const variables = { environment, hide };
  if (source !== undefined) return originOf(source, variables);
  if (query !== undefined) return { source: { type: 'duckdb' } };
  let found: Origin | undefined;
  await answers.ask({
    text: 'Where are the rows? A DuckDB or SQLite database, an Arrow, Parquet, CSV or JSON file, or an address: postgres://HOST/DATABASE',
    option: '--source',
    problem: async (path) => {
      const result = await originOf(path, variables).catch((error: unknown) => error);
      if (!(result instanceof Error)) found = result as Origin;
      return result instanceof Error ? result.message : undefined;
    },
  });
  return found!;
}

/** What of the source is read: a table, a query, or all that there is. */
export async function inputFor(
  { source, query: reading }: Origin,
  { table, query }: InitOptions,
  tables: () => Promise<readonly string[]>,
  answers: Answers,
): Promise<Input> {
  if (source.type === 'arrow') {
    if (table === undefined && query === undefined) return {};
    throw refuse('An Arrow file is one relation: leave --table and --query out.');
  }
  if (query !== undefined) return { query };
  if (reading !== undefined && table === undefined) return { query: reading };
  if (table !== undefined) return { table };
  if (source.type !== 'duckdb') throw refuse('Say what to read, by --table or --query.');
  const choices = await tables();
  if (choices.length === 0) throw refuse('The database has no tables. Give --query to read something else.');
  return { table: await answers.choose({ text: 'Which table or view?', choices, option: '--table' }) };
}

/** The name of the environment variable that holds the key. */
export async function keyVariableFor(
  { keyVariable: usual }: Scaffolder,
  { keyVariable }: InitOptions,
  { answers, environment }: { readonly answers: Answers; readonly environment: Environment },
): Promise<string> {
  // What is not a name may be the key itself, and must not be shown again.
  const problem = (name: string): string | undefined =>
    /^[A-Za-z_][A-Za-z0-9_]{0,60}$/.test(name)
      ? undefined
      : 'that is not the name of an environment variable (the key itself does not belong into the file)';
  const why = keyVariable === undefined ? undefined : problem(keyVariable);
  if (why !== undefined) throw refuse(`--key-variable: ${why}.`);
  if (keyVariable !== undefined) return keyVariable;
  const state = environment[usual] === undefined ? 'not set now' : 'it is set';
  return answers.ask({
    text: `Which environment variable holds the API key? (${usual}: ${state})`,
    fallback: usual,
    option: '--key-variable',
    problem,
  });
}

/** Where to write; a file that is there is only overwritten by who says so. */
export async function pathFor({ to, force, add }: InitOptions, answers: Answers): Promise<string> {
  const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;
  const path = to ?? (await answers.ask({ text: 'Write it to', fallback: 'sync.yaml', option: '--to' }));
  if (force || add || !(await exists(path))) return path;
  return answers.ask({
    text: `${path} exists. Another name, or the same again to overwrite it`,
    option: '--to with another name, --add to add a stream to it, or --force to overwrite it',
    unasked: `${path} exists. Give --add to add a stream to it, another name, or --force to overwrite it.`,
    problem: async (name) => (name !== path && (await exists(name)) ? `${name} exists too` : undefined),
  });
}
