import { describe, expect, test } from 'vitest';
import { accounts } from '../../../catalog/account.ts';
import { contacts } from '../../../catalog/contact.ts';
import { routes } from '../../../connector/record/routes.ts';

const of = (
  fields: typeof contacts.fields | typeof accounts.fields,
  updates: 'individual' | 'bulk',
  ...names: string[]
) => Object.fromEntries([...routes(fields, updates).of({ pending: names })].filter(([name]) => names.includes(name)));

describe('the endpoints of a record', () => {
  test('one by one it is PATCH, but for what no PATCH takes', () => {
    expect(of(contacts.fields, 'individual', 'title', 'contact_stage_id', 'linkedin_url', 'owner_id', 'lists')).toEqual(
      {
        title: 'patch',
        contact_stage_id: 'patch',
        linkedin_url: 'bulkUpdate',
        owner_id: 'bulkUpdate',
        lists: 'labels',
      },
    );
  });

  test('in bulk it is the one that most records share', () => {
    expect(of(contacts.fields, 'bulk', 'title', 'contact_stage_id', 'owner_id', 'lists')).toEqual({
      title: 'bulkUpdate',
      contact_stage_id: 'stages',
      owner_id: 'bulkUpdate',
      lists: 'labels',
    });
    expect(of(accounts.fields, 'bulk', 'name', 'account_stage_id', 'owner_id')).toEqual({
      name: 'bulkUpdate',
      account_stage_id: 'bulkUpdate',
      owner_id: 'bulkUpdate',
    });
  });

  test('in bulk a PATCH that is made anyhow carries all that it can, for as long as it is to be made', () => {
    expect(of(contacts.fields, 'bulk', 'title', 'contact_stage_id', 'owner_id', 'mobile_phone')).toEqual({
      title: 'patch',
      contact_stage_id: 'patch',
      owner_id: 'bulkUpdate',
      mobile_phone: 'patch',
    });
    expect(of(contacts.fields, 'bulk', 'title', 'contact_stage_id')).toMatchObject({ title: 'bulkUpdate' });
    const { of: ofRecord } = routes(contacts.fields, 'bulk');
    expect(ofRecord({ pending: ['title'], byPatch: true }).get('title')).toBe('patch');
  });

  test('owners go by group where bulk_update does not take them', () => {
    const fields = contacts.fields.map((field) =>
      field.name === 'owner_id'
        ? { ...field, writable: { owners: { in: 'request', as: 'owner_id' } as const } }
        : field,
    );
    expect(
      routes(fields, 'bulk')
        .of({ pending: ['owner_id'] })
        .get('owner_id'),
    ).toBe('owners');
  });

  // A preview prepares the rows of a stream once for both ways (runtime/run/preview/prepared-rows.ts).
  test('both ways write the same fields of a record that exists', () => {
    for (const { fields } of [contacts, accounts]) {
      const written = (['individual', 'bulk'] as const).map((updates) => {
        const { has } = routes(fields, updates);
        return fields.map(({ name }) => name).filter(has);
      });
      expect(written[0]!.length).toBeGreaterThan(5);
      expect(written[1]).toEqual(written[0]);
    }
  });

  test('what is only written on creation has none', () => {
    expect(routes(contacts.fields, 'bulk').has('organization_id')).toBe(false);
  });
});

test.each<[string[], string[]]>([
  [['title'], ['bulkUpdate']],
  [
    ['title', 'mobile_phone'],
    ['bulkUpdate', 'patch'],
  ],
  [['contact_stage_id'], ['stages']],
  // A record alone in its stage is patched.
  [
    ['title', 'contact_stage_id'],
    ['bulkUpdate', 'patch', 'stages'],
  ],
  // It is not where another request is needed all the same.
  [
    ['owner_id', 'contact_stage_id'],
    ['bulkUpdate', 'stages'],
  ],
  [
    ['owner_id', 'title', 'contact_stage_id'],
    ['bulkUpdate', 'patch', 'stages'],
  ],
])('every endpoint that may write %j is known beforehand', (names, endpoints) => {
  expect([...routes(contacts.fields, 'bulk').taken(names)].sort()).toEqual(endpoints);
});
