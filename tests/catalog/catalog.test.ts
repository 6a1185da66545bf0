import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accounts } from '../../catalog/account.ts';
import { catalogOperations } from '../../catalog/catalog.ts';
import { coerce } from '../../catalog/coerce.ts';
import { contacts } from '../../catalog/contact.ts';
import { customFields } from '../../catalog/custom-field.ts';
import { findField } from '../../catalog/field-lookup.ts';
import type { Field } from '../../catalog/object.ts';

const custom = customFields(contacts, [
  { id: 'contact.f01', modality: 'contact', label: 'Score', type: 'number' },
  { id: 'contact.f02', modality: 'contact', label: 'Twice', type: 'date' },
  { id: 'contact.f03', modality: 'contact', label: 'twice', type: 'multipicklist' },
  { id: 'contact.f04', modality: 'contact', label: 'Of the CRM', type: 'string', is_readonly_mapped_crm_field: true },
]);
const operations = catalogOperations([
  { object: contacts, fields: [...contacts.fields, ...custom] },
  { object: accounts, fields: accounts.fields },
]);
const schemaOf = (object: string, mode: string) =>
  operations.find((one) => one.object_name === object && one.sync_mode === mode)?.json_schema as {
    properties: Record<string, Record<string, unknown>>;
  };

test('there is one operation for each object and mode, with its keys', () => {
  expect(
    operations.map(({ object_name, sync_mode, matching_keys, json_schema }) => [
      object_name,
      sync_mode,
      matching_keys,
      json_schema['required'],
      json_schema['additionalProperties'],
    ]),
  ).toEqual([
    ['contacts', 'append', undefined, ['email'], false],
    ['contacts', 'append_dedup', [['email']], undefined, false],
    ['contacts', 'update', [['apollo_id']], undefined, false],
    ['accounts', 'append', undefined, ['domain'], false],
    ['accounts', 'append_dedup', [['domain']], undefined, false],
    ['accounts', 'update', [['apollo_id']], undefined, false],
  ]);
});

test('the keys of an operation are among its fields', () => {
  for (const { json_schema, matching_keys = [] } of operations) {
    const names = Object.keys((json_schema as { properties: object }).properties);
    expect(
      [...matching_keys.flat(), ...((json_schema['required'] ?? []) as string[])].filter((key) => !names.includes(key)),
    ).toEqual([]);
  }
});

test('a custom field is offered by label where that is unique, with its type; what cannot be written is not offered', () => {
  const { properties } = schemaOf('contacts', 'append_dedup');
  expect(Object.fromEntries(Object.entries(properties).filter(([name]) => name.startsWith('custom:')))).toEqual({
    'custom:Score': { type: ['null', 'number'], title: 'Score', description: 'Custom field of type number.' },
    'custom:f02': {
      type: ['null', 'string'],
      format: 'date',
      title: 'Twice',
      description: 'Custom field of type date.',
    },
    'custom:f03': {
      type: ['null', 'array'],
      items: { type: 'string' },
      title: 'twice',
      description: 'Custom field of type multipicklist.',
    },
  });
  expect(Object.keys(schemaOf('accounts', 'append_dedup').properties)).not.toContain('industry');
});

test('update offers no field that only creation writes', () => {
  const [upsert, update] = ['append_dedup', 'update'].map((mode) =>
    Object.keys(schemaOf('contacts', mode).properties),
  ) as [string[], string[]];
  expect([
    upsert.includes('photo_url'),
    update.includes('photo_url'),
    update.includes('mobile_phone'),
    update[0],
  ]).toEqual([true, false, true, 'apollo_id']);
});

test('every name that is offered can be mapped', () => {
  const fields: readonly Field[] = [...contacts.fields, ...custom];
  const names = Object.keys(schemaOf('contacts', 'append').properties);
  expect(names.filter((name) => !findField(contacts, fields, name).ok)).toEqual([]);
});

test('choices are offered as an enumeration with titles, by a name that only one has, and never by an address', () => {
  const options = [
    { id: 'a', names: ['Cold'] },
    { id: 'b', names: ['Twin'] },
    { id: 'c', names: ['twin '] },
    { id: 'd', names: [] },
    { id: 'e', names: ['ann@example.com', 'Ann Lee'] },
    { id: 'f', names: ['bo@example.com'] },
  ];
  const fields = contacts.fields.map((field) =>
    ['stage', 'lists'].includes(field.type) ? { ...field, options } : field,
  );
  const offered = catalogOperations([{ object: contacts, fields }])[1]!.json_schema as ReturnType<typeof schemaOf>;
  const values = ['Cold', 'b', 'c', 'd', 'Ann Lee', 'f'];
  const titles = ['Cold', 'Twin', 'twin ', 'd', 'Ann Lee', 'f'];
  expect(offered.properties['contact_stage_id']).toMatchObject({
    type: ['null', 'string'],
    enum: [...values, null],
    enumNames: [...titles, ''],
  });
  expect(offered.properties['lists']).toMatchObject({
    type: ['null', 'array'],
    items: { type: 'string', enum: values, enumNames: titles },
  });
  expect(offered.properties['title']).not.toHaveProperty('enum');
});

test('what is offered is what a row may say', () => {
  const names = fc.array(fc.constantFrom('Cold', 'cold', 'Hot', ' Hot', 'é', 'e\u0301', 'x@y.example', '1'), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 6 }), (named) => {
      const options = named.map((each, at) => ({ id: `${at}`.padStart(24, 'f'), names: each }));
      const stage = { ...contacts.fields.find(({ type }) => type === 'stage')!, options };
      const [insert] = catalogOperations([{ object: contacts, fields: [stage] }]);
      const { properties } = insert!.json_schema as ReturnType<typeof schemaOf>;
      const offered = properties[stage.name]!['enum'] as (string | null)[];
      const meant = offered.slice(0, -1).map((value) => coerce(stage, value));
      expect(meant).toEqual(options.map(({ id }) => ({ ok: true, value: id })));
      expect(offered.at(-1)).toBeNull();
    }),
  );
});

test('more choices than a form can show are not listed', () => {
  const options = Array.from({ length: 1001 }, (_, at) => ({ id: `${at}`, names: [`Stage ${at}`] }));
  const stage = { ...contacts.fields.find(({ type }) => type === 'stage')!, options };
  const [insert] = catalogOperations([{ object: contacts, fields: [stage] }]);
  expect((insert!.json_schema as ReturnType<typeof schemaOf>).properties[stage.name]).not.toHaveProperty('enum');
});
