import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Failure } from '../../../../runtime/contract/failure.ts';
import { castSql } from '../../../../runtime/source/query/clickhouse-types.ts';
import { allRows, failureOf, keyOf, opened } from '../support.ts';
import { type Got, standIn } from './server.ts';

const bytes = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../../fixtures/clickhouse', name));
const path = 'streams[0]';
const query = 'select * from people';

const answering = ({ body }: Got) => ({ body: bytes(/^describe/i.test(body) ? 'describe.arrows' : 'people.arrows') });

test('rows come in the types that ClickHouse has', async () => {
  const { url } = await standIn(answering);
  const source = await opened({ type: 'clickhouse', url });
  expect(await source.columns({ path, query })).toEqual([
    { name: 'id', type: 'Int64' },
    { name: 'email', type: 'String' },
    { name: 'country', type: 'FixedString(3)' },
    { name: 'seen', type: "DateTime('UTC')" },
    { name: 'tier', type: "Enum8('gold' = 0, 'silver' = 1)" },
    { name: 'amount', type: 'Decimal(18, 3)' },
    { name: 'company', type: 'Nullable(String)' },
    { name: 'tags', type: 'Array(LowCardinality(String))' },
  ]);
  const [first, second] = await allRows(source, { query });
  expect(first!.row).toEqual({
    id: '1',
    email: 'p1@ch.example',
    country: 'DE',
    seen: '2024-02-29T10:00:00Z',
    tier: 'gold',
    amount: '1.500',
    company: 'Company 0',
    tags: ['a', 'b'],
  });
  expect(second!.row['company']).toBeNull();
});

test('only columns that are looked at are asked for, in the order of what names a row', async () => {
  const { url, got } = await standIn(answering);
  const source = await opened({ type: 'clickhouse', url, database: 'marts', settings: { max_threads: 2 } });
  const key = { ...keyOf('email'), primaryKeyColumn: 'id', reads: ['email', 'tier'] };
  await allRows(source, { table: 'marts.people' }, key);
  const { body, url: asked } = got.at(-1)!;
  expect(body.split('\n')).toEqual([
    'select "id", "email", toString("tier") as "tier" from "marts"."people" order by "id"',
    'FORMAT ArrowStream',
  ]);
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    database: 'marts',
    max_threads: '2',
    output_format_arrow_string_as_string: '1',
    output_format_arrow_compression_method: 'zstd',
  });
});

test('the order that a query says is kept', async () => {
  const { url, got } = await standIn(answering);
  const source = await opened({ type: 'clickhouse', url });
  await allRows(source, { query: `${query} order by greatest(seen, toDateTime(0));` }, keyOf('email'));
  expect(got.at(-1)!.body).not.toMatch(/order by "/);
});

test('credentials are sent as a header, and never in an address', async () => {
  const { url, got } = await standIn(answering);
  await (await opened({ type: 'clickhouse', url, user: 'r', password: 'Canary-ü' })).columns({ path, query });
  expect(got[0]!.authorization).toBe(`Basic ${Buffer.from('r:Canary-ü').toString('base64')}`);
  await (await opened({ type: 'clickhouse', url, access_token: 'jwt' })).columns({ path, query });
  expect(got[1]!.authorization).toBe('Bearer jwt');
  expect(got.every(({ url: asked }) => !asked.href.includes('Canary'))).toBe(true);
});

test.each([
  [
    401,
    'Code: 516. DB::Exception: r: Authentication failed. (AUTHENTICATION_FAILED) (version 26.9.1)',
    'invalid_source',
    'AUTHENTICATION_FAILED',
  ],
  [
    404,
    "Code: 60. DB::Exception: Unknown table expression identifier 'people' in scope. (UNKNOWN_TABLE) (version 26.9.1)",
    'invalid_source',
    "identifier 'people'",
  ],
  [
    500,
    "Code: 6. DB::Exception: Cannot parse string 'Canary' as UInt8. (CANNOT_PARSE_TEXT) (version 26.9.1)",
    'source_unreadable',
    'CANNOT_PARSE_TEXT (code 6)',
  ],
  [503, 'Canary', 'source_unreadable', 'answered 503'],
])('an answer of %d is told by its name, and without what may be a value', async (status, body, code, said) => {
  const { url } = await standIn(() => ({ status, body }));
  const source = await opened({ type: 'clickhouse', url });
  const failure = (await failureOf(allRows(source, { query }))) as Failure;
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(said);
  expect(failure.message).toMatch(/^streams\[0\]\.query: ClickHouse/);
  expect(failure.message).not.toContain('Canary');
});

test.each<[string, (whole: Buffer) => Buffer]>([
  ['is cut', (whole) => whole.subarray(0, 1000)],
  [
    'ends in an exception',
    (whole) => Buffer.concat([whole.subarray(0, -8), Buffer.from('Code: 241. DB::Exception: memory')]),
  ],
])('rows that come in an answer that %s do not count', async (_, spoil) => {
  const { url } = await standIn((got) =>
    /^describe/i.test(got.body) ? answering(got) : { body: spoil(bytes('people.arrows')) },
  );
  const source = await opened({ type: 'clickhouse', url });
  expect(await failureOf(allRows(source, { query }))).toMatchObject({ code: 'source_unreadable' });
});

test.each([
  ['DateTime', `toDateTime64("a", 0, 'UTC') as "a"`],
  ["Nullable(DateTime('Europe/Berlin'))", `toDateTime64("a", 0, 'UTC') as "a"`],
  ['LowCardinality(Nullable(FixedString(2)))', 'toStringCutToZero("a") as "a"'],
  ['IPv4', 'toString("a") as "a"'],
  ['Int128', 'toString("a") as "a"'],
  ["Array(Enum8('x' = 1))", 'toString("a") as "a"'],
  ['DateTime64(3)', '"a"'],
  ['Array(DateTime64(3))', '"a"'],
  ['Decimal(76, 3)', '"a"'],
  ['UUID', '"a"'],
])('a column of type %s is read by %s', (type, sql) => {
  expect(castSql('a', type)).toBe(sql);
});

test('two servers, or two databases of one, are two sources; who reads them makes none', async () => {
  const identityOf = async (more: object) =>
    (await opened({ type: 'clickhouse', url: 'https://ch.example:8443', ...more })).identity({ path, table: 'people' });
  const one = await identityOf({ user: 'a', password: 'Canary' });
  expect(JSON.stringify(one)).not.toMatch(/Canary|ch\.example/);
  expect(await identityOf({ user: 'b' })).toEqual(one);
  expect(await identityOf({ database: 'other' })).not.toEqual(one);
  expect(await identityOf({ url: 'https://ch2.example:8443' })).not.toEqual(one);
});
