import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { entriesOf, withReference } from '../../runtime/config/reference.ts';
import type { JsonSchema } from '../../runtime/contract/protocol.ts';
import { editorSchema } from '../../spec/editor-schema.ts';
import { parseConfig } from '../../spec/parse-config.ts';
import { annotatedSchema, specification } from '../../spec/specification.ts';
import { brokenRules } from './airbyte-rules.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const printed = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

const ajv = new Ajv({ strict: false, formats: { password: true, uri: true } });
const inForm = ajv.compile(specification().connectionSpecification);
const inEditor = ajv.compile(editorSchema());

const credentials = { auth_type: 'api_key', api_key: 'k' };
const stream = {
  name: 'contacts',
  object: 'contacts',
  mapping: [
    { to: 'email', from: 'mail' },
    { to: 'title', constant: 'x' },
  ],
};

function schemasIn(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [
    schema['items'],
    ...Object.values(schema['properties'] ?? {}),
    ...((schema['oneOf'] ?? []) as unknown[]),
    ...((schema['anyOf'] ?? []) as unknown[]),
  ];
  return [schema, ...inner.filter((each) => each !== undefined).flatMap((each) => schemasIn(each as JsonSchema))];
}

describe('the specification for Airbyte', () => {
  it('is the golden one', async () => {
    await expect(printed(specification())).toMatchFileSnapshot('../golden/spec.json');
  });

  it("keeps the rules of Airbyte's form", () => {
    expect(brokenRules(specification().connectionSpecification)).toEqual([]);
  });

  it('leaves out what only sync reads, and our own notes', () => {
    const text = JSON.stringify(specification());
    expect(text).not.toMatch(/"(form|environment|context|source|table|query)":/);
  });

  it('requires the credentials, which a form must ask for', () => {
    expect(inForm({})).toBe(false);
    expect(inForm({ credentials: { auth_type: 'api_key' } })).toBe(false);
    expect(inForm({ credentials })).toBe(true);
  });
});

describe.each([
  ['Airbyte', specification().connectionSpecification],
  ['editors', editorSchema()],
])('a form drawn from the schema for %s', (_, schema) => {
  const all = schemasIn(schema);

  it('begins no object by a default that must then hold what was not filled in', () => {
    const begun = all.flatMap(({ properties = {}, required = [] }) =>
      Object.entries(properties as Record<string, JsonSchema>)
        .filter(([key]) => !(required as string[]).includes(key))
        .filter(([, each]) => {
          const inside = Object.entries((each['properties'] ?? {}) as Record<string, JsonSchema>);
          const missing = ((each['required'] ?? []) as string[]).filter(
            (key) => inside.find(([name]) => name === key)?.[1]['default'] === undefined,
          );
          return missing.length > 0 && inside.some(([, { default: value }]) => value !== undefined);
        })
        .map(([key]) => key),
    );
    expect(begun).toEqual([]);
  });

  it('has a name for every alternative', () => {
    const alternatives = all.flatMap(({ oneOf, anyOf }) => [oneOf, anyOf].flat()).filter((each) => each !== undefined);
    expect(alternatives.length).toBeGreaterThan(1);
    expect(alternatives.filter((each) => !(each as JsonSchema)['title'])).toEqual([]);
  });
});

describe('the rules of the form', () => {
  const valid = { type: 'object', properties: { a: { type: 'string', title: 'A', order: 0 } } };
  const choice = (key: string) => ({
    type: 'object',
    properties: { kind: { type: 'string', const: key } },
    required: ['kind'],
  });
  it.each<[string, object]>([
    ['a forbidden key', { b: { anyOf: [] } }],
    ['a reference', { b: { $ref: '#/x' } }],
    ['alternatives of type', { b: { type: ['string', 'number'] } }],
    ['an object without keys', { b: { type: 'object' } }],
    ['an order used twice', { b: { type: 'string', order: 0 } }],
    ['alternatives without type object', { b: { oneOf: [choice('x'), choice('y')] } }],
    ['alternatives with one name', { b: { type: 'object', oneOf: [choice('x'), choice('x')] } }],
    ['a group inside', { b: { type: 'object', properties: { c: { type: 'string', group: 'x' } } } }],
    ['keys that are refused', { b: { ...choice('x'), additionalProperties: false } }],
    ['a secret that is not marked', { password: { type: 'string' } }],
    ['a list of lists', { b: { type: 'array', items: { type: 'array', items: { type: 'string' } } } }],
    ['a display type without alternatives', { b: { type: 'string', display_type: 'radio' } }],
  ])('notice %s', (_, properties) => {
    expect(brokenRules(valid)).toEqual([]);
    expect(brokenRules({ ...valid, properties: { ...valid.properties, ...properties } })).toHaveLength(1);
  });
});

