import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as wire from '../../../connector/api/wire.ts';

const read = <T>(schema: wire.Wire<T>, answer: unknown): T | 'not understood' => {
  const { success, data } = schema.safeParse(answer);
  return success ? data : 'not understood';
};

describe('bulk_create', () => {
  const slim = { id: 'c1', email: null, organization_name: 'Acme', new_key: [1] };

  test.each(['contacts', 'accounts'] as const)(
    '%s: what was created and what exists, with all their keys',
    (object) => {
      const answer = { [`created_${object}`]: [slim], [`existing_${object}`]: [{ id: 'c2' }] };
      expect(read(wire.bulkCreated(object), answer)).toEqual({ created: [slim], existing: [{ id: 'c2' }] });
    },
  );

  test('one of the two may be missing or null, never both', () => {
    const schema = wire.bulkCreated('contacts');
    expect(read(schema, { created_contacts: [slim] })).toEqual({ created: [slim], existing: [] });
    expect(read(schema, { created_contacts: null, existing_contacts: [] })).toEqual({ created: [], existing: [] });
    for (const answer of [
      {},
      { created_contacts: null },
      { created_accounts: [] },
      { created_contacts: {} },
      [],
      null,
    ]) {
      expect(read(schema, answer), JSON.stringify(answer)).toBe('not understood');
    }
  });

  test('a record without an id answers for nothing', () => {
    const answer = { created_contacts: [{ email: 'x' }, { id: '' }, null, 'c1', slim], existing_contacts: [] };
    expect(read(wire.bulkCreated('contacts'), answer)).toEqual({ created: [slim], existing: [] });
  });
});

test('bulk_update: the records by id; a job that is done later is not understood', () => {
  const schema = wire.bulkUpdated('accounts');
  expect(read(schema, { accounts: [{ id: 'a1', account_stage_id: 's' }] })).toEqual(
    new Map([['a1', { id: 'a1', account_stage_id: 's' }]]),
  );
  expect(read(schema, { entity_progress_job: { id: 'j', status: 'pending' } })).toBe('not understood');
});

test('a single record', () => {
  expect(read(wire.single('contacts'), { contact: { id: 'c1', title: null }, labels: [] })).toEqual({
    id: 'c1',
    title: null,
  });
  expect(read(wire.single('accounts'), { contact: { id: 'c1' } })).toBe('not understood');
  expect(read(wire.single('contacts'), { contact: {} })).toBe('not understood');
});

test('lists come bare, or under their name; their id under either of two', () => {
  const label = { _id: 'l1', name: 'Warehouse sync', modality: 'contacts', cached_count: 3 };
  const expected = [{ id: 'l1', name: 'Warehouse sync', modality: 'contacts' }];
  expect(read(wire.labelsListed, [label])).toEqual(expected);
  expect(read(wire.labelsListed, { labels: [label] })).toEqual(expected);
  expect(read(wire.labelsListed, { message: 'no' })).toBe('not understood');
});

test('what a change of lists says', () => {
  const schema = wire.labelsChanged;
  expect(read(schema, { labels: [{ id: 'l1', name: 'VIP' }, 'Plain', { id: 'l2' }] })).toEqual({
    done: 'now',
    names: ['VIP', 'Plain', null],
  });
  expect(read(schema, { message: 'Lists of ann@acme.example are locked' })).toEqual({
    done: 'unclear',
    said: 'it said "Lists of [e-mail] are locked"',
  });
  for (const failed of [{ status: 'failed' }, { status: 'done', errors: ['x'] }, { error: 'x' }]) {
    expect(read(schema, { entity_progress_job: failed })).toMatchObject({ done: 'unclear' });
  }
  expect(read(schema, { message: 'No Models or Lists provided' })).toEqual({ done: 'nothing' });
  expect(read(schema, { entity_progress_job: { id: 'j', progress: -1 } })).toEqual({ done: 'later' });
  expect(read(schema, { error: 'x' })).toBe('not understood');
});

test('stages have the name that people see first', () => {
  const stages = {
    contact_stages: [
      { id: 's1', display_name: 'Cold', name: 'cold' },
      { id: 's2', name: 'Won', display_name: null },
    ],
  };
  expect(read(wire.stagesListed('contacts'), stages)).toEqual([
    { id: 's1', names: ['Cold', 'cold'] },
    { id: 's2', names: ['Won'] },
  ]);
  expect(read(wire.stagesListed('accounts'), stages)).toBe('not understood');
});

test('pages of users are counted in numbers or in strings', () => {
  for (const total_pages of [8, '8']) {
    expect(read(wire.usersFound, { pagination: { page: '1', total_pages }, users: [{ id: 'u1' }] })).toMatchObject({
      pagination: { page: 1, total_pages: 8 },
      users: [{ id: 'u1' }],
    });
  }
  expect(read(wire.usersFound, { pagination: {} })).toBe('not understood');
});

test('health must say whether the key is good', () => {
  expect(read(wire.health, { is_logged_in: false })).toEqual({ is_logged_in: false });
  expect(read(wire.health, { healthy: true })).toBe('not understood');
});

test('whatever comes, it is read or not understood, and never throws', () => {
  const schemas: wire.Wire<unknown>[] = [
    ...(['contacts', 'accounts'] as const).flatMap((object) => [
      wire.bulkCreated(object),
      wire.bulkUpdated(object),
      wire.single(object),
      wire.stagesListed(object),
    ]),
    wire.labelsListed,
    wire.labelsChanged,
    wire.usersFound,
    wire.fieldsListed,
    wire.typedCustomFieldsListed,
    wire.profile,
    wire.health,
  ];
  const key = fc.constantFrom(
    'created_contacts',
    'existing_contacts',
    'contacts',
    'contact',
    'labels',
    'users',
    'id',
    'fields',
  );
  const answer = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue()));
  fc.assert(
    fc.property(answer, (json) => {
      for (const schema of schemas) expect(() => schema.safeParse(json)).not.toThrow();
    }),
  );
});
