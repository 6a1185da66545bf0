import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BODIES, QUERIES, type Shape, type Shapes } from '../../emulator/calls/shapes.ts';
import { ENDPOINTS, type Endpoint } from '../../emulator/server/endpoints.ts';
import { type Bench, bench } from '../emulator/client.ts';

// Compares the emulator with Apollo's published OpenAPI document, which is not part of this repository: give its path
// in APOLLO_OPENAPI (https://docs.apollo.io/openapi/apollo-rest-api.json).

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: Readonly<
          Record<string, { schema?: Schema; example?: unknown; examples?: Record<string, { value: unknown }> }>
        >;
      }
    >
  >;
}

const file = process.env['APOLLO_OPENAPI'];
const title = file === undefined ? 'the OpenAPI document (skipped: APOLLO_OPENAPI is not set)' : 'the OpenAPI document';

const A = 'aaaaaaaaaaaaaaaaaaaaaaaa';
const STAGE = '6095a710bd01d100a506d4ae';
const OWNER = '66302798d03b9601c7934ebf';
const TEXT_FIELD = 'contact.60c39ed82bd02f0115000100';

// One request for each endpoint that is answered with as many keys as it can have.
const SAMPLES: Readonly<Record<string, readonly [path: string, body?: object]>> = {
  'users/api_profile': ['users/api_profile?include_credit_usage=true'],
  'users/search': ['users/search'],
  'contact_stages/index': ['contact_stages'],
  'account_stages/index': ['account_stages'],
  'labels/index': ['labels'],
  'labels/create': ['labels', { name: 'N', modality: 'contacts' }],
  'labels/update': ['labels/bbbbbbbbbbbbbbbbbbbbbbbb', { name: 'M' }],
  'labels/add_entity_ids_to_label_names': [
    'labels/add_entity_ids_to_label_names',
    { entity_ids: [A], label_names: ['L'], modality: 'contacts' },
  ],
  'labels/remove_entity_ids_from_label_names': [
    'labels/remove_entity_ids_from_label_names',
    { entity_ids: [A], label_names: ['L'], modality: 'contacts', async: true },
  ],
  'fields/index': ['fields'],
  'fields/create': ['fields', { label: 'F', modality: 'contact', type: 'string' }],
  'fields/update': ['fields', { fields: [{ id: TEXT_FIELD, label: 'G' }] }],
  'typed_custom_fields/index': ['typed_custom_fields'],
  'contacts/create': ['contacts', { email: 'n@b.example', direct_phone: '202-555-0101', label_names: ['L'] }],
  'contacts/search': ['contacts/search', { q_keywords: 'a@b.example', contact_stage_ids: [STAGE] }],
  'contacts/bulk_create': [
    'contacts/bulk_create',
    { contacts: [{ email: 'x@b.example' }, { email: 'a@b.example' }], run_dedupe: true },
  ],
  'contacts/bulk_update': ['contacts/bulk_update', { contact_ids: [A], title: 'T' }],
  'contacts/update_stages': [`contacts/update_stages?contact_ids[]=${A}&contact_stage_id=${STAGE}`],
  'contacts/update_owners': [`contacts/update_owners?contact_ids[]=${A}&owner_id=${OWNER}`],
  'contacts/show': [`contacts/${A}`],
  'contacts/update': [`contacts/${A}`, { title: 'T' }],
  'accounts/create': ['accounts', { name: 'N', phone: '202-555-0101' }],
  'accounts/search': ['accounts/search', { q_organization_name: 'Acme' }],
  'accounts/bulk_create': [
    'accounts/bulk_create',
    { accounts: [{ name: 'X' }, { domain: 'acme.example' }], run_dedupe: true },
  ],
  'accounts/bulk_update': ['accounts/bulk_update', { account_ids: [A], account_stage_id: '61b8e913e0f4d2012e3af74e' }],
  'accounts/update_owners': [`accounts/update_owners?account_ids[]=${A}&owner_id=${OWNER}`],
  'accounts/show': [`accounts/${A}`],
  'accounts/update': [`accounts/${A}`, { name: 'Acme' }],
};

const data = {
  accounts: [{ id: A, name: 'Acme', domain: 'acme.example' }],
  labels: [{ id: 'bbbbbbbbbbbbbbbbbbbbbbbb', name: 'B' }],
  contacts: [
    {
      id: A,
      email: 'a@b.example',
      account_id: A,
      organization_id: A,
      organization_name: 'Acme',
      contact_emails: [{ email: 'c@b.example', position: 0 }],
      label_names: ['L'],
      direct_phone: '202-555-0101',
    },
  ],
};

