import { expect, test } from 'vitest';
import { opened, values } from './support.ts';

// SQL, and what a row carries.
const cases: readonly (readonly [sql: string, value: unknown])[] = [
  ['true', true],
  ['127::tinyint', 127],
  ['(-32768)::smallint', -32768],
  ['2147483647::integer', 2147483647],
  ['4294967295::uinteger', 4294967295],
  ['9223372036854775807::bigint', '9223372036854775807'],
  ['1::bigint', '1'],
  ['18446744073709551615::ubigint', '18446744073709551615'],
  ['170141183460469231731687303715884105727::hugeint', '170141183460469231731687303715884105727'],
  ['340282366920938463463374607431768211455::uhugeint', '340282366920938463463374607431768211455'],
  ["'123456789012345678901234567890123456789012345'::bignum", '123456789012345678901234567890123456789012345'],
  ['1.10::decimal(5,2)', '1.10'],
  ['(-0.01)::decimal(38,2)', '-0.01'],
  ['12345678901234567890.12345678901234567::decimal(38,17)', '12345678901234567890.12345678901234567'],
  ['0.1::float', 0.1],
  ['1.5e300::double', 1.5e300],
  ["'nan'::double", 'NaN'],
  ["'inf'::double", 'Infinity'],
  ["'-inf'::float", '-Infinity'],
  ["date '2024-02-29'", '2024-02-29'],
  ["timestamp '2025-01-01 10:00:00'", '2025-01-01T10:00:00'],
  ["timestamp '2025-01-01 10:00:00.000001'", '2025-01-01T10:00:00.000001'],
  ["'2025-01-01 10:00:00'::timestamp_s", '2025-01-01T10:00:00'],
  ["'2025-01-01 10:00:00.5'::timestamp_ms", '2025-01-01T10:00:00.5'],
  ["'2025-01-01 10:00:00.123456789'::timestamp_ns", '2025-01-01T10:00:00.123456789'],
  ["timestamptz '2025-01-01 00:30:00.25+02:00'", '2024-12-31T22:30:00.25Z'],
  ["timestamp '0044-03-15 (BC) 10:00:00'", '0044-03-15 (BC) 10:00:00'],
  ["timestamptz '0044-03-15 (BC) 10:00:00+00'", '0044-03-15 (BC) 10:00:00Z'],
  ["date '0044-03-15 (BC)'", '0044-03-15 (BC)'],
  ["timestamptz '2025-01-01 00:30:00'", '2025-01-01T00:30:00Z'],
  ["time '10:00:00.5'", '10:00:00.5'],
  ["'10:00:00+02'::timetz", '10:00:00+02'],
  ["interval '1 year 3 days 2 hours'", '1 year 3 days 02:00:00'],
  ["'00000000-0000-0000-0000-00000000000a'::uuid", '00000000-0000-0000-0000-00000000000a'],
  ["'gold'::enum('gold', 'silver')", 'gold'],
  ["'101'::bit", '101'],
  ["'\\x00\\xFF'::blob", 'AP8='],
  [
    "'quote \" backslash \\ newline ' || chr(10) || ' zero ' || chr(0) || ' 🙂'",
    'quote " backslash \\ newline \n zero \0 🙂',
  ],
  ["'NaN and Infinity'", 'NaN and Infinity'],
  ['null', null],
  ['null::bigint[]', null],
  ['[1::bigint, null]', ['1', null]],
  ['[1.10::decimal(5,2)]', ['1.10']],
  ['[[1.10::decimal(5,2)], []]', [['1.10'], []]],
  ['[1, 2]::bigint[2]', ['1', '2']],
  ["[0.1::float, 'nan'::float]", [0.1, 'NaN']],
  [
    "{'id': 9007199254740993, 'price': 1.50::decimal(4,2), 'at': timestamptz '2025-01-01 00:00:00'}",
    { id: '9007199254740993', price: '1.50', at: '2025-01-01T00:00:00Z' },
  ],
  ["[{'a b': {'deep': [9007199254740993]}}]", [{ 'a b': { deep: ['9007199254740993'] } }]],
  ['null::struct(a bigint)', null],
  ["{'a': null::bigint}", { a: null }],
  ["map {'a': 1.50::decimal(4,2), 'b': null}", { a: '1.50', b: null }],
  ["map {1::bigint: date '2024-01-01'}", { '1': '2024-01-01' }],
  ['union_value(n := 9007199254740993)', '9007199254740993'],
  ['null::union(n bigint, s varchar)', null],
  [`'{"a": [1, NaN], "b": "inf"}'::json`, { a: [1, 'NaN'], b: 'inf' }],
  ["'null'::json", null],
  ["{'j': '[1]'::json}", { j: [1] }],
  ['42::variant', 42],
  ["[{'v': 'x'::variant}]", [{ v: 'x' }]],
];

test('every type becomes what JSON can carry without loss', async () => {
  const source = await opened({ type: 'duckdb' });
  const columns = cases.map(([sql], i) => `${sql} as c${i}`).join(', ');
  const [row] = await values(source, { query: `select ${columns}` });
  const got = cases.map(([sql], i) => [sql, row?.[`c${i}`]]);
  expect(got).toEqual(cases.map(([sql, value]) => [sql, value]));
});

test('column names may hold anything, also the names this program uses', async () => {
  const source = await opened({ type: 'duckdb' });
  const query = `select 1 as "position", 2 as rowid, 3 as c0, 4 as "a ""b""'s", 5 as "__proto__", 6 as email, 7 as "EMAIL", 8 as "e0"`;
  const [row] = await values(source, { query });
  expect(Object.entries(row ?? {})).toEqual([
    ['position', 1],
    ['rowid', 2],
    ['c0', 3],
    [`a "b"'s`, 4],
    ['__proto__', 5],
    ['email', 6],
    ['EMAIL', 7],
    ['e0', 8],
  ]);
});
