import { expect, test } from 'vitest';
import { accounts } from '../../../catalog/account.ts';
import { contacts } from '../../../catalog/contact.ts';
import type { Field } from '../../../catalog/object.ts';
import { routes } from '../../../connector/record/routes.ts';
import { needsOf } from '../../../connector/writers/needs.ts';

type StreamNeeds = Parameters<typeof needsOf>[0];

const custom = { ...contacts.fields[0]!, name: 'custom:694095a8000000000000000a', type: 'text' } as Field;

function needs(object: 'contacts' | 'accounts', names: readonly string[], more: Partial<StreamNeeds> = {}) {
  const all: readonly Field[] = [...(object === 'contacts' ? contacts.fields : accounts.fields), custom];
  const fields = names.map((name) => all.find((field) => field.name === name)!);
  const stream = {
    name: 's',
    object,
    mode: 'upsert',
    existing: 'update',
    readsBefore: false,
    fields,
    makes: { fields: false, options: false },
    routes: routes(fields, 'individual'),
  } as const;
  return needsOf({ ...stream, ...more }).map(({ endpoint }) => endpoint.display);
}

test('an upsert creates, reads what may be another record, and updates one by one', () => {
  expect(needs('contacts', ['email', 'first_name'])).toEqual([
    'POST contacts/bulk_create',
    'PATCH contacts/{id}',
    'GET contacts/{id}',
  ]);
  expect(needs('accounts', ['domain', 'name'])).toEqual(['POST accounts/bulk_create', 'PATCH accounts/{id}']);
});

test('an insert only writes later what a create cannot', () => {
  const insert = { mode: 'insert', existing: 'keep' } as const;
  expect(needs('accounts', ['domain', 'name'], insert)).toEqual(['POST accounts/bulk_create']);
  expect(needs('contacts', ['email', 'mobile_phone'], insert)).toContain('PATCH contacts/{id}');
});

test('in bulk, grouped requests are needed for what goes by group, and PATCH only where it may come to it', () => {
  const bulk = (...names: string[]) => {
    const fields = names.map((name) => contacts.fields.find((field) => field.name === name)!);
    return needs('contacts', names, { routes: routes(fields, 'bulk') });
  };
  expect(bulk('email', 'title', 'owner_id')).not.toContain('PATCH contacts/{id}');
  expect(bulk('email', 'title')).toContain('POST contacts/bulk_update');
  expect(bulk('email', 'contact_stage_id')).toEqual(
    expect.arrayContaining(['POST contacts/update_stages', 'PATCH contacts/{id}', 'GET contact_stages']),
  );
  expect(bulk('email', 'mobile_phone')).toContain('PATCH contacts/{id}');
});

test('an update creates nothing', () => {
  expect(needs('contacts', ['first_name'], { mode: 'update' })).toEqual(['PATCH contacts/{id}']);
});

test('changes by hand are undone by bulk_update, whatever else is written one by one', () => {
  const repair = { drift: 'repair' } as const;
  expect(needs('accounts', ['domain', 'name'], repair)).toContain('POST accounts/bulk_update');
  expect(needs('accounts', ['domain', 'name'], { ...repair, existing: 'keep' })).not.toContain(
    'POST accounts/bulk_update',
  );
  expect(needs('contacts', ['mobile_phone'], { ...repair, mode: 'update' })).toEqual(['PATCH contacts/{id}']);
});

test('blanks are filled after reading', () => {
  expect(needs('accounts', ['domain', 'name'], { existing: 'fill_blanks' })).toContain('GET accounts/{id}');
});

test('stages, owners, lists and custom fields each need what they are looked up in', () => {
  const names = ['email', 'contact_stage_id', 'owner_id', custom.name];
  expect(needs('contacts', names)).toEqual(
    expect.arrayContaining(['GET contact_stages', 'GET users/search', 'GET fields']),
  );
});
