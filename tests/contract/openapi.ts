import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** A request as it went out. */
export interface SentRequest {
  readonly method: string;
  /** Path and query, the path below the base URL: `contacts/bulk_create`, `users/search?page=1`. */
  readonly target: string;
  /** As sent; an empty text where there was none. */
  readonly body: string;
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly [keyword: string]: unknown;
}

interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** Where a request departs from the document, one line each; nothing where it does not. */
export type Check = (request: SentRequest) => readonly string[];

// On the page about authentication (docs.apollo.io/reference/authentication, 2026-07-23) and in no path of the document.
const UNDOCUMENTED = new Set(['GET auth/health']);

/** Compares requests with Apollo's OpenAPI document: path, method, query parameters, and every key of the body. */
export function openapiCheck(document: { readonly paths: Paths }): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, coerceTypes: false });
  const templates = Object.keys(document.paths).map((path) => ({ path, pattern: patternOf(path) }));
  const validators = new Map<Operation, ReturnType<typeof ajv.compile>>();
  const validatorOf = (operation: Operation, schema: Schema) => {
    const known = validators.get(operation) ?? ajv.compile(closed(schema));
    validators.set(operation, known);
    return known;
  };

  return ({ method, target, body }) => {
    const [path = '', query = ''] = target.split('?', 2);
    const name = `${method} ${path}`;
    if (UNDOCUMENTED.has(name)) return [];
    const operation = templates
      // A fixed path wins over one with a parameter in the same place.
      .filter(({ pattern }) => pattern.test(`/${path}`))
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length)
      .map((template) => document.paths[template.path]?.[method.toLowerCase()])
      .find((found) => found !== undefined);
    if (operation === undefined) return [`${name}: is not in the document`];
    const schema = operation.requestBody?.content['application/json']?.schema;
    return [...queryProblems(operation, query), ...bodyProblems(body, schema, operation, validatorOf)].map(
      (problem) => `${name}: ${problem}`,
    );
  };
}

/** The check that the environment asks for: none where APOLLO_OPENAPI does not name the document. */
export const checkFromEnvironment = (): Check | undefined => {
  const file = process.env['APOLLO_OPENAPI'];
  return file === undefined ? undefined : openapiCheck(JSON.parse(readFileSync(file, 'utf8')));
};

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`);

function queryProblems({ parameters = [] }: Operation, query: string): readonly string[] {
  const documented = parameters.filter((one) => one.in === 'query');
  const sent = [...new Set(new URLSearchParams(query).keys())];
  return [
    ...sent.filter((key) => !documented.some(({ name }) => name === key)).map((key) => `?${key} is not documented`),
    ...documented
      .filter(({ name, required }) => required === true && !sent.includes(name))
      .map(({ name }) => `?${name} is required`),
  ];
}

function bodyProblems(
  body: string,
  schema: Schema | undefined,
  operation: Operation,
  validatorOf: (operation: Operation, schema: Schema) => ReturnType<Ajv2020['compile']>,
): readonly string[] {
  if (schema === undefined) return body === '' ? [] : ['a body is not documented'];
  if (body === '') return operation.requestBody?.required === true ? ['a body is required'] : [];
  const validate = validatorOf(operation, schema);
  if (validate(JSON.parse(body))) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    'additionalProperty' in params
      ? `${instancePath}/${params['additionalProperty']} is not documented`
      : `${instancePath || 'the body'} ${message}`,
  );
}

// No schema says that it has no other keys, so this one does. Several options of one custom field go as a list of ids:
// the document knows strings only, and no source says how else they are written (docs.apollo.io, 2026-08-19).
function closed(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  const isCustom = typeof additionalProperties === 'object' && additionalProperties['type'] === 'string';
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, closed(value)])),
      additionalProperties: additionalProperties ?? false,
    }),
    ...(isCustom && {
      additionalProperties: { anyOf: [additionalProperties, { type: 'array', items: { type: 'string' } }] },
    }),
  };
}
