type Schema = Readonly<Record<string, unknown>>;

const FORBIDDEN = [
  'not',
  'anyOf',
  'allOf',
  'if',
  'then',
  'else',
  'patternProperties',
  'prefixItems',
  'propertyNames',
  'dependencies',
  'dependentSchemas',
  'dependentRequired',
  '$ref',
  'definitions',
];

const SECRET_NAMES = /^(api_key|api_token|access_token|refresh_token|token|password|client_secret|credentials|key)$/;
const SCALARS = ['string', 'number', 'integer', 'boolean'];

/** What Airbyte's form and its acceptance tests for specifications would refuse, one line each. */
export const brokenRules = (root: Schema): readonly string[] => walk(root, '#', 0);

function walk(schema: Schema, path: string, depth: number): readonly string[] {
  const said = RULES.filter(({ breaks }) => breaks(schema, depth, path.split('/').at(-1) ?? '')).map(
    ({ rule }) => `${path}: ${rule}`,
  );
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const branches = (schema['oneOf'] ?? []) as readonly Schema[];
  const items = schema['items'] as Schema | undefined;
  return [
    ...said,
    ...properties.flatMap(([key, each]) => walk(each, `${path}/${key}`, depth + 1)),
    ...branches.flatMap((each, index) => walk(each, `${path}/oneOf${index}`, depth + 1)),
    ...(items === undefined ? [] : walk(items, `${path}/items`, depth + 1)),
  ];
}

const valuesOf = (schema: Schema): readonly Schema[] =>
  Object.values((schema['properties'] ?? {}) as Record<string, Schema>);

const RULES: readonly { rule: string; breaks: (schema: Schema, depth: number, name: string) => boolean }[] = [
  { rule: 'uses a forbidden key', breaks: (schema) => FORBIDDEN.some((key) => key in schema) },
  {
    rule: 'has alternatives of type',
    breaks: ({ type }) => Array.isArray(type) && (type.length !== 2 || !type.includes('null')),
  },
  {
    rule: 'is an object without keys',
    breaks: (schema) => schema['type'] === 'object' && schema['oneOf'] === undefined && valuesOf(schema).length === 0,
  },
  {
    rule: 'has no type',
    breaks: (schema) => schema['type'] === undefined && !FORBIDDEN.some((key) => key in schema) && !('oneOf' in schema),
  },
  {
    rule: 'uses an order twice',
    breaks: (schema) => {
      const orders = valuesOf(schema).flatMap((each) => (each['order'] === undefined ? [] : [each['order']]));
      return new Set(orders).size < orders.length;
    },
  },
  {
    rule: 'has alternatives without type object',
    breaks: (schema) => 'oneOf' in schema && schema['type'] !== 'object',
  },
  { rule: 'has alternatives that cannot be told apart', breaks: (schema) => 'oneOf' in schema && !isTellable(schema) },
  { rule: 'has a group inside', breaks: (schema, depth) => depth > 1 && 'group' in schema },
  {
    rule: 'names a group that is not declared',
    breaks: (schema, depth) => {
      const known = ((schema['groups'] ?? []) as { id: string }[]).map(({ id }) => id);
      return (
        depth === 0 && valuesOf(schema).some(({ group }) => group !== undefined && !known.includes(group as string))
      );
    },
  },
  { rule: 'refuses unknown keys', breaks: (schema) => schema['additionalProperties'] === false },
  {
    rule: 'is a secret that is not marked',
    breaks: (schema, _, name) =>
      SECRET_NAMES.test(name) && SCALARS.includes(String(schema['type'])) && schema['airbyte_secret'] !== true,
  },
  {
    rule: 'is a list of what the form cannot show',
    breaks: ({ type, items }) =>
      type === 'array' &&
      !['object', 'string', 'number', 'integer'].includes(String((items as Schema | undefined)?.['type'])),
  },
  {
    rule: 'has a display type that is wrong here',
    breaks: (schema) =>
      'display_type' in schema &&
      !('oneOf' in schema && ['dropdown', 'radio'].includes(String(schema['display_type']))),
  },
  {
    rule: 'has a date without pattern',
    breaks: ({ format, pattern }) => /^date/.test(String(format)) && pattern === undefined,
  },
];

// Exactly one key has a const in every alternative, a different one in each, and is required there.
function isTellable(schema: Schema): boolean {
  const branches = schema['oneOf'] as readonly Schema[];
  const keysOf = (branch: Schema) =>
    Object.entries((branch['properties'] ?? {}) as Record<string, Schema>).filter(([, each]) => 'const' in each);
  const [first = [], ...others] = branches.map((branch) => keysOf(branch).map(([key]) => key));
  const shared = first.filter((key) => others.every((keys) => keys.includes(key)));
  const [key] = shared;
  if (shared.length !== 1 || key === undefined) return false;
  const constants = branches.map((branch) => (branch['properties'] as Record<string, Schema>)[key]?.['const']);
  const isRequired = branches.every((branch) => ((branch['required'] ?? []) as string[]).includes(key));
  return isRequired && new Set(constants).size === branches.length;
}
