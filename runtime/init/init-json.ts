import { Failure } from '../contract/failure.ts';
import { openSource } from '../source/open-source.ts';
import type { Source } from '../source/source.ts';
import { countsOf, keyOf } from './init-columns.ts';
import { unaskedOrigin } from './init-existing.ts';
import { accessFor, inputOf } from './init-input.ts';
import type { InitEnvironment, InitOptions } from './init-options.ts';
import { type Input, type Origin, type Place, sampleOf, tablesOf } from './init-source.ts';
import { suggested } from './questions.ts';
import type { Scaffolder } from './scaffolder.ts';

/** What `init` finds and suggests, as JSON text: counts and names, no value of a row. Nothing is asked or written. */
export async function initJson(
  scaffolder: Scaffolder,
  options: InitOptions,
  environment: InitEnvironment,
): Promise<string> {
  const origin = await unaskedOrigin(options, environment);
  const source = await openSource(origin.opened ?? origin.source, environment.source);
  try {
    const tables: unknown[] = [];
    for (const input of await inputsOf(origin, source, options, environment)) {
      tables.push(
        await described(
          scaffolder,
          { source, kind: origin.source.type, input, signal: environment.signal },
          options,
          environment,
        ),
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
  environment: InitEnvironment,
): Promise<readonly Input[]> {
  const isNamed = options.table !== undefined || options.query !== undefined;
  const isOne =
    origin.source.type !== 'duckdb' || (origin.source.database === undefined && origin.source.attach === undefined);
  if (isNamed || isOne) return [await inputOf(origin, source, options, { ...environment, answers: suggested })];
  return (await tablesOf(source, environment.signal)).map((table) => ({ table }));
}

async function described(
  scaffolder: Scaffolder,
  place: Place,
  options: InitOptions,
  environment: InitEnvironment,
): Promise<object> {
  const { input } = place;
  try {
    const sample = await sampleOf(place);
    const access = accessFor(options, options.keyVariable ?? scaffolder.keyVariable, environment);
    const suggestions: Record<string, unknown> = {};
    for (const object of options.object === undefined ? scaffolder.objects : [options.object]) {
      const { matchField, isIdentified, keys, mapping, costly, left, notes } = await scaffolder.suggest(
        object,
        sample,
        access,
        environment.signal,
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
    if (!(error instanceof Failure) || environment.signal.aborted || input.table === undefined) throw error;
    // The other tables are described all the same.
    return { ...input, problem: error.message };
  }
}
