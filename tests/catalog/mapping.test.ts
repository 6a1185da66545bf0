import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accounts } from '../../catalog/account.ts';
import { contacts } from '../../catalog/contact.ts';
import { customFields } from '../../catalog/custom-field.ts';
import { compileMapping } from '../../catalog/mapping.ts';
import type { Field } from '../../catalog/object.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import type { Row } from '../../runtime/contract/record.ts';
import { runs } from '../support/runs.ts';

type MappingInput = Parameters<typeof compileMapping>[0];
type StreamMapping = MappingInput['stream'];

const hex = (n: number): string => n.toString(16).padStart(24, '0');

const custom = customFields(contacts, [
  {
    id: hex(1),
    modality: 'contact',
    name: 'Customer Tier',
    type: 'picklist',
    picklist_values: [{ id: hex(11), name: 'Gold' }],
  },
  { id: hex(2), modality: 'contact', name: 'Score', type: 'number' },
  { id: hex(3), modality: 'contact', name: 'score', type: 'string' },
  { id: hex(4), modality: 'contact', name: 'Lead Source', type: 'string', is_readonly_mapped_crm_field: true },
]);
const stages = contacts.fields.map((one) =>
  one.type === 'stage' ? { ...one, options: [{ id: hex(50), names: ['Cold'] }] } : one,
);
const fields: readonly Field[] = [...stages, ...custom];

const stream = (more: Partial<StreamMapping> = {}): StreamMapping => ({
  path: 'streams[0]',
  mode: 'upsert',
  nulls: 'ignore',
  ...more,
});

function compile(more: Partial<StreamMapping>, input: Partial<MappingInput> = {}) {
  return compileMapping({ object: contacts, fields, stream: stream(more), ...input });
}