// Keys that the emulator answers although the document does not have them there, and why.
const KNOWN_DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  // contact_emails and, here, phone_numbers are empty in the samples; items of both are seen elsewhere (live, 2025-10).
  'contacts/search': ['contacts[].contact_emails[].*', 'contacts[].phone_numbers[].*'],
  'contacts/update_stages': ['contacts[].contact_emails[].*', 'contacts[].phone_numbers[].*'],
  // One shape for single contacts: the samples of PATCH and GET leave this key out.
  'contacts/update': ['contact.contact_campaign_statuses', 'contact.contact_emails[].*'],
  'contacts/show': ['contact.contact_campaign_statuses', 'contact.contact_emails[].*'],
  // "Full slim keys" for existing items; the quirk slimExisting reduces them to the schema.
  'contacts/bulk_create': ['existing_contacts[].organization_name', 'existing_contacts[].contact_stage_id'],
  'accounts/bulk_create': ['existing_accounts[].account_stage_id', 'existing_accounts[].phone'],
};

describe.skipIf(file === undefined)(title, () => {
  const paths = (): Readonly<Record<string, Readonly<Record<string, Operation>>>> =>
    JSON.parse(readFileSync(file ?? '', 'utf8')).paths;
  const operationOf = (endpoint: Endpoint) => {
    const operation = paths()[`/${endpoint.path}`]?.[(endpoint.methods[0] ?? '').toLowerCase()];
    if (operation === undefined) throw new Error(`${endpoint.action} is not in the document`);
    return operation;
  };

  test.each(ENDPOINTS)('strict mode knows the parameters of $action', (endpoint) => {
    const operation = operationOf(endpoint);
    const schema = operation.requestBody?.content['application/json']?.schema;
    expect(BODIES[endpoint.action] ?? {}).toEqual(schema === undefined ? {} : shapesOf(schema));
    const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
    expect([...(QUERIES[endpoint.action] ?? [])].sort()).toEqual(query.map((parameter) => parameter.name).sort());
  });

  test.each(ENDPOINTS.filter((endpoint) => endpoint.action !== 'usage_stats/api_usage_stats'))(
    'every key that $action answers is declared or a known difference',
    async (endpoint) => {
      const { status, json } = await ask(await bench({ data }), endpoint);
      expect(status).toBe(200);
      const declared = declaredKeys(operationOf(endpoint));
      const known = KNOWN_DIFFERENCES[endpoint.action] ?? [];
      const covers = (each: string, key: string) =>
        each.endsWith('*') ? key.startsWith(each.slice(0, -1)) : key === each;
      const answered = [...keysOf(json)];
      expect(answered.length).toBeGreaterThan(0);
      const undeclared = answered.filter((key) => !declared.has(key));
      expect(undeclared.filter((key) => !known.some((each) => covers(each, key)))).toEqual([]);
      // A difference that no longer exists must leave the list.
      expect(known.filter((each) => !undeclared.some((key) => covers(each, key)))).toEqual([]);
    },
  );
});

function ask(started: Bench, endpoint: Endpoint) {
  const sample = SAMPLES[endpoint.action];
  if (sample === undefined) throw new Error(`no sample request for ${endpoint.action}`);
  return started.send(endpoint.methods[0] ?? '', sample[0], sample[1]);
}

function shapesOf(schema: Schema): Shapes {
  return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, shapeOf(value)]));
}

function shapeOf(schema: Schema): Shape {
  if (schema.type === 'array') return schema.items?.properties ? { of: shapesOf(schema.items) } : 'string[]';
  if (schema.type === 'object') return schema.properties ? { object: shapesOf(schema) } : 'strings';
  return schema.type as Shape;
}

function declaredKeys(operation: Operation): Set<string> {
  const keys = new Set<string>();
  for (const { schema, example, examples } of Object.values(operation.responses['200']?.content ?? {})) {
    if (schema !== undefined) for (const key of schemaKeys(schema, '')) keys.add(key);
    for (const value of [example, ...Object.values(examples ?? {}).map((each) => each.value)]) {
      for (const key of keysOf(typeof value === 'string' ? lenientJson(value) : value)) keys.add(key);
    }
  }
  return keys;
}

function* schemaKeys(schema: Schema, prefix: string): Iterable<string> {
  for (const option of schema.oneOf ?? []) yield* schemaKeys(option, prefix);
  if (schema.items !== undefined) yield* schemaKeys(schema.items, `${prefix}[]`);
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    yield path;
    yield* schemaKeys(value, path);
  }
}

function* keysOf(value: unknown, prefix = ''): Iterable<string> {
  // Keyed by field id, by error, by CRM: no fixed keys below.
  if (/(typed_custom_fields|custom_field_errors|params|mapped_crm_values|tally)$/.test(prefix) && !Array.isArray(value))
    return;
  if (Array.isArray(value)) {
    for (const entry of value) yield* keysOf(entry, `${prefix}[]`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    yield path;
    yield* keysOf(entry, path);
  }
}

// Some samples are text that holds JSON, one of them with a trailing comma.
function lenientJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/,(\s*[\]}])/g, '$1'));
  } catch {
    return undefined;
  }
}
