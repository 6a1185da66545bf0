import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../contract/destination.ts';
import { openSource, type Source, type SourceOptions } from '../source/source.ts';
import { tableParts } from '../source/table-name.ts';
import type { Access, Advice, Beginning } from './beginning.ts';
import { inputFor, keyVariableFor, originFor, pathFor, refuse } from './init-answers.ts';
import { csvQueryFor } from './init-csv.ts';
import { adviceText, nextSteps } from './init-report.ts';
import { type Input, keyOf, type Origin, type Sample, sampleOf, tablesOf } from './init-source.ts';
import type { Answers } from './questions.ts';

/** What `init` was told on the command line; the rest is asked. */
export interface InitOptions {
  readonly source?: string | undefined;
  readonly table?: string | undefined;
  readonly query?: string | undefined;
  readonly object?: string | undefined;
  /** How many lines stand above the header of a CSV file. */
  readonly skip?: string | undefined;
  /** The column of the field by which records are found. */
  readonly match?: string | undefined;
  /** The environment variable that holds the key. */
  readonly keyVariable?: string | undefined;
  readonly apiBaseUrl?: string | undefined;
  readonly to?: string | undefined;
  /** Takes what is suggested instead of asking. */
  readonly yes: boolean;
  /** Overwrites a file that is there. */
  readonly force: boolean;
}

/** What `init` needs of the world. */
export interface InitWorld {
  readonly answers: Answers;
  readonly environment: Environment;
  readonly source: SourceOptions;
  readonly signal: AbortSignal;
  /** Shows something before the next question. */
  readonly tell: (text: string) => Promise<void>;
  /** Sees to it that a value is never printed. */
  readonly hide: (secret: string) => void;
  /** The executable, for what to run next. */
  readonly program: string;
}

/**
 * Finds out what a first configuration needs, asks for the rest, and writes it. Resolves with what to do next. Throws
 * ConfigFailure where it cannot; nothing is written then.
 */
export async function init(beginning: Beginning, options: InitOptions, world: InitWorld): Promise<string> {
  const { answers, signal } = world;
  if (options.table !== undefined && options.query !== undefined) throw refuse('Give either --table or --query.');
  // What is sure to be refused is refused before anything is read.
  const to = options.to === undefined ? undefined : await pathFor(options, answers);
  const origin = await originFor(options, answers);
  const source = await openSource(origin.source, world.source);
  try {
    const input = await inputOf(origin, source, options, world);
    const place = { source, kind: origin.source.type, input, signal };
    const sample = await sampleOf(place);
    const keyVariable = await keyVariableFor(beginning, options, world);
    const access = accessFor(options, keyVariable, world);
    const { object, advice: suggestion } = await adviceFor(beginning, sample, access, options, world);
    const primaryKey = await keyOf(place, sample);
    const advice = { ...suggestion, left: suggestion.left.filter(({ column }) => column !== primaryKey) };
    await world.tell(adviceText(advice, sample, primaryKey));
    const path = to ?? (await pathFor(options, answers));
    const name = tableParts(input.table ?? '')?.at(-1) ?? object;
    const draft = {
      name,
      ...origin,
      input,
      object,
      primaryKey,
      keyVariable,
      advice,
      path,
      apiBaseUrl: options.apiBaseUrl,
    };
    await write(path, beginning.text(draft));
    await write(join(dirname(path), beginning.schemaPath), `${JSON.stringify(beginning.schema(), null, 2)}\n`);
    return nextSteps(path, world.program, access.key === undefined ? keyVariable : undefined);
  } finally {
    await source.close();
  }
}

async function inputOf(origin: Origin, source: Source, options: InitOptions, world: InitWorld): Promise<Input> {
  const { answers, signal } = world;
  const isRead = origin.csv !== undefined && options.query === undefined && options.table === undefined;
  const query = isRead
    ? await csvQueryFor({ work: source.work, path: origin.csv!, signal }, options.skip, answers)
    : origin.query;
  return inputFor(
    { ...origin, ...(query !== undefined && { query }) },
    options,
    () => tablesOf(source, signal),
    answers,
  );
}

function accessFor({ apiBaseUrl }: InitOptions, variable: string, { environment, hide }: InitWorld): Access {
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

async function adviceFor(
  beginning: Beginning,
  sample: Sample,
  access: Access,
  { object: given, match }: InitOptions,
  { answers, signal }: InitWorld,
): Promise<{ object: string; advice: Advice }> {
  const { objects } = beginning;
  if (given !== undefined && !objects.includes(given)) throw refuse(`--object: expected ${objects.join(' or ')}.`);
  const advised = new Map<string, Advice>();
  for (const object of given === undefined ? objects : [given]) {
    advised.set(object, await beginning.advise(object, sample, access, signal));
  }
  const likely = objects.find((object) => advised.get(object)?.isIdentified) ?? objects[0];
  const object =
    given ??
    (await answers.choose({
      text: 'What do the rows become?',
      choices: objects,
      fallback: likely,
      option: '--object',
    }));
  const advice = advised.get(object)!;
  if (match !== undefined && !sample.columns.includes(match)) throw refuse(`--match: there is no column ${match}.`);
  if (match === undefined && advice.isIdentified) return { object, advice };
  const text = `Which column holds the ${advice.matchField} by which ${object} are found?`;
  return {
    object,
    advice: matched(advice, match ?? (await answers.choose({ text, choices: sample.columns, option: '--match' }))),
  };
}

/** Advice with a column chosen for the match field. */
const matched = (advice: Advice, column: string): Advice => ({
  ...advice,
  isIdentified: true,
  mapping: [
    { to: advice.matchField, from: column, why: 'as chosen' },
    ...advice.mapping.filter(({ to, from }) => to !== advice.matchField && from !== column),
  ],
  left: advice.left.filter((one) => one.column !== column),
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
