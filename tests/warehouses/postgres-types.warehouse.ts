import { afterEach, beforeAll, expect, test } from 'vitest';
import type { Row } from '../../runtime/contract/record.ts';
import { openSource } from '../../runtime/source/open-source.ts';
import { allRows, keyOf } from '../runtime/source/support.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { CANARY, countsOf, postgres, psql, WarehouseRuns } from './support.ts';

beforeAll(() => {
  psql(`create schema kinds; create role reader_of_kinds login password '${CANARY}'; grant usage on schema kinds to reader_of_kinds;
    alter default privileges in schema kinds grant select on tables to reader_of_kinds;
    create type kinds.tier as enum ('gold', 'it''s "silver"');
    create domain kinds.code as varchar(4) check (value <> 'none');
    create type kinds.place as (city text, zip int)`);
});
afterEach(closeEmulators);

const source = () => postgres({}, { user: 'reader_of_kinds' });

/** Every row of a table, all columns. */
async function rowsOf(table: string): Promise<readonly Row[]> {
  const open = await openSource(source(), { temporaryDirectory: '/tmp' });
  try {
    return (await allRows(open, { table }, { ...keyOf('id'), primaryKeyColumn: 'id' })).map(({ row }) => row);
  } finally {
    await open.close();
  }
}

