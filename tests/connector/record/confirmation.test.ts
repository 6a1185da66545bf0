import { describe, expect, test } from 'vitest';
import { accounts } from '../../../catalog/account.ts';
import { contacts } from '../../../catalog/contact.ts';
import { customFields } from '../../../catalog/custom-field.ts';
import type { Field, Values } from '../../../catalog/object.ts';
import { contradicted } from '../../../connector/record/confirmation.ts';

const [score, tier, note, active] = customFields(contacts, [
  { id: 'contact.a1', label: 'Score', type: 'number' },
  { id: 'contact.b2', label: 'Tier', type: 'picklist', picklist_values: [{ id: 'gold', name: 'Gold' }] },
  { id: 'contact.c3', label: 'Note', type: 'string' },
  { id: 'contact.d4', label: 'Active', type: 'boolean' },
]) as [Field, Field, Field, Field];
const byName = (list: readonly Field[]) => new Map<string, Field>(list.map((field) => [field.name, field]));
const ofContact = byName([...contacts.fields, score, tier, note, active]);

const said = (values: Values, shown: object, before: Values = {}, fields = ofContact) =>
  contradicted(fields, { values, before }, shown as never);

const phones = (...numbers: [type: string, raw: string | null, sanitized?: string][]) => ({
  phone_numbers: numbers.map(([type, raw_number, sanitized_number]) => ({ type, raw_number, sanitized_number })),
});

describe('an answer confirms', () => {
  test.each<[string, Values, object, Values?]>([
    ['the same values', { title: 'CTO', [score.name]: '1.50' }, { title: 'CTO', typed_custom_fields: { a1: 1.5 } }],
    ['what it does not show', { title: 'CTO', [note.name]: 'x', owner_id: 'a' }, { id: 'x' }],
    ['an option as a list', { [tier.name]: 'gold' }, { typed_custom_fields: { b2: ['gold'] } }],
    ['an option by its name', { [tier.name]: 'gold' }, { typed_custom_fields: { b2: 'Gold' } }],
    ['true as a boolean', { [active.name]: 'true' }, { typed_custom_fields: { d4: 'True' } }],
    ['text with other spaces', { [note.name]: 'a  b' }, { typed_custom_fields: { c3: 'a b' } }, { [note.name]: 'old' }],
    ['a title in title case', { title: 'vp of sales' }, { title: 'Vp Of Sales' }, { title: 'CTO' }],
    ['another spelling that was there before', { title: 'VP sales' }, { title: 'Vp Sales' }, { title: 'Vp Sales' }],
    ['text of its own that was not there before', { title: 'VP' }, { title: 'Vice President' }, { title: 'CTO' }],
    ['a company with its legal form', { organization_name: 'Acme' }, { organization_name: 'Acme, Inc.' }],
    ['entities of HTML', { title: 'R&D' }, { title: 'R&amp;D' }, { title: 'CTO' }],
    ['a text that was cut', { title: 'x'.repeat(300) }, { title: 'x'.repeat(255) }, { title: 'x'.repeat(255) }],
    ['a place', { present_raw_address: 'SF' }, { present_raw_address: 'San Francisco, California, United States' }],
    ['a sanitised phone', { mobile_phone: '(202) 555-0101' }, phones(['mobile', null, '+12025550101'])],
    ['a phone under another type', { mobile_phone: '+12025550101' }, phones(['other', '+1 202 555 0101'])],
    ['an address of other case', { email: 'ann@acme.example' }, { email: 'Ann@Acme.Example' }],
    [
      'an address among the others',
      { email: 'ann@acme.example' },
      { email: 'old@acme.example', contact_emails: [{ email: 'ann@acme.example' }] },
    ],
    ['what was cleared', { title: '', [note.name]: '' }, { title: null, typed_custom_fields: {} }, { title: 'old' }],
    ['a default in place of a cleared owner', { owner_id: '' }, { owner_id: 'b' }, { owner_id: 'a' }],
    ['errors where no custom field was sent', { title: 'CTO' }, { custom_field_errors: { a1: 'bad' } }],
    ['errors that hold nothing', { [note.name]: 'x' }, { custom_field_errors: { c3: [], a1: {} } }],
    [
      'a custom field beside the error of another one',
      { [note.name]: 'x' },
      { custom_field_errors: [{ id: 'a1' }], typed_custom_fields: { c3: 'x' } },
    ],
  ])('%s', (_, values, shown, before) => {
    expect(said(values, shown, before)).toEqual([]);
  });
});

describe('an answer contradicts', () => {
  const one = (name: string, wanted: string, shown: unknown, before?: string): [string, Values, object, Values] => [
    name,
    { [name]: wanted },
    { [ofContact.get(name)!.shownAs!]: shown },
    before === undefined ? {} : { [name]: before },
  ];

  test.each<[string, Values, object, Values?]>([
    one('title', 'CTO', 'CEO', 'CEO'),
    one('title', 'CTO', 'CEO'),
    one('title', 'Senior Engineer', 'Engineer', 'Engineer'),
    one('title', 'CTO', null),
    one('first_name', 'Ann', 'Bo', 'bo'),
    one('organization_name', 'Acme', 'Bolt', 'Bolt'),
    one('contact_stage_id', 'a', 'b'),
    one('owner_id', 'a', 'b'),
    one('account_id', 'a', 'b'),
    one('email', 'new@acme.example', 'old@acme.example'),
    one('title', '', 'CEO', 'CEO'),
    one('owner_id', '', 'a', 'a'),
    one('linkedin_url', 'https://linkedin.com/in/new', 'http://www.linkedin.com/in/old', 'https://linkedin.com/in/old'),
    ['a phone that is not there', { mobile_phone: '+12025550101' }, phones()],
    [
      'a phone of before',
      { mobile_phone: '+12025550101' },
      phones(['mobile', '+12025550199']),
      { mobile_phone: '+12025550199' },
    ],
    ['an option', { [tier.name]: 'gold' }, { typed_custom_fields: { b2: ['silver'] } }],
    ['a number', { [score.name]: '1' }, { typed_custom_fields: { a1: '2' } }],
    ['a boolean', { [active.name]: 'true' }, { typed_custom_fields: { d4: false } }],
    ['text', { [note.name]: 'new' }, { typed_custom_fields: { c3: 'old' } }, { [note.name]: 'old' }],
    ['a custom field that is blank', { [note.name]: 'new' }, { typed_custom_fields: {} }],
  ])('%s', (_, values, shown, before) => {
    expect(said(values, shown, before)).toEqual(Object.keys(values));
  });

  test('a domain', () => {
    const fields = byName(accounts.fields);
    expect(said({ domain: 'acme.example' }, { domain: 'bolt.example' }, {}, fields)).toEqual(['domain']);
  });

  test.each<[string, unknown]>([
    ['an object by id', { c3: 'is bad' }],
    ['an object of lists', { c3: ['is bad'] }],
    ['an array', [{ id: 'c3', message: 'is bad' }]],
    ['an array by label', ['Note is bad']],
    ['text', 'Note could not be saved'],
    ['text that names none', 'Could not be saved'],
    ['something nested', { contact: { typed_custom_fields: { errors: [['is bad']] } } }],
    ['true', true],
  ])('custom fields with errors as %s', (_, errors) => {
    expect(said({ title: 'CTO', [note.name]: 'x' }, { title: 'CTO', custom_field_errors: errors })).toEqual([
      note.name,
    ]);
  });
});
