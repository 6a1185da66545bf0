import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accounts } from '../../catalog/account.ts';
import type { Row } from '../../runtime/contract/record.ts';
import { runs } from '../support/runs.ts';
import { compile, email, failure, fields, hex, type StreamMapping } from './mappings.ts';

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
    [
      'a primary key that a store may not hold',
      one,
      { mail: 'a@b.com', id: 'x\0' },
      { rejection: { code: 'missing_primary_key' }, matchKey: 'email:a@b.com' },
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
