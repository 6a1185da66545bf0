import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accounts } from '../../catalog/account.ts';
import { coerce } from '../../catalog/coerce.ts';
import { contacts } from '../../catalog/contact.ts';
import { currentValue, sameValue } from '../../catalog/current-value.ts';
import { customFields } from '../../catalog/custom-field.ts';
import type { Field, FieldType, WireValue } from '../../catalog/object.ts';
import { runs, slow } from '../support/runs.ts';

const contact = (name: string): Field => contacts.fields.find((field) => field.name === name)!;
const account = (name: string): Field => accounts.fields.find((field) => field.name === name)!;
const [custom] = customFields(contacts, [{ id: 'contact.f00', modality: 'contact', type: 'number' }]) as [Field];

// Shape of docs.apollo.io/reference/update-a-contact, 2026-08-19; values made up.
const shown = {
  first_name: 'Ada',
  last_name: null,
  title: '',
  hubspot_vid: '7',
  contact_emails: [{ email: 'a@b.com', position: 0 }],
  typed_custom_fields: { f00: '1.0' },
  phone_numbers: [
    { raw_number: '555-555-0133', sanitized_number: '+15555550133', type: 'work_direct', position: 0 },
    { raw_number: '+442079460958', sanitized_number: '+442079460958', type: 'mobile', position: 1 },
    { raw_number: null, sanitized_number: null, type: 'home' },
  ],
};

const cases: readonly (readonly [Field, Record<string, unknown>, unknown])[] = [
  [contact('first_name'), shown, 'Ada'],
  [contact('last_name'), shown, ''],
  [contact('title'), shown, ''],
  [contact('email'), shown, undefined],
  [contact('lists'), shown, undefined],
  [contact('website_url'), { website_url: 'x' }, undefined],
  [contact('hubspot_id'), shown, '7'],
  [contact('contact_emails'), shown, ['a@b.com']],
  [contact('direct_phone'), shown, ['555-555-0133', '+15555550133']],
  [contact('phone'), shown, ['555-555-0133', '+15555550133']],
  [contact('mobile_phone'), shown, '+442079460958'],
  [contact('home_phone'), shown, ''],
  [contact('other_phone'), shown, ''],
  [contact('other_phone'), { phone_numbers: null }, ''],
  [contact('other_phone'), {}, undefined],
  [account('phone'), { phone: '555-555-0172', sanitized_phone: '+15555550172' }, ['555-555-0172', '+15555550172']],
  [account('phone'), { sanitized_phone: '+15555550172' }, undefined],
  [custom, shown, '1.0'],
  [custom, { typed_custom_fields: {} }, ''],
  [custom, { typed_custom_fields: null }, undefined],
  [custom, {}, undefined],
];

test.each(cases)('$name of %j is %j', (field, record, value) => {
  expect(currentValue(field, record)).toEqual(value === undefined ? { known: false } : { known: true, value });
});

const id = '60c39ed82bd02f01154c470a';
const same: readonly (readonly [FieldType, WireValue, unknown])[] = [
  ['text', '', null],
  ['text', '', ' '],
  ['text', 'Ada', ' Ada '],
  ['text', '42', 42],
  ['email', 'ada@example.com', 'Ada@EXAMPLE.com'],
  ['domain', 'example.com', 'http://www.example.com/'],
  ['url', 'https://linkedin.com/in/ada', 'http://www.linkedin.com/in/ada/'],
  ['phone', '+1 (555) 555-0133', ['555-555-0133', '+15555550133']],
  ['phone', '555.555.0133', '+15555550133'],
  ['phone', '+44 (0)20 7946 0958', '+442079460958'],
  ['number', '1', '1.0'],
  ['number', '1.5', 1.5],
  ['boolean', 'true', true],
  ['date', '2025-08-07', '2025-08-07T00:00:00.000+00:00'],
  ['datetime', '2025-08-07', '2025-08-07T00:00:00Z'],
  ['datetime', '2025-08-07T10:00:00.000Z', '2025-08-07T12:00:00+02:00'],
  ['option', id, [id]],
  ['options', ['a', 'b'], ['b', 'a']],
  ['options', 'a', ['a']],
  ['owner', id, id.toUpperCase()],
];
const different: typeof same = [
  ['text', '', 'x'],
  ['text', 'x', null],
  ['text', 'Ada', 'ada'],
  ['email', 'ada@example.com', 'ada+x@example.com'],
  ['domain', 'example.com', 'shop.example.com'],
  ['url', 'https://example.com/A', 'https://example.com/a'],
  ['phone', '020 7946 0958', '+442079460958'],
  ['phone', '555-555-0133', '+15555550134'],
  ['phone', '555-555-0133', '+445555550133'],
  ['url', '', 'https://example.com'],
  ['phone', '555-555-0133 x1', '+15555550133'],
  ['number', '1', '1.01'],
  ['number', '1', 'one'],
  ['boolean', 'true', false],
  ['date', '2025-08-07', '2025-08-08'],
  ['datetime', '2025-08-07', '2025-08-07T10:00:00Z'],
  ['option', id, 'Gold'],
  ['option', 'a', ['a', 'b']],
  ['options', ['a', 'b'], ['a']],
  ['options', ['a', 'b'], ['a', 'a']],
];

test.each(same)('%s %j is what %j is', (type, wanted, current) =>
  expect(sameValue({ type }, wanted, current)).toBe(true),
);
test.each(different)('%s %j is not what %j is', (type, wanted, current) =>
  expect(sameValue({ type }, wanted, current)).toBe(false),
);

test('additional addresses are compared as addresses', () => {
  expect(sameValue(contact('contact_emails'), ['a@b.com'], ['A@B.com'])).toBe(true);
});

test('a value that was sent and came back as it was is the same, whatever it is', slow, () => {
  const fields = [...contacts.fields, custom];
  fc.assert(
    fc.property(
      fc.constantFrom(...fields),
      fc.oneof(fc.string(), fc.emailAddress(), fc.webUrl(), fc.float(), fc.jsonValue()),
      (field, value) => {
        const made = coerce(field, value);
        if (made.ok) expect(sameValue(field, made.value, made.value)).toBe(true);
      },
    ),
    { numRuns: runs(300) },
  );
});

test('neither ever throws', () => {
  const fields = fc.constantFrom(...contacts.fields, ...accounts.fields, custom);
  const key = fc.constantFrom('email', 'phone', 'phone_numbers', 'typed_custom_fields', 'contact_emails', 'first_name');
  fc.assert(
    fc.property(fields, fc.dictionary(key, fc.jsonValue()), fc.string(), (field, record, wanted) => {
      const current = currentValue(field, record);
      if (current.known) expect(typeof sameValue(field, wanted, current.value)).toBe('boolean');
    }),
    { numRuns: runs(300) },
  );
});
