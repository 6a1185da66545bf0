import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hideCredentials } from '../config/config-file.ts';
import { makeFolder } from '../config/make-folder.ts';
import { openSource } from '../source/open-source.ts';
import type { Source } from '../source/source.ts';
import { tableParts } from '../source/table-name.ts';
import { keyVariableFor, originFor, pathFor, refuse } from './init-answers.ts';
import { keyOf } from './init-columns.ts';
import { type Existing, existingOf, freeName, sharedOrigin } from './init-existing.ts';
import { accessFor, inputOf } from './init-input.ts';
import { initJson } from './init-json.ts';
import type { InitEnvironment, InitOptions } from './init-options.ts';
import { nextSteps, suggestionText } from './init-report.ts';
import { type Origin, originOf, type Sample, sampleOf } from './init-source.ts';
import { initTables } from './init-tables.ts';
import type { Access, Scaffold, Scaffolder, Suggestion } from './scaffolder.ts';

/**
 * Finds out what a first configuration needs, asks for the rest, and writes it. Resolves with what to do next. Throws
 * ConfigFailure where it cannot; nothing is written then.
 */
export async function init(
  scaffolder: Scaffolder,
  options: InitOptions,
  environment: InitEnvironment,
): Promise<string> {
  const { answers } = environment;
  for (const text of [options.source, options.query]) hideCredentials(text ?? '', environment.hide);
  if (options.table !== undefined && options.query !== undefined) throw refuse('Give either --table or --query.');
  if (options.tables) return initTables(options, environment);
  if (options.json) return initJson(scaffolder, options, environment);
  const { to, existing, origin } = await beginning(options, environment);
  const source = await openSource(origin.opened ?? origin.source, environment.source);
  try {
    const scaffold = await scaffoldOf(scaffolder, { origin, source, existing }, options, environment);
    const path = to ?? (await pathFor(options, answers));
    const written = { ...scaffold, path };
    const text = existing === undefined ? scaffolder.text(written) : scaffolder.extended(existing.text, written);
    await write(path, text);
    await write(join(dirname(path), scaffolder.schemaPath), `${JSON.stringify(scaffolder.schema(), null, 2)}\n`);
    const isSet = (environment.environment[scaffold.keyVariable]?.trim() ?? '') !== '';
    return nextSteps(path, environment.program, isSet ? undefined : scaffold.keyVariable);
  } finally {
    await source.close();
  }
}

/** Where it goes and where rows are. What is sure to be refused is refused here, before anything is read. */
async function beginning(options: InitOptions, environment: InitEnvironment) {
  const { answers } = environment;
  const to = options.to === undefined && !options.add ? undefined : await pathFor(options, answers);
  const existing = options.add && to !== undefined ? await existingOf(to, environment) : undefined;
  return { to, existing, origin: await sharedOf(existing, options, environment) };
}

async function sharedOf(
  existing: Existing | undefined,
  options: InitOptions,
  environment: InitEnvironment,
): Promise<Origin> {
  if (existing === undefined) return originFor(options, environment);
  const given = options.source === undefined ? undefined : await originOf(options.source, environment);
  return sharedOrigin(existing, given);
}

interface Reading {
  readonly origin: Origin;
  readonly source: Source;
  readonly existing: Existing | undefined;
}

async function scaffoldOf(
  scaffolder: Scaffolder,
  { origin, source, existing }: Reading,
  options: InitOptions,
  environment: InitEnvironment,
): Promise<Omit<Scaffold, 'path'>> {
  const input = await inputOf(origin, source, options, environment, existing?.tables);
  const place = { source, kind: origin.source.type, input, signal: environment.signal };
  const sample = await sampleOf(place);
  const keyVariable =
    existing === undefined ? await keyVariableFor(scaffolder, options, environment) : scaffolder.keyVariable;
  const access = accessFor(options, keyVariable, environment);
  const { object, suggestion: whole } = await suggestionFor(scaffolder, sample, access, options, environment);
  const key = await keyOf(place, sample, whole.keys);
  const suggestion = { ...whole, left: whole.left.filter(({ column }) => column !== key.column) };
  await environment.tell(suggestionText(suggestion, sample, key));
  const name = freeName(tableParts(input.table ?? '')?.at(-1) ?? object, existing?.names ?? []);
  return { ...origin, name, input, object, key, keyVariable, suggestion, apiBaseUrl: options.apiBaseUrl };
}

async function suggestionFor(
  scaffolder: Scaffolder,
  sample: Sample,
  access: Access,
  { object: given, match }: InitOptions,
  { answers, signal }: InitEnvironment,
): Promise<{ object: string; suggestion: Suggestion }> {
  const { objects } = scaffolder;
  if (given !== undefined && !objects.includes(given)) throw refuse(`--object: expected ${objects.join(' or ')}.`);
  const suggestions = new Map<string, Suggestion>();
  for (const object of given === undefined ? objects : [given]) {
    suggestions.set(object, await scaffolder.suggest(object, sample, access, signal));
  }
  const likely = objects.find((object) => suggestions.get(object)?.isIdentified) ?? objects[0];
  const object =
    given ??
    (await answers.choose({
      text: 'What do the rows become?',
      choices: objects,
      fallback: likely,
      option: '--object',
    }));
  const suggestion = suggestions.get(object)!;
  if (match !== undefined) return { object, suggestion: matched(suggestion, requireMatch(suggestion, sample, match)) };
  if (suggestion.isIdentified) return { object, suggestion };
  const choices = suggestion.matchable.filter(({ isMost }) => isMost).map(({ column }) => column);
  const ways = suggestion.otherWays.map((way) => ` ${way}.`).join('');
  if (choices.length === 0) {
    throw refuse(
      `No column holds the ${suggestion.matchField} by which ${object} are found.${ways} Give --match COLUMN, or a --query that has it.`,
    );
  }
  const text = `Which column holds the ${suggestion.matchField} by which ${object} are found?${ways}`;
  return { object, suggestion: matched(suggestion, await answers.choose({ text, choices, option: '--match' })) };
}

function requireMatch({ matchField, matchable }: Suggestion, { columns, rows }: Sample, column: string): string {
  if (!columns.includes(column)) throw refuse(`--match: there is no column ${column}.`);
  const isFilled = rows.some((row) => row[column] !== null && row[column] !== undefined && row[column] !== '');
  if (isFilled && !matchable.some((one) => one.column === column)) {
    throw refuse(
      `--match: no value of ${column} is a valid ${matchField}; name another column, or convert it in a --query.`,
    );
  }
  return column;
}

/** A suggestion with a column chosen for the match field. */
const matched = (suggestion: Suggestion, column: string): Suggestion => ({
  ...suggestion,
  isIdentified: true,
  mapping: [
    { to: suggestion.matchField, from: column, why: 'as chosen' },
    ...suggestion.mapping.filter(({ to, from }) => to !== suggestion.matchField && from !== column),
  ],
  costly: suggestion.costly.filter(({ from }) => from !== column),
  left: suggestion.left.filter((one) => one.column !== column),
});

async function write(path: string, text: string): Promise<void> {
  makeFolder(dirname(path));
  await writeFile(path, text);
}
