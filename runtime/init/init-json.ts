import { Failure } from '../contract/failure.ts';
import { openSource } from '../source/open-source.ts';
import type { Source } from '../source/source.ts';
import type { Beginning } from './beginning.ts';
import { originFor } from './init-answers.ts';
import { countsOf, keyOf } from './init-columns.ts';
import { accessFor, inputOf } from './init-input.ts';
import type { InitOptions, InitWorld } from './init-options.ts';
import { type Input, type Origin, type Place, sampleOf, tablesOf } from './init-source.ts';
import { suggested } from './questions.ts';

/** What `init` finds and suggests, as JSON text: counts and names, no value of a row. Nothing is asked or written. */
export async function initJson(beginning: Beginning, options: InitOptions, world: InitWorld): Promise<string> {
  const origin = await originFor(options, suggested);
  const source = await openSource(origin.source, world.source);
  try {
    const tables: unknown[] = [];
    for (const input of await inputsOf(origin, source, options, world)) {
      tables.push(
        await described(beginning, { source, kind: origin.source.type, input, signal: world.signal }, options, world),
      );
    }
    return JSON.stringify({ source: origin.source, tables }, null, 2);
  } finally {
    await source.close();
  }
}

/** The table or query that was named; else all tables. */
async function inputsOf(
  origin: Origin,
  source: Source,
  options: InitOptions,
  world: InitWorld,
): Promise<readonly Input[]> {
  const isNamed = options.table !== undefined || options.query !== undefined;
  const isOne = origin.source.type !== 'duckdb' || origin.source.database === undefined;
  if (isNamed || isOne) return [await inputOf(origin, source, options, { ...world, answers: suggested })];
  return (await tablesOf(source, world.signal)).map((table) => ({ table }));
}

async function described(beginning: Beginning, place: Place, options: InitOptions, world: InitWorld): Promise<object> {
  const { input } = place;
  try {
    const sample = await sampleOf(place);
    const access = accessFor(options, options.keyVariable ?? beginning.keyVariable, world);
    const suggestions: Record<string, unknown> = {};
    for (const object of options.object === undefined ? beginning.objects : [options.object]) {
      const { matchField, isIdentified, keys, mapping, costly, left, notes } = await beginning.advise(
        object,
        sample,
        access,
        world.signal,
      );
      const { column, why } = await keyOf(place, sample, keys);
      suggestions[object] = {
        is_identified: isIdentified,
        match_field: matchField,
        primary_key: column ?? null,
        primary_key_why: why,
        mapping: mapping.map(({ isOptional, ...entry }) => ({ ...entry, ...(isOptional && { on_invalid: 'drop' }) })),
        costly: costly.map(({ to, from, why: reason, cost }) => ({ to, from, why: reason, cost })),
        left,
        notes,
      };
    }
    const rows = sample.total ?? null;
    return { ...input, rows, looked_at: sample.rows.length, columns: await countsOf(place, sample), suggestions };
  } catch (error) {
    if (!(error instanceof Failure) || world.signal.aborted || input.table === undefined) throw error;
    // The other tables are told of all the same.
    return { ...input, problem: error.message };
  }
}
