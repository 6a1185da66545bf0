import { describe, expect, test } from 'vitest';
import { accounts } from '../../catalog/account.ts';
import { email, failure, hex, type StreamMapping } from './mappings.ts';

const columns = ['mail', 'given', 'Tier', 'id'];

describe('a mapping that cannot be is refused, with its place and a way out', () => {
  const cases: readonly (readonly [string, Partial<StreamMapping>, string])[] = [
    [
      'an unknown field',
      { mapping: [email, { to: 'fist_name', from: 'given' }] },
      'invalid_mapping: streams[0].mapping[1].to: "fist_name" is not a field of contacts. Did you mean "first_name"?',
    ],
    [
      'nothing near',
      { mapping: [{ to: 'zzzzzzz', from: 'mail' }] },
      'invalid_mapping: streams[0].mapping[0].to: "zzzzzzz" is not a field of contacts.',
    ],
    [
      'a custom field without its prefix',
      { mapping: [{ to: 'customer tier', from: 'Tier' }] },
      'invalid_mapping: streams[0].mapping[0].to: "customer tier" is not a field of contacts. Did you mean "custom:Customer Tier"?',
    ],
    [
      'a read-only field',
      { mapping: [{ to: 'City', from: 'Tier' }] },
      'invalid_mapping: streams[0].mapping[0].to: "City" cannot be written. Apollo derives it from the address: map `present_raw_address`.',
    ],
    [
      'an unknown custom field',
      { mapping: [{ to: 'custom:Custmer Tier', from: 'Tier' }] },
      'invalid_mapping: streams[0].mapping[0].to: "custom:Custmer Tier" is not a custom field. Did you mean "custom:Customer Tier"?',
    ],
    [
      'an ambiguous label',
      { mapping: [{ to: 'custom:SCORE', from: 'Tier' }] },
      `invalid_mapping: streams[0].mapping[0].to: 2 custom fields are labelled "SCORE". Name one by id: "custom:${hex(2)}", "custom:${hex(3)}".`,
    ],
    [
      'a custom field that the CRM owns',
      { mapping: [{ to: 'custom:lead source', from: 'Tier' }] },
      'invalid_mapping: streams[0].mapping[0].to: "Lead Source" cannot be written. Apollo takes it from the connected CRM: write it there.',
    ],
    [
      'a field twice',
      { mapping: [email, { to: 'work_email', from: 'given' }] },
      'invalid_mapping: streams[0].mapping[1].to: "work_email" and "email" are one field, mapped twice. Keep one of them.',
    ],
    [
      'a custom field twice',
      {
        mapping: [email, { to: 'custom:Customer Tier', from: 'Tier' }, { to: `custom:contact.${hex(1)}`, from: 'id' }],
      },
      `invalid_mapping: streams[0].mapping[2].to: "custom:contact.${hex(1)}" and "custom:Customer Tier" are one field, mapped twice. Keep one of them.`,
    ],
    [
      'two fields for one place',
      { mapping: [email, { to: 'phone', from: 'Tier' }, { to: 'direct_phone', from: 'id' }] },
      'invalid_mapping: streams[0].mapping[2].to: "direct_phone" and "phone" are written to one place. Keep one of them.',
    ],
    [
      'both from and constant',
      { mapping: [{ ...email, constant: 'x' }] },
      'invalid_mapping: streams[0].mapping[0]: "email" needs either `from` or `constant`; it has both.',
    ],
    [
      'neither',
      { mapping: [{ to: 'email' }] },
      'invalid_mapping: streams[0].mapping[0]: "email" needs either `from` or `constant`; it has neither.',
    ],
    [
      'a constant null',
      { mapping: [{ to: 'title', constant: null }] },
      'invalid_mapping: streams[0].mapping[0]: "title" needs either `from` or `constant`; it has neither.',
    ],
    [
      'a constant that names records',
      { mapping: [{ to: 'email', constant: 'a@b.com' }] },
      'invalid_mapping: streams[0].mapping[0].constant: "email" tells records apart: give it a column.',
    ],
    [
      'an unfit constant',
      { mapping: [email, { to: 'linkedin_url', constant: 'ftp://x' }] },
      'invalid_mapping: streams[0].mapping[1].constant: linkedin_url: expected an http or https URL; received text of 7 characters.',
    ],
    [
      'a blank constant',
      { mapping: [email, { to: 'title', constant: ' ' }] },
      'invalid_mapping: streams[0].mapping[1].constant: the value is blank; received text of 1 character.',
    ],
    [
      'a column that is not there',
      { mapping: [{ to: 'email', from: 'mial' }] },
      'invalid_mapping: streams[0].mapping[0].from: the source has no column "mial". Did you mean "mail"?',
    ],
    [
      'a column in another case',
      { mapping: [{ to: 'email', from: 'Mail' }] },
      'invalid_mapping: streams[0].mapping[0].from: the source has no column "Mail". It has "mail": upper and lower case count.',
    ],
    [
      'a primary key that is not there',
      { mapping: [email], primaryKey: 'customer' },
      'invalid_mapping: streams[0].primary_key: the source has no column "customer".',
    ],
    [
      'no field',
      { mapping: [] },
      'invalid_mapping: streams[0].mapping: no field of contacts is mapped, so nothing would be written.',
    ],
    [
      'nothing that identifies',
      { mapping: [{ to: 'title', from: 'given' }] },
      'invalid_mapping: streams[0].mapping: nothing identifies a record. Map "email", or one of: salesforce_id, salesforce_lead_id, salesforce_contact_id, hubspot_id, first_name + last_name + organization_name.',
    ],
    [
      'update without an id',
      { mode: 'update', mapping: [email] },
      'invalid_mapping: streams[0].apollo_id: mode update needs the column that holds the Apollo id of the record.',
    ],
    [
      'an id column that is not there',
      { mode: 'update', mapping: [email], apolloId: 'apollo' },
      'invalid_mapping: streams[0].apollo_id: the source has no column "apollo".',
    ],
  ];
  test.each(cases)('%s', (_, more, message) => expect(failure(more, { columns })).toBe(message));

  test('lists alone name no record to write them to', () => {
    expect(failure({ mapping: [], lists: ['A'] })).toMatch(/no field of contacts is mapped/);
  });

  test('a name that is the same in every row', () => {
    const constants = ['first_name', 'last_name', 'company'].map((to) => ({ to, constant: 'x' }));
    expect(failure({ mapping: constants })).toMatch(/nothing identifies a record/);
    expect(failure({ mapping: [...constants.slice(1), { to: 'first_name', from: 'given' }] })).toBe('none');
  });

  test('no mapping where the columns are not known', () => {
    expect(failure({})).toMatch(/^invalid_mapping: streams\[0\]\.mapping: the columns of the source are not known/);
  });

  test('two columns for one field, neither of its own name', () => {
    expect(failure({}, { columns: ['email', 'company', 'employer'] })).toMatch(
      /the columns "company", "employer" all stand for "organization_name"/,
    );
  });

  test('an account needs a domain, a CRM id, an organization or a name', () => {
    const of = (to: string) =>
      failure({ mapping: [{ to, from: 'mail' }] }, { object: accounts, fields: accounts.fields });
    expect(['website', 'hubspot_id', 'organization_id', 'company', 'phone'].map((to) => of(to) === 'none')).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('a mapping is read without the columns where they are not known', () => {
    expect(failure({ mapping: [{ to: 'email', from: 'anything' }] })).toBe('none');
  });
});
