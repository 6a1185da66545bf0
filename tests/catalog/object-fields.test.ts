import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accounts } from '../../catalog/account.ts';
import { contacts } from '../../catalog/contact.ts';
import type { DestinationObject, EndpointName, Place } from '../../catalog/object.ts';

const objects: readonly DestinationObject[] = [contacts, accounts];
const openapi = process.env['APOLLO_OPENAPI'];

const pairsOf = (object: DestinationObject, name: string) => {
  const field = object.fields.find((one) => one.name === name);
  return Object.fromEntries(
    Object.entries(field?.writable ?? {}).map(([endpoint, place]) => [endpoint, `${place.in}:${place.as}`]),
  );
};

describe.each(objects.map((object) => [object.name, object] as const))('%s', (_, object) => {
  test('a name or alias stands for one field only, and never for a read-only one', () => {
    const names = object.fields.flatMap(({ name, aliases }) => [name, ...aliases]);
    const all = [...names, ...object.readOnly.map(({ name }) => name)];
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
  });

  test('names are written as they are looked up', () => {
    const names = object.fields.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(
      [...names, ...object.readOnly.map(({ name }) => name)].filter((name) => !/^[a-z]+(_[a-z]+)*$/.test(name)),
    ).toEqual([]);
  });

  test('every field names its source and its date', () => {
    const sources = object.fields.map(({ source }) => source);
    expect(sources.filter((source) => !/^docs\.apollo\.io\/reference\/[a-z, -]+, 2026-08-19$/.test(source))).toEqual(
      [],
    );
  });

  test('a field that creation alone writes, or nothing, says so in its note', () => {
    const silent = object.fields.filter(
      ({ writable, note = '' }) =>
        ['', 'create'].includes(Object.keys(writable).join()) && !/left alone afterwards|no endpoint/.test(note),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

test('each endpoint writes what its page documents, where its page puts it', () => {
  expect({
    owner: pairsOf(contacts, 'owner_id'),
    stage: pairsOf(contacts, 'contact_stage_id'),
    lists: pairsOf(contacts, 'lists'),
    linkedin: pairsOf(contacts, 'linkedin_url'),
    phone: pairsOf(contacts, 'phone'),
    mobile: pairsOf(contacts, 'mobile_phone'),
    website: pairsOf(contacts, 'website_url'),
    hubspot: pairsOf(contacts, 'hubspot_id'),
    domain: pairsOf(accounts, 'domain'),
    accountName: pairsOf(accounts, 'name'),
    accountOwner: pairsOf(accounts, 'owner_id'),
    accountStage: pairsOf(accounts, 'account_stage_id'),
    industry: pairsOf(accounts, 'industry'),
  }).toEqual({
    owner: { create: 'request:owner_id', bulkUpdate: 'record:owner_id', owners: 'request:owner_id' },
    stage: { create: 'record:contact_stage_id', patch: 'record:contact_stage_id', stages: 'request:contact_stage_id' },
    lists: { create: 'request:append_label_names', labels: 'request:label_names' },
    linkedin: { create: 'record:linkedin_url', bulkUpdate: 'record:linkedin_url' },
    phone: { create: 'record:phone', patch: 'record:direct_phone' },
    mobile: { patch: 'record:mobile_phone' },
    website: { patch: 'record:website_url' },
    hubspot: { create: 'record:hubspot_id' },
    domain: { create: 'record:domain', patch: 'record:domain' },
    accountName: { create: 'record:name', bulkUpdate: 'record:name', patch: 'record:name' },
    accountOwner: {
      create: 'record:owner_id',
      bulkUpdate: 'record:owner_id',
      patch: 'record:owner_id',
      owners: 'request:owner_id',
    },
    accountStage: {
      create: 'record:account_stage_id',
      bulkUpdate: 'record:account_stage_id',
      patch: 'record:account_stage_id',
    },
    industry: {},
  });
});

// Apollo's own document is not part of this repository: APOLLO_OPENAPI names a copy of docs.apollo.io/openapi/apollo-rest-api.json.
describe.skipIf(openapi === undefined)('against the OpenAPI document (set APOLLO_OPENAPI to its path)', () => {
  interface Schema {
    readonly properties?: Record<string, Schema>;
    readonly items?: Schema;
  }
  interface Operation {
    readonly parameters?: readonly { name: string; in: string }[];
    readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  }
  const paths = () =>
    (JSON.parse(readFileSync(openapi ?? '', 'utf8')) as { paths: Record<string, Record<string, Operation>> }).paths;

  const operations: Record<
    DestinationObject['name'],
    Partial<Record<EndpointName, readonly [method: string, path: string, array?: string]>>
  > = {
    contacts: {
      create: ['post', '/contacts/bulk_create', 'contacts'],
      bulkUpdate: ['post', '/contacts/bulk_update', 'contact_attributes'],
      patch: ['patch', '/contacts/{contact_id}'],
      stages: ['post', '/contacts/update_stages'],
      owners: ['post', '/contacts/update_owners'],
      labels: ['post', '/labels/add_entity_ids_to_label_names'],
    },
    accounts: {
      create: ['post', '/accounts/bulk_create', 'accounts'],
      bulkUpdate: ['post', '/accounts/bulk_update', 'account_attributes'],
      patch: ['patch', '/accounts/{account_id}'],
      owners: ['post', '/accounts/update_owners'],
      labels: ['post', '/labels/add_entity_ids_to_label_names'],
    },
  };

  /** Keys of the request (body and query), or of each record in it. */
  function keysOf(object: DestinationObject, endpoint: EndpointName, where: Place['in']): readonly string[] {
    const [method, path, array] = operations[object.name][endpoint] ?? [];
    const operation = path === undefined || method === undefined ? undefined : paths()[path]?.[method];
    const body = operation?.requestBody?.content['application/json']?.schema.properties ?? {};
    const record = array === undefined ? body : (body[array]?.items?.properties ?? {});
    const query = (operation?.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name);
    return where === 'record' ? Object.keys(record) : [...Object.keys(body), ...query];
  }

  test.each(objects.map((object) => [object.name, object] as const))(
    '%s: what is written is a documented property of its request',
    (_, object) => {
      const undocumented = object.fields.flatMap(({ name, writable }) =>
        (Object.entries(writable) as [EndpointName, Place][])
          .filter(([endpoint, place]) => !keysOf(object, endpoint, place.in).includes(place.as))
          .map(([endpoint, place]) => `${name}: ${endpoint} has no ${place.in} property ${place.as}`),
      );
      expect(undocumented).toEqual([]);
    },
  );

  test.each(objects.map((object) => [object.name, object] as const))(
    '%s: what is documented is written',
    (_, object) => {
      const notFields = ['id', 'typed_custom_fields', 'label_names'];
      const missed = (['create', 'bulkUpdate', 'patch'] as const).flatMap((endpoint) => {
        const ours = object.fields.map(({ writable }) => writable[endpoint]?.as);
        return keysOf(object, endpoint, 'record')
          .filter((key) => !notFields.includes(key) && !ours.includes(key))
          .map((key) => `${endpoint} ${key}`);
      });
      expect(missed).toEqual([]);
    },
  );
});
