import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contacts } from '../../catalog/contact.ts';
import { customFields, customFieldsNamed, customIdOf, customName } from '../../catalog/custom-field.ts';

const hex = (n: number): string => n.toString(16).padStart(24, '0');

// Shapes of docs.apollo.io/reference/get-a-list-of-fields and get-a-list-of-all-custom-fields, 2026-08-19; values made up.
const fromFields = [
  { id: `contact.${hex(1)}`, label: 'Tier', modality: 'contact', type: 'picklist', source: 'custom', editable: false },
  { id: `contact.${hex(2)}`, label: 'Score', modality: 'contact', type: 'number', source: 'custom' },
  { id: `account.${hex(3)}`, label: 'Score', modality: 'account', type: 'number', source: 'custom' },
  { id: 'contact.attr2', label: 'First name', modality: 'contact', type: 'string', source: 'system' },
];
const fromList = [
  {
    id: hex(1),
    modality: 'contact',
    name: 'Tier (old label)',
    type: 'picklist',
    picklist_values: [
      { _id: hex(11), name: 'Gold' },
      { id: hex(12), _id: hex(99), name: 'Silver' },
      { name: 'no id' },
      null,
    ],
  },
  { id: hex(2), modality: 'contact', name: 'Score', type: 'string' },
  { id: hex(4), modality: 'contact', name: ' Score ', type: 'string', text_field_max_length: 120 },
  { id: hex(5), modality: 'contact', name: 'Lead Source', type: 'picklist', is_readonly_mapped_crm_field: true },
  { id: '32d42c92-5be4-4ec4-96c7-f689b43ec8a8', modality: 'contact', name: 'By UUID', type: 'lookup_user' },
];
const users = [{ id: hex(77), names: ['ada@example.com'] }];
const fields = customFields(contacts, [...fromFields, ...fromList], users);

test('an item of either endpoint makes one field, and the first one to say something is believed', () => {
  expect(fields.map(({ name, title, type }) => [name, title, type])).toEqual([
    [`custom:${hex(1)}`, 'Tier', 'option'],
    [`custom:${hex(2)}`, 'Score', 'number'],
    [`custom:${hex(4)}`, 'Score', 'text'],
    [`custom:${hex(5)}`, 'Lead Source', 'option'],
    ['custom:32d42c92-5be4-4ec4-96c7-f689b43ec8a8', 'By UUID', 'owner'],
  ]);
});

test('a custom field is written under its bare id by every endpoint that takes records', () => {
  const place = { in: 'typed_custom_fields', as: hex(2) };
  expect(fields[1]!.writable).toEqual({ create: place, bulkUpdate: place, patch: place });
});

test('options, lengths and users come along', () => {
  expect(fields[0]!.options).toEqual([
    { id: hex(11), names: ['Gold'] },
    { id: hex(12), names: ['Silver'] },
  ]);
  expect(fields[2]!.maxLength).toBe(120);
  expect(fields[3]!.options).toBeUndefined();
  expect(fields[4]!.options).toBe(users);
});

test('a field that a CRM keeps read-only cannot be written', () => {
  expect([fields[3]!.writable, typeof fields[3]!.locked]).toEqual([{}, 'string']);
});

test.each([
  ['string', 'text'],
  ['textarea', 'text'],
  ['number', 'number'],
  ['date', 'date'],
  ['datetime', 'datetime'],
  ['boolean', 'boolean'],
  ['picklist', 'option'],
  ['multipicklist', 'options'],
  ['lookup_user', 'owner'],
  ['currency', 'number'],
  ['constructor', 'text'],
  ['something new', 'text'],
])('type %s is taken as %s', (type, ours) => {
  expect(customFields(contacts, [{ id: hex(1), modality: 'contact', type }])[0]!.type).toBe(ours);
});

test.each([
  ['tier', [hex(1)]],
  [' SCORE', [hex(2), hex(4)]],
  [hex(4), [hex(4)]],
  [`contact.${hex(4)}`, [hex(4)]],
  [hex(4).toUpperCase(), [hex(4)]],
  ['nothing', []],
])('%j names %j', (wanted, ids) => {
  expect(customFieldsNamed(fields, wanted).map(customIdOf)).toEqual(ids);
});

test('people see the label where it is unique, else the id', () => {
  expect(fields.map((field) => customName(fields, field))).toEqual([
    'custom:Tier',
    `custom:${hex(2)}`,
    `custom:${hex(4)}`,
    'custom:Lead Source',
    'custom:By UUID',
  ]);
});

describe('whatever an answer holds', () => {
  const oddities = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, '', 0, [], {}, hex(1), `contact.${hex(1)}`, 'contact', 'picklist', true),
  );
  const keys = [
    'id',
    '_id',
    'label',
    'name',
    'modality',
    'type',
    'source',
    'meta',
    'picklist_values',
    'text_field_max_length',
    'is_readonly_mapped_crm_field',
  ];
  const item = fc.dictionary(fc.constantFrom(...keys), oddities, { noNullPrototype: false });

  test('there is a field for each id, and no error', () => {
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const made = customFields(contacts, items);
        expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
        for (const { title, name } of made) expect([typeof title, name.slice(0, 7)]).toEqual(['string', 'custom:']);
      }),
    );
  });
});
