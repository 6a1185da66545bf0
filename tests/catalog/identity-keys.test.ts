import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  identityKeys,
  identityOfAnswer,
  matchKeyOf,
  matchKeysOfAnswer,
  valuesOfAnswer,
} from '../../catalog/identity-keys.ts';
import type { ObjectName, Values } from '../../catalog/object.ts';
import { runs } from '../support/runs.ts';

const sf15 = '003A0000012abcD';

const cases: readonly (readonly [ObjectName, Values, string | undefined])[] = [
  ['contacts', { email: 'Ada+x@Example.com', salesforce_id: sf15 }, 'email:ada+x@example.com'],
  ['contacts', { salesforce_id: `${sf15}AAB`, hubspot_id: '7' }, `salesforce_id:${sf15}`],
  ['contacts', { salesforce_contact_id: sf15 }, `salesforce_contact_id:${sf15}`],
  ['contacts', { hubspot_id: '7' }, 'hubspot_id:7'],
  ['contacts', { outreach_id: '7' }, undefined],
  [
    'contacts',
    { first_name: ' ADA', last_name: 'Love|lace', organization_name: 'Acme  Inc' },
    'name:ada|love\\|lace|acme inc',
  ],
  ['contacts', { first_name: 'Ada', organization_name: 'Acme' }, undefined],
  ['contacts', { email: '', salesforce_account_id: sf15, account_id: 'x' }, undefined],
  ['accounts', { domain: 'https://www.Example.com/', name: 'Acme' }, 'domain:example.com'],
  ['accounts', { hubspot_id: '7', organization_id: 'ABC' }, 'hubspot_id:7'],
  ['accounts', { organization_id: 'ABC', name: 'Acme' }, 'organization_id:abc'],
  ['accounts', { name: ' ACME  Inc' }, 'name:acme inc'],
  ['accounts', {}, undefined],
];

test.each(cases)('%s %j has the match key %j', (object, values, key) => expect(matchKeyOf(object, values)).toBe(key));

test('a contact has a key for each way in which Apollo could find it', () => {
  expect(
    identityKeys('contacts', {
      email: 'Ada+x@Example.com',
      contact_emails: ['ada@home.example'],
      salesforce_id: `${sf15}AAB`,
      salesforce_contact_id: sf15,
      hubspot_id: '7',
      first_name: 'Ada',
      last_name: 'Lovelace',
      organization_name: 'ACME',
      organization_id: 'F00',
    }),
  ).toEqual([
    'email:ada@example.com',
    'email:ada@home.example',
    `salesforce:${sf15}`,
    'hubspot:7',
    'name+company:ada lovelace|acme',
    'name+organization:ada lovelace|f00',
    'name+domain:ada lovelace|example.com',
    'name+domain:ada lovelace|home.example',
  ]);
});

test('an account has a key for each way in which Apollo could find it', () => {
  expect(
    identityKeys('accounts', {
      domain: 'www.example.com',
      name: 'Acme',
      organization_id: 'F00',
      salesforce_id: sf15,
      merged_crm_ids: ['9'],
    }),
  ).toEqual([
    'domain:example.com',
    'organization_id:f00',
    `salesforce:${sf15}`,
    'salesforce:9',
    'hubspot:9',
    'name:acme',
  ]);
});

test('a record without any identity has no keys', () => {
  expect([identityKeys('contacts', { title: 'CEO' }), identityKeys('accounts', { phone: '1' })]).toEqual([[], []]);
});

test('an answer has the keys of the record that was sent', () => {
  const values = {
    email: 'ada@example.com',
    first_name: 'Ada',
    last_name: 'Lovelace',
    organization_name: 'Acme',
    hubspot_id: '7',
  };
  const { hubspot_id, ...rest } = values;
  const answer = { id: 'x', ...rest, hubspot_vid: hubspot_id, contact_emails: [], salesforce_id: null, team_id: 't' };
  expect(identityOfAnswer('contacts', answer)).toEqual(identityKeys('contacts', values));
  expect(matchKeyOf('contacts', valuesOfAnswer(answer))).toBe(matchKeyOf('contacts', values));
});

test('an answer that shows a whole name, or addresses as objects, has their keys', () => {
  expect(
    identityOfAnswer('contacts', {
      name: 'Ada Lovelace',
      organization_name: 'Acme',
      contact_emails: [{ email: 'a@b.com' }, null],
    }),
  ).toEqual(['email:a@b.com', 'name+company:ada lovelace|acme', 'name+domain:ada lovelace|b.com']);
});

test('an answer has every match key that a row of its record could have', () => {
  const contact = {
    email: 'Ada@example.com',
    contact_emails: [{ email: 'ada@home.example' }],
    salesforce_contact_id: `${sf15}AAB`,
    hubspot_vid: '7',
    merged_crm_ids: ['8'],
    first_name: 'Ada',
    last_name: 'Lovelace',
    organization_name: 'Acme',
  };
  expect(matchKeysOfAnswer('contacts', contact).toSorted()).toEqual([
    'email:ada@example.com',
    'email:ada@home.example',
    'hubspot_id:7',
    'hubspot_id:8',
    'name:ada|lovelace|acme',
    ...['salesforce_contact_id', 'salesforce_id', 'salesforce_lead_id'].flatMap((field) => [
      `${field}:${sf15}`,
      `${field}:8`,
    ]),
  ]);
  expect(matchKeysOfAnswer('accounts', { name: 'Acme', domain: 'www.example.com', salesforce_id: null })).toEqual([
    'domain:example.com',
    'name:acme',
  ]);
});

describe('whatever the values', () => {
  const names = [
    'email',
    'domain',
    'name',
    'first_name',
    'last_name',
    'organization_name',
    'organization_id',
    'salesforce_id',
    'hubspot_id',
    'contact_emails',
    'merged_crm_ids',
  ];
  const objects = fc.constantFrom<ObjectName>('contacts', 'accounts');
  const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('a@b.com', 'b.com', 'Ada'));

  test('keys never throw, on answers neither', () => {
    fc.assert(
      fc.property(objects, fc.dictionary(fc.constantFrom(...names), anything), (object, answer) => {
        const keys = [...identityOfAnswer(object, answer), ...identityKeys(object, answer as Values)];
        expect(keys.every((key) => /^[a-z+_]+:./su.test(key))).toBe(true);
        matchKeyOf(object, answer as Values);
      }),
      { numRuns: runs(300) },
    );
  });

  test('what a row is matched by, its record answers to', () => {
    fc.assert(
      fc.property(objects, fc.dictionary(fc.constantFrom(...names), anything), (object, answer) => {
        const key = matchKeyOf(object, valuesOfAnswer(answer));
        if (key !== undefined) expect(matchKeysOfAnswer(object, answer)).toContain(key);
      }),
      { numRuns: runs(300) },
    );
  });

  test('two records of one match key share an identity key', () => {
    const few = fc.constantFrom('', 'Ada', 'ADA', 'b', 'a@b.com', 'A@b.com', 'b.com', 'www.b.com');
    const values = fc.record(Object.fromEntries(names.slice(0, 9).map((name) => [name, few])));
    fc.assert(
      fc.property(objects, values, values, (object, a, b) => {
        const key = matchKeyOf(object, a);
        if (key === undefined || key !== matchKeyOf(object, b)) return;
        expect(identityKeys(object, a).some((one) => identityKeys(object, b).includes(one))).toBe(true);
      }),
      { numRuns: runs(500) },
    );
  });
});