/** A type, a value of it in SQL, and what a row carries; then what it carries where another column has no precision, if that is something else. */
const kinds: readonly (readonly [type: string, value: string, carried: unknown, textual?: unknown])[] = [
  ['boolean', 'true', true],
  ['smallint', '-32768', -32768],
  ['integer', '2147483647', 2147483647],
  ['bigint', '9007199254740993', '9007199254740993'],
  ['numeric(38, 10)', '1234567890123456789012345678.0123456789', '1234567890123456789012345678.0123456789'],
  ['numeric(12, 2)', '1.5', '1.50'],
  ['numeric', '0.1234567890123456789012345678901234567890123', '0.1234567890123456789012345678901234567890123'],
  ['numeric(60, 2)', '123456789012345678901234567890123456789012.25', '123456789012345678901234567890123456789012.25'],
  ['real', '0.1', 0.1],
  ['double precision', '0.1', 0.1],
  ['text', `E'tab\\t quote " ünï'`, 'tab\t quote " ünï'],
  ['varchar(10)', `'short'`, 'short'],
  ['char(4)', `'ab'`, 'ab'],
  ['name', `'a_name'`, 'a_name'],
  ['kinds.code', `'abcd'`, 'abcd'],
  ['kinds.tier', `'it''s "silver"'`, `it's "silver"`],
  ['date', `'2024-02-29'`, '2024-02-29'],
  ['timestamp', `'2024-02-29 10:00:00.123456'`, '2024-02-29T10:00:00.123456'],
  ['timestamptz', `'2024-02-29 10:00:00+02'`, '2024-02-29T08:00:00Z'],
  ['time', `'10:00:00.5'`, '10:00:00.5'],
  ['timetz', `'10:00:00.5+02'`, '10:00:00.5+02'],
  ['interval', `'1 year 3 days 2 hours'`, '1 year 3 days 02:00:00'],
  ['uuid', `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['json', `'{"a":  [1, null]}'`, '{"a":  [1, null]}'],
  ['jsonb', `'{"a":  [1, null]}'`, '{"a": [1, null]}'],
  ['bytea', `'\\xdeadbeef'`, '3q2+7w=='],
  ['integer[]', `'{1,null,3}'`, [1, null, 3]],
  ['text[]', `array['a,b', 'c"d', null]`, ['a,b', 'c"d', null]],
  ['timestamptz[]', `array[timestamptz '2024-02-29 10:00:00+02']`, ['2024-02-29T08:00:00Z']],
  ['uuid[]', `array[uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']`, ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  ['kinds.tier[]', `array['gold']::kinds.tier[]`, ['gold']],
  ['inet', `'10.1.2.3/24'`, '10.1.2.3/24'],
  ['cidr', `'10.1.2.0/24'`, '10.1.2.0/24'],
  ['macaddr', `'08:00:2b:01:02:03'`, '08:00:2b:01:02:03'],
  ['money', `'12.34'`, '$12.34'],
  ['point', `'(1,2)'`, { x: 1, y: 2 }, '(1,2)'],
  ['int4range', `'[1,5)'`, '[1,5)'],
  ['tsvector', `'a fat cat'`, `'a' 'cat' 'fat'`],
  ['xml', `'<a>1</a>'`, '<a>1</a>'],
  ['bit(4)', `B'1010'`, '1010'],
  ['oid', '4294967295', 4294967295, '4294967295'],
  ['kinds.place', `row('Ulm', 89073)`, { city: 'Ulm', zip: 89073 }, '(Ulm,89073)'],
];

const isLoose = (type: string): boolean => type === 'numeric' || type === 'numeric(60, 2)';

test.each([
  [
    'with numbers that have no precision',
    kinds.map(([type, value, carried, textual = carried]) => [type, value, textual] as const),
  ],
  ['without them', kinds.filter(([type]) => !isLoose(type))],
])('each type of a table %s comes as the table of values says, NULL as null', async (_, own) => {
  const columns = own.map(([type], i) => `k${i} ${type}`);
  psql(`drop table if exists kinds.each; create table kinds.each (id int primary key, ${columns.join(', ')});
    insert into kinds.each values (1, ${own.map(([, value]) => value).join(', ')}); insert into kinds.each (id) values (2)`);
  const [full, empty] = await rowsOf('wh.kinds.each');
  const named = (row: Row | undefined) => own.map(([type], i) => [type, row?.[`k${i}`]]);
  expect(named(full)).toEqual(own.map(([type, , carried]) => [type, carried]));
  expect(named(empty)).toEqual(own.map(([type]) => [type, null]));
});

test('what is no number and no day is text that no field takes, never another value', async () => {
  psql(`drop table if exists kinds.odd; create table kinds.odd (id int primary key, n numeric, f float8, r real, d date, t timestamptz, l float8[]);
    insert into kinds.odd values (1, 'NaN', 'NaN', 'Infinity', 'infinity', '-infinity', '{NaN,1.5}')`);
  const [row] = await rowsOf('wh.kinds.odd');
  expect(row).toEqual({ id: 1, n: 'NaN', f: 'NaN', r: 'Infinity', d: 'infinity', t: '-infinity', l: ['NaN', 1.5] });
});

test('columns whose names need quotes are mapped and name rows, in a database whose alias does too', async () => {
  psql(`drop table if exists kinds."Odd ""names"""; create table kinds."Odd ""names""" ("Key, 1" int primary key, "e.mail" text, "select" text, "ünï ""x""" numeric, email text);
    insert into kinds."Odd ""names""" values (1, 'q1@pg.example', 'Ann', 1.25, 'other@pg.example'), (2, 'q2@pg.example', 'Bob', null, null)`);
  const emulator = await startApollo();
  const named = { ...source(), attach: [{ path: '', type: 'postgres', alias: 'my "wh"', secret: 'pg' }] };
  const mapping = [
    { to: 'email', from: 'e.mail' },
    { to: 'first_name', from: 'select' },
    { to: 'title', from: 'ünï "x"' },
  ];
  const stream = { table: '"my ""wh""".kinds."Odd ""names"""', primary_key: 'Key, 1', mapping };
  const runs = new WarehouseRuns(emulator);
  expect(countsOf(await runs.sync(named, stream))).toEqual({ created: 2 });
  const shown = [...emulator.store.contacts.values()].map(({ email, first_name, title }) => [email, first_name, title]);
  expect(shown.sort()).toEqual([
    ['q1@pg.example', 'Ann', '1.25'],
    ['q2@pg.example', 'Bob', null],
  ]);
  expect(countsOf(await runs.sync(named, stream))).toEqual({ unchanged: 2 });
});
