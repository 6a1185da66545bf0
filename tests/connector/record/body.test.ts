import { expect, test } from 'vitest';
import { contacts } from '../../../catalog/contact.ts';
import { customFields } from '../../../catalog/custom-field.ts';
import type { Field } from '../../../catalog/object.ts';
import { listsOf, place } from '../../../connector/record/body.ts';

const custom = customFields(contacts, [{ id: 'contact.60c39ed82bd02f0115000100', label: 'Tier', type: 'string' }]);
const fields = new Map<string, Field>([...contacts.fields, ...custom].map((field) => [field.name, field]));
const tier = custom[0]!.name;

test('each value goes where the endpoint documents it: the record, the request, or the custom fields', () => {
  const values = { email: 'a@b.example', owner_id: 'o', lists: ['L'], [tier]: 'Gold' };
  expect(place(fields, values, 'create')).toEqual({
    record: { email: 'a@b.example', typed_custom_fields: { '60c39ed82bd02f0115000100': 'Gold' } },
    request: { owner_id: 'o', append_label_names: ['L'] },
  });
  expect(place(fields, values, 'bulkUpdate')).toEqual({
    record: { email: 'a@b.example', owner_id: 'o', typed_custom_fields: { '60c39ed82bd02f0115000100': 'Gold' } },
    request: {},
  });
});

test('what an endpoint cannot write is left out, and so is what is no field', () => {
  const values = { mobile_phone: '1', linkedin_url: 'x', nonsense: 'y' };
  expect(place(fields, values, 'create')).toEqual({ record: { linkedin_url: 'x' }, request: {} });
  expect(place(fields, values, 'patch')).toEqual({ record: { mobile_phone: '1' }, request: {} });
});

test('one field may have another name at another endpoint', () => {
  expect(place(fields, { phone: '1' }, 'create').record).toEqual({ phone: '1' });
  expect(place(fields, { phone: '1' }, 'patch').record).toEqual({ direct_phone: '1' });
});

test('lists of values become objects with their position where Apollo wants those, and stay blank where they are cleared', () => {
  expect(place(fields, { contact_emails: ['a@b.example', 'c@d.example'] }, 'create').record).toEqual({
    contact_emails: [
      { email: 'a@b.example', position: 0 },
      { email: 'c@d.example', position: 1 },
    ],
  });
  expect(place(fields, { contact_role_type_ids: ['1'] }, 'create').record).toEqual({ contact_role_type_ids: ['1'] });
  expect(place(fields, { title: '' }, 'patch').record).toEqual({ title: '' });
});

test('lists are a set: written in any order they are the same', () => {
  expect(listsOf({ values: { lists: ['b', 'a'] } })).toEqual(['a', 'b']);
  expect(listsOf({ values: {} })).toEqual([]);
});
