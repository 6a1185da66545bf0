import type { JsonSchema } from '../contract/protocol.ts';

/** Where a key stands: `['streams', 0, 'name']`. */
type Path = readonly PropertyKey[];

/** A path as it is written in messages: `streams[0].mapping[2].to`. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );

/** The keys an object schema knows, in their order; none for any other schema. */
export const propertiesOf = (schema: JsonSchema): Readonly<Record<string, JsonSchema>> =>
  (schema['properties'] ?? {}) as Record<string, JsonSchema>;

/** The alternatives of a schema; the schema itself where it has none. */
export const branchesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  (schema['oneOf'] as readonly JsonSchema[] | undefined) ?? [schema];

/** Every schema that may apply at a path: more than one where it leads through alternatives. */
export function schemasAt(root: JsonSchema, path: Path): readonly JsonSchema[] {
  let schemas: readonly JsonSchema[] = [root];
  for (const part of path) schemas = schemas.flatMap(branchesOf).flatMap((schema) => step(schema, part));
  return schemas;
}

function step(schema: JsonSchema, part: PropertyKey): readonly JsonSchema[] {
  const next =
    typeof part === 'number' ? (schema['items'] as JsonSchema | undefined) : propertiesOf(schema)[String(part)];
  return next === undefined ? [] : [next];
}

/** Whether the schema marks what stands at a path, or anything above it, as secret. */
export const isSecret = (root: JsonSchema, path: Path): boolean =>
  path.some((_, index) =>
    schemasAt(root, path.slice(0, index + 1)).some((schema) => schema['airbyte_secret'] === true),
  );

/** What a value must be, in words: `a whole number from 1 to 32`. */
export function expectation(schemas: readonly JsonSchema[]): string {
  const [schema] = schemas;
  const choices = schemas.flatMap((each) => ('const' in each ? [each['const']] : ((each['enum'] ?? []) as unknown[])));
  if (choices.length > 0) return listed(choices.map(String));
  if (schema === undefined) return 'no such key';
  if (schema['oneOf'] !== undefined) return 'a set of keys';
  if (typeof schema['pattern_descriptor'] === 'string') return schema['pattern_descriptor'];
  return listed([schema['type'] ?? 'object'].flat().map((type) => typeText(schema, String(type))));
}

/** Words as a sentence lists them: `a, b or c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

const typeText = (schema: JsonSchema, type: string): string =>
  ({
    string:
      schema['format'] === 'uri' ? 'a URL' : schema['minLength'] === undefined ? 'text' : 'text that is not empty',
    integer: `a whole number${range(schema)}`,
    number: `a number${range(schema)}`,
    boolean: 'true or false',
    array: 'a list',
  })[type] ?? 'a set of keys';

function range({ minimum, maximum }: JsonSchema): string {
  // zod states the range of safe integers where none is given; that bound says nothing to a person.
  const upper = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum !== undefined && upper !== undefined) return ` from ${minimum} to ${upper}`;
  return minimum === undefined ? '' : ` of at least ${minimum}`;
}