/** The message and code of the ConfigFailure that a mapping earns. */
function failure(more: Partial<StreamMapping>, input: Partial<MappingInput> = {}): string {
  try {
    compile(more, input);
  } catch (error) {
    if (error instanceof ConfigFailure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

const email = { to: 'email', from: 'mail' };
const columns = ['mail', 'given', 'Tier', 'id'];

test('a row becomes values, keys and nothing else', () => {
  const mapping = compile({
    primaryKey: 'id',
    mapping: [
      { to: 'Work Email', from: 'mail' },
      { to: 'first_name', from: 'given' },
      { to: 'company', constant: 'Acme' },
      { to: 'custom:customer tier', from: 'Tier' },
      { to: 'stage', from: 'stage' },
    ],
    lists: ['Warehouse sync', ' '],
  });
  expect([mapping.columns, mapping.keyColumns, mapping.primaryKeyColumn, mapping.warnings]).toEqual([
    ['mail', 'given', 'Tier', 'stage', 'id'],
    ['mail', 'given'],
    'id',
    [],
  ]);
  expect(mapping.fields.map(({ name }) => name)).toEqual([
    'email',
    'first_name',
    'organization_name',
    `custom:${hex(1)}`,
    'contact_stage_id',
    'lists',
  ]);
  expect(mapping.map({ mail: 'Ada@Example.com', given: null, Tier: 'gold', stage: 'cold', id: 7, other: 1 })).toEqual({
    ok: true,
    primaryKey: '7',
    matchKey: 'email:ada@example.com',
    values: {
      email: 'ada@example.com',
      organization_name: 'Acme',
      [`custom:${hex(1)}`]: hex(11),
      contact_stage_id: hex(50),
      lists: ['Warehouse sync'],
    },
  });
});

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

describe('without a mapping', () => {
  test('columns that are not taken are named once, unless they are the primary key', () => {
    const { warnings } = compile({ primaryKey: 'customer_id' }, { columns: ['customer_id', 'email', 'fist_name'] });
    expect(warnings).toEqual(['streams[0].mapping: not sent, as no field has the name: "fist_name".']);
  });

  test('columns that carry the name or an alias of a field are taken, others are not', () => {
    const mapping = compile(
      {},
      { columns: ['Email', 'Job Title', 'custom:Customer Tier', `custom:${hex(2)}`, 'id', 'city', 'other'] },
    );
    expect(mapping.fields.map(({ name }) => name)).toEqual(['email', 'title', `custom:${hex(1)}`, `custom:${hex(2)}`]);
    expect(mapping.map({ Email: 'a@b.com', 'Job Title': 'CEO', city: 'Rome' })).toMatchObject({
      ok: true,
      values: { email: 'a@b.com', title: 'CEO' },
    });
  });

  test('the column of the own name wins, and the others are mentioned', () => {
    const mapping = compile({}, { columns: ['work_email', 'email'] });
    expect([mapping.columns, mapping.warnings]).toEqual([
      ['email'],
      ['streams[0].mapping: "email" is taken from the column of that name, not from "work_email".'],
    ]);
  });

  test('a column of a custom field that does not exist is an error, as no one names a column so by chance', () => {
    expect(failure({}, { columns: ['email', 'custom:Nothing'] })).toMatch(
      /column "custom:Nothing": "custom:Nothing" is not a custom field/,
    );
  });
});

describe('nulls', () => {
  const more = {
    mapping: [
      email,
      { to: 'title', from: 'title' },
      { to: 'owner', from: 'owner' },
      { to: 'custom:Customer Tier', from: 'Tier' },
    ],
  };
  const row = { mail: 'a@b.com', title: '  ', owner: null, Tier: null };

  test('are left out', () => expect(compile(more).map(row)).toMatchObject({ values: { email: 'a@b.com' } }));

  test('empty a field where asked to, but not an owner', () => {
    const mapping = compile({ ...more, nulls: 'clear' });
    expect(mapping.map(row)).toMatchObject({ values: { email: 'a@b.com', title: '', [`custom:${hex(1)}`]: '' } });
    expect(mapping.warnings).toEqual(['streams[0].nulls: a null never empties email, owner.']);
  });

  test('are not what a row says that leaves a column out', () => {
    const mapped = compile({ ...more, nulls: 'clear' }).map({ mail: 'a@b.com', title: null });
    expect(mapped.ok && mapped.values).toEqual({ email: 'a@b.com', title: '' });
  });
});

describe('rows that will not be written', () => {
  const one = { primaryKey: 'id', mapping: [email, { to: 'phone', from: 'tel' }, { to: 'hubspot_id', from: 'hs' }] };
  const cases: readonly (readonly [string, Partial<StreamMapping>, Row, object])[] = [
    [
      'no match field',
      one,
      { id: 1, tel: '' },
      {
        rejection: {
          code: 'missing_required_field',
          field: 'email',
          message: 'email is empty, and nothing else identifies the record. Nor is there hubspot_id.',
        },
        primaryKey: '1',
      },
    ],
    [
      'no primary key',
      one,
      { mail: 'a@b.com', id: ' ' },
      {
        rejection: {
          code: 'missing_primary_key',
          message: 'The primary key column "id" must hold text or a number; received text of 1 character.',
        },
        matchKey: 'email:a@b.com',
      },
    ],
    ['a nested primary key', one, { mail: 'a@b.com', id: {} }, { rejection: { code: 'missing_primary_key' } }],
    [
      'the first unfit field',
      one,
      { id: 'x', mail: 'no', tel: 'no', hs: '7' },
      {
        rejection: {
          code: 'invalid_email',
          field: 'email',
          message: 'email: expected one e-mail address; received text of 2 characters.',
        },
        primaryKey: 'x',
      },
    ],
    [
      'another unfit field',
      one,
      { id: 'x', mail: 'a@b.com', tel: 'no' },
      { rejection: { code: 'invalid_phone', field: 'phone' }, primaryKey: 'x', matchKey: 'email:a@b.com' },
    ],
    [
      'no Apollo id',
      { mode: 'update', apolloId: 'aid', mapping: [email] },
      { mail: 'a@b.com' },
      {
        rejection: {
          code: 'missing_apollo_id',
          field: 'apollo_id',
          message: 'Column "aid" holds no Apollo id, and mode update needs one.',
        },
      },
    ],
    [
      'a bad Apollo id',
      { mode: 'update', apolloId: 'aid', mapping: [email] },
      { mail: 'a@b.com', aid: 'x' },
      { rejection: { code: 'invalid_value', field: 'apollo_id' } },
    ],
  ];
  test.each(cases)('%s', (_, more, row, rejected) => {
    expect(compile(more).map(row)).toMatchObject({ ok: false, ...rejected });
  });

  test('an unfit match field leaves no match key, though another key is there', () => {
    const mapping = compile(one);
    const row = { id: 'x', mail: 'no', hs: '7' };
    expect([mapping.matchKeyOf(row), 'matchKey' in mapping.map(row)]).toEqual([undefined, false]);
  });
});

test('without a primary key the match column names the row, and where it is empty the match key does', () => {
  const { map } = compile({ mapping: [email, { to: 'hubspot_id', from: 'hs' }] });
  const named = [{ mail: ' A@b.com' }, { hs: 7 }].map((row) => map(row)).map((row) => row.primaryKey);
  expect(named).toEqual([' A@b.com', 'hubspot_id:7']);
});

test('in mode update the Apollo id is the match key, and lists alone are enough to write', () => {
  const mapping = compile({ mode: 'update', apolloId: 'aid', mapping: [], lists: ['A'] });
  expect(mapping.keyColumns).toEqual(['aid']);
  expect(mapping.map({ aid: hex(9).toUpperCase() })).toEqual({
    ok: true,
    primaryKey: hex(9),
    matchKey: `id:${hex(9)}`,
    apolloId: hex(9),
    values: { lists: ['A'] },
  });
});

test('a column may be called as what every object has', () => {
  const { map } = compile({
    mapping: [email, { to: 'title', from: 'constructor' }, { to: 'first_name', from: '__proto__' }],
  });
  expect(map({ mail: 'a@b.com' })).toMatchObject({ ok: true, values: { email: 'a@b.com' } });
});

test("a row's own lists come before the stream's", () => {
  const mapping = compile({ mapping: [email, { to: 'tags', from: 'tags' }], lists: ['A', 'B'] });
  expect(mapping.map({ mail: 'a@b.com', tags: 'C;A' })).toMatchObject({ values: { lists: ['C', 'A', 'B'] } });
});

test('a field that no endpoint writes is accepted, explained and not sent', () => {
  const mapping = compile(
    {
      mapping: [
        { to: 'domain', from: 'd' },
        { to: 'industry', from: 'i' },
      ],
    },
    { object: accounts, fields: accounts.fields },
  );
  expect(mapping.warnings).toEqual([
    'streams[0].mapping[1]: "industry" is not sent. Apollo documents no endpoint that writes it. Use a custom field to keep your own.',
  ]);
  expect([mapping.columns, mapping.map({ d: 'example.com', i: { odd: 1 } })]).toMatchObject([
    ['d'],
    { values: { domain: 'example.com' } },
  ]);
});

test('what a mode never writes is mentioned', () => {
  const photo = { to: 'photo_url', from: 'photo' };
  expect(compile({ mode: 'update', apolloId: 'aid', mapping: [email, photo] }).warnings).toEqual([
    'streams[0].mapping[1]: "photo_url" is written only when a record is created, which mode update never does.',
  ]);
  expect(compile({ mapping: [email], apolloId: 'aid' }).warnings).toEqual([
    'streams[0].apollo_id: it is read in mode update only.',
  ]);
});

describe('whatever the rows hold', () => {
  const all = fields.filter(({ locked, name }) => locked === undefined && name !== 'direct_phone');
  const every = all.map(({ name }) => ({ to: name, from: name }));
  const mappings = (['ignore', 'clear'] as const).flatMap((nulls) => [
    compile({ mapping: every, nulls, lists: ['A'] }),
    compile({ mapping: every, nulls, mode: 'update', apolloId: 'aid' }),
    compile({ mapping: every, nulls, primaryKey: '__proto__' }),
  ]);
  const cell = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', 'a@b.com', 'Ada', hex(50), 'constructor', 7));
  const rows = fc.oneof(
    fc.dictionary(fc.constantFrom(...all.map(({ name }) => name), 'aid', '__proto__'), cell),
    fc.jsonValue() as fc.Arbitrary<Row>,
  );

  test('map never throws, and agrees with matchKeyOf', () => {
    fc.assert(
      fc.property(fc.constantFrom(...mappings), rows, (mapping, row) => {
        const mapped = mapping.map(row);
        const key = mapping.matchKeyOf(row);
        expect(mapped.matchKey).toBe(key);
        if (mapped.ok)
          expect(Object.keys(mapped.values).every((name) => all.some((field) => field.name === name))).toBe(true);
        else expect(mapped.rejection.message).not.toBe('');
      }),
      { numRuns: runs(500) },
    );
  });

  test('map reads no column that it did not name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...mappings), rows, fc.string(), (mapping, row, more) => {
        if (mapping.columns.includes(more) || typeof row !== 'object' || row === null || Array.isArray(row)) return;
        expect(mapping.map({ ...row, [more]: 'a@b.com' })).toEqual(mapping.map({ ...row }));
      }),
    );
  });
});