describe('the schema for editors', () => {
  it('is fresh: `npx tsx scripts/schema.ts` changes nothing', async () => {
    expect(await read('config.schema.json')).toBe(printed(editorSchema()));
  });

  it("refuses unknown keys everywhere, but for those of a secret, which are DuckDB's", () => {
    const open = schemasIn(editorSchema()).filter(
      (each) =>
        each['properties'] !== undefined && each['additionalProperties'] !== false && each['title'] !== 'Secret',
    );
    expect(open).toEqual([]);
    expect(inEditor({ credentials, stream: [] })).toBe(false);
    expect(inForm({ credentials, stream: [] })).toBe(true);
  });

  it('does not ask for what the environment may give', () => {
    expect(inEditor({})).toBe(true);
    expect(inEditor({ credentials: { auth_type: 'api_key' } })).toBe(true);
    expect(inEditor({ credentials: { auth_type: 'oauth' } })).toBe(false);
  });
});

describe('both schemas and the parser', () => {
  const agree = (json: object) => {
    try {
      parseConfig(json, { environment: {}, caller: 'airbyte' });
      return true;
    } catch {
      return false;
    }
  };
  it.each<[boolean, object]>([
    [true, { credentials, streams: [stream] }],
    [
      true,
      {
        credentials: { auth_type: 'oauth', access_token: 't' },
        state: { type: 'none' },
        rate_limits: { plan: 'free' },
      },
    ],
    [
      true,
      { credentials, state: { type: 'duckdb' }, retries: {}, concurrency: 32, rejects: { fail_above_percent: 0.5 } },
    ],
    [false, { credentials: { auth_type: 'basic', api_key: 'k' } }],
    [false, { credentials, streams: [{ name: 'x' }] }],
    [false, { credentials, streams: [{ ...stream, mode: 'overwrite' }] }],
    [false, { credentials, streams: [{ ...stream, mapping: [{ from: 'a' }] }] }],
    [false, { credentials, concurrency: 0 }],
    [false, { credentials, retries: { max_retries: 21 } }],
    [false, { credentials, rate_limits: { reserve_percent: 100 } }],
    [false, { credentials, rejects: { path: '' } }],
    [true, { credentials, streams: [{ ...stream, updates: 'bulk' }] }],
    [false, { credentials, streams: [{ ...stream, updates: 'some' }] }],
  ])('say %j of %j', (expected, json) => {
    expect([inForm(json), inEditor(json), agree(json)]).toEqual([expected, expected, expected]);
  });
});

describe('the reference', () => {
  const entries = entriesOf(annotatedSchema());

  it('is fresh: `npx tsx scripts/docs-configuration.ts` changes nothing', async () => {
    const page = await read('docs/configuration.md');
    expect(withReference(page, annotatedSchema())).toBe(page);
  });

  it('has a title, a description and examples that hold for every key', () => {
    expect(entries.length).toBeGreaterThan(40);
    for (const { key, schema } of entries) {
      expect([key, typeof schema['title'], typeof schema['description']]).toEqual([key, 'string', 'string']);
      for (const each of schema['examples'] as unknown[]) {
        if (schema['airbyte_secret'] !== true)
          expect([key, ajv.validate({ ...schema, format: undefined }, each)]).toEqual([key, true]);
      }
      expect(schema['examples']).not.toEqual([]);
    }
  });

  it.each(entries.map(({ key, choice, example }) => [key, choice, example] as const))(
    '%s %s: the example parses',
    (_, __, example) => {
      expect(() => parseConfig(example, { environment: { APOLLO_API_KEY: 'k' }, caller: 'airbyte' })).not.toThrow();
      expect(inEditor(example)).toBe(true);
    },
  );
});
