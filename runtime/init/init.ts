import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hideCredentials } from '../config/config-file.ts';
import { makeFolder } from '../config/make-folder.ts';
import { openSource } from '../source/open-source.ts';
import type { Source } from '../source/source.ts';
import { tableParts } from '../source/table-name.ts';
import type { Access, Advice, Beginning, Draft } from './beginning.ts';
import { keyVariableFor, originFor, pathFor, refuse } from './init-answers.ts';
import { keyOf } from './init-columns.ts';
import { type Existing, existingOf, freeName, sharedOrigin } from './init-existing.ts';
import { accessFor, inputOf } from './init-input.ts';
import { initJson } from './init-json.ts';
import type { InitOptions, InitWorld } from './init-options.ts';
import { adviceText, nextSteps } from './init-report.ts';
import { type Origin, originOf, type Sample, sampleOf } from './init-source.ts';
import type { Answers } from './questions.ts';

/**
 * Finds out what a first configuration needs, asks for the rest, and writes it. Resolves with what to do next. Throws
 * ConfigFailure where it cannot; nothing is written then.
 */
export async function init(beginning: Beginning, options: InitOptions, world: InitWorld): Promise<string> {
  const { answers } = world;
  for (const text of [options.source, options.query]) hideCredentials(text ?? '', world.hide);
  if (options.table !== undefined && options.query !== undefined) throw refuse('Give either --table or --query.');
  if (options.json) return initJson(beginning, options, world);
  // What is sure to be refused is refused before anything is read.
  const to = options.to === undefined && !options.add ? undefined : await pathFor(options, answers);
  const existing = options.add && to !== undefined ? await existingOf(to, world) : undefined;
  const origin = await sharedOf(existing, options, answers);
  const source = await openSource(origin.source, world.source);
  try {
    const draft = await draftOf(beginning, { origin, source, existing }, options, world);
    const path = to ?? (await pathFor(options, answers));
    const written = { ...draft, path };
    const text = existing === undefined ? beginning.text(written) : beginning.extended(existing.text, written);
    await write(path, text);
    await write(join(dirname(path), beginning.schemaPath), `${JSON.stringify(beginning.schema(), null, 2)}\n`);
    const isSet = (world.environment[draft.keyVariable]?.trim() ?? '') !== '';
    return nextSteps(path, world.program, isSet ? undefined : draft.keyVariable);
  } finally {
    await source.close();
  }
}

async function sharedOf(existing: Existing | undefined, options: InitOptions, answers: Answers): Promise<Origin> {
  if (existing === undefined) return originFor(options, answers);
  return sharedOrigin(existing, options.source === undefined ? undefined : await originOf(options.source));
}

interface Reading {
  readonly origin: Origin;
  readonly source: Source;
  readonly existing: Existing | undefined;
}

async function draftOf(
  beginning: Beginning,
  { origin, source, existing }: Reading,
  options: InitOptions,
  world: InitWorld,
): Promise<Omit<Draft, 'path'>> {
  const input = await inputOf(origin, source, options, world, existing?.tables);
  const place = { source, kind: origin.source.type, input, signal: world.signal };
  const sample = await sampleOf(place);
  const keyVariable = existing === undefined ? await keyVariableFor(beginning, options, world) : beginning.keyVariable;
  const access = accessFor(options, keyVariable, world);
  const { object, advice: suggestion } = await adviceFor(beginning, sample, access, options, world);
  const key = await keyOf(place, sample, suggestion.keys);
  const advice = { ...suggestion, left: suggestion.left.filter(({ column }) => column !== key.column) };
  await world.tell(adviceText(advice, sample, key));
  const name = freeName(tableParts(input.table ?? '')?.at(-1) ?? object, existing?.names ?? []);
  return { ...origin, name, input, object, key, keyVariable, advice, apiBaseUrl: options.apiBaseUrl };
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
  if (match !== undefined) return { object, advice: matched(advice, requireMatch(advice, sample, match)) };
  if (advice.isIdentified) return { object, advice };
  const choices = advice.matchable.filter(({ isMost }) => isMost).map(({ column }) => column);
  const ways = advice.otherWays.map((way) => ` ${way}.`).join('');
  if (choices.length === 0) {
    throw refuse(
      `No column holds the ${advice.matchField} by which ${object} are found.${ways} Give --match COLUMN, or a --query that has it.`,
    );
  }
  const text = `Which column holds the ${advice.matchField} by which ${object} are found?${ways}`;
  return { object, advice: matched(advice, await answers.choose({ text, choices, option: '--match' })) };
}

function requireMatch({ matchField, matchable }: Advice, { columns, rows }: Sample, column: string): string {
  if (!columns.includes(column)) throw refuse(`--match: there is no column ${column}.`);
  const isFilled = rows.some((row) => row[column] !== null && row[column] !== undefined && row[column] !== '');
  if (isFilled && !matchable.some((one) => one.column === column)) {
    throw refuse(
      `--match: no value of ${column} is a valid ${matchField}; name another column, or convert it in a --query.`,
    );
  }
  return column;
}

/** Advice with a column chosen for the match field. */
const matched = (advice: Advice, column: string): Advice => ({
  ...advice,
  isIdentified: true,
  mapping: [
    { to: advice.matchField, from: column, why: 'as chosen' },
    ...advice.mapping.filter(({ to, from }) => to !== advice.matchField && from !== column),
  ],
  costly: advice.costly.filter(({ from }) => from !== column),
  left: advice.left.filter((one) => one.column !== column),
});

async function write(path: string, text: string): Promise<void> {
  makeFolder(dirname(path));
  await writeFile(path, text);
}
