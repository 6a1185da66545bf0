import type { Field } from './object.ts';
import { apolloPage, inRecord, onCreation } from './place.ts';

// Which slot becomes which `type` in `phone_numbers` (docs.apollo.io/reference/update-a-contact shows direct_phone as
// work_direct; the others by name, 2026-08-19; unverified live).
const slots = [
  ['direct_phone', 'Direct phone', 'The direct number.', 'work_direct', ['direct_dial', 'work_direct_phone']],
  [
    'corporate_phone',
    'Office phone',
    'The number at work.',
    'work_hq',
    ['work_phone', 'office_phone', 'company_phone'],
  ],
  ['mobile_phone', 'Mobile phone', 'The mobile number.', 'mobile', ['mobile', 'mobile_number', 'cell_phone', 'cell']],
  ['home_phone', 'Home phone', 'The number at home.', 'home', ['private_phone']],
  ['other_phone', 'Other phone', 'Another number.', 'other', ['alternate_phone']],
] as const;

const onePerKind = 'One number of a kind: a new one replaces the old. Only PATCH takes it, one contact a request.';

/** The phone numbers of a contact: the one that creation takes, the typed slots, and the list. */
export const contactPhones = [
  {
    name: 'phone',
    aliases: ['phone_number', 'telephone'],
    title: 'Phone',
    description:
      'The phone number, in any format: as `phone` when the contact is created, as `direct_phone` afterwards.',
    type: 'phone',
    writable: { create: inRecord('phone'), patch: inRecord('direct_phone') },
    shownAs: 'phone_numbers',
    phoneType: 'work_direct',
    note: 'Map either this or `direct_phone`. Only the update by PATCH takes it, one contact a request.',
    source: apolloPage('bulk-create-contacts and update-a-contact'),
  },
  ...slots.map(
    ([name, title, description, phoneType, aliases]): Field => ({
      name,
      aliases,
      title,
      description,
      type: 'phone',
      writable: { patch: inRecord(name) },
      shownAs: 'phone_numbers',
      phoneType,
      note: onePerKind,
      source: apolloPage('update-a-contact'),
    }),
  ),
  {
    name: 'phone_numbers',
    aliases: ['phones'],
    title: 'Phone numbers',
    description: 'A list of phone numbers, the first one first.',
    type: 'texts',
    items: { type: 'phone', as: 'raw_number' },
    ...onCreation('contact', 'phone_numbers'),
    shownAs: 'phone_numbers',
  },
  {
    name: 'phone_status_cd',
    aliases: ['phone_status'],
    title: 'Phone status',
    description: 'The validation status of the phone number.',
    type: 'text',
    ...onCreation('contact', 'phone_status_cd', ' No page lists its values.'),
  },
] as const satisfies readonly Field[];
