import type { Source } from '../source/source.ts';
import { inputFor } from './init-answers.ts';
import { csvQueryFor } from './init-csv.ts';
import type { InitEnvironment, InitOptions } from './init-options.ts';
import { type Input, type Origin, tablesOf } from './init-source.ts';
import type { Access } from './scaffolder.ts';

/** What is read of an open source; a CSV file is read once to find out how. */
export async function inputOf(
  origin: Origin,
  source: Source,
  options: InitOptions,
  environment: InitEnvironment,
  taken: readonly string[] = [],
): Promise<Input> {
  const { answers, signal } = environment;
  const isRead = origin.csv !== undefined && options.query === undefined && options.table === undefined;
  const query = isRead
    ? await csvQueryFor({ work: source.work, path: origin.csv!, signal }, options.skip, answers)
    : origin.query;
  const tables = async () => (await tablesOf(source, signal)).filter((table) => !taken.includes(table));
  return inputFor({ ...origin, ...(query !== undefined && { query }) }, options, tables, answers);
}

/** The way to the workspace, with the key where the environment has it. */
export function accessFor(
  { apiBaseUrl }: InitOptions,
  variable: string,
  { environment, hide }: InitEnvironment,
): Access {
  // An empty variable is as good as none.
  const key = environment[variable]?.trim() || undefined;
  if (key !== undefined) hide(key);
  const proxy = {
    httpProxy: environment['http_proxy'] ?? environment['HTTP_PROXY'],
    httpsProxy: environment['https_proxy'] ?? environment['HTTPS_PROXY'],
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'],
  };
  return { apiBaseUrl, key, proxy };
}
