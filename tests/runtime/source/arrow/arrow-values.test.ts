import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allRows, failureOf, keyOf, opened, values } from '../support.ts';

const fixture = (name: string): string => join(import.meta.dirname, '../../../fixtures/arrow', name);

// Column of types.arrows (made by pyarrow, see its README), and its first and third value. The second is null.
const types: Readonly<Record<string, readonly [unknown, unknown]>> = {
  i8: [-128, 127],
  i16: [-32768, 32767],
  i32: [-2147483648, 2147483647],
  i64: ['-9223372036854775808', '9223372036854775807'],
  u8: [0, 255],
  u32: [0, 4294967295],
  u64: ['0', '18446744073709551615'],
  f16: [1.5, 'Infinity'],
  f32: [0.1, -0.25],
  f64: [0.1, 'NaN'],
  bool: [true, false],
  null: [null, null],
  utf8: ['a', 'Zoë 🙂'],
  large_utf8: ['a', 'long long long long long '],
  utf8_view: ['short', 'a text that is longer than twelve bytes'],
  binary: ['AP8=', ''],
  large_binary: ['YWJj', ''],
  binary_view: ['eA==', Buffer.from('a value longer than twelve bytes').toString('base64')],
  fixed_binary: ['YWJjZA==', 'AAECAw=='],
  dictionary: ['gold', 'silver'],
  dictionary_decimal: ['-2.05', '1.10'],
  decimal32: ['1.10', '-0.01'],
  decimal64: ['1234567890.12', '-0.01'],
  decimal128: ['12345678901234567890123456.78', '-0.01'],
  decimal256: [
    '1234567890123456789012345678901234567890123456789.012',
    '-12345678901234567890123456789012345678901234567890.500',
  ],
  decimal_negative_scale: ['12300', '-100'],
  date32: ['1969-12-31', '2024-02-29'],
  date64: ['1969-12-31', '2024-02-29'],
  timestamp_s: ['1969-12-31T23:59:59', '1970-01-01T00:00:00'],
  timestamptz_s: ['1969-12-31T23:59:59Z', '1970-01-01T00:00:00Z'],
  timestamp_ms: ['1969-12-31T23:59:59.999', '1970-01-01T00:00:00'],
  timestamptz_ms: ['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00Z'],
  timestamp_us: ['2025-01-01T00:00:00.123456', '1970-01-01T00:00:00'],
  timestamptz_us: ['2025-01-01T00:00:00.123456Z', '1970-01-01T00:00:00Z'],
  timestamp_ns: ['2025-01-01T00:00:00.123456789', '1970-01-01T00:00:00'],
  timestamptz_ns: ['2025-01-01T00:00:00.123456789Z', '1970-01-01T00:00:00Z'],
  time32_s: ['01:01:01', '00:00:00'],
  time32_ms: ['01:01:01.5', '00:00:00'],
  time64_us: ['01:01:01.000001', '00:00:00'],
  time64_ns: ['23:59:59.999999999', '00:00:00'],
  duration_s: ['25:01:01', '-00:00:01'],
  duration_us: ['00:00:01.5', '00:00:00'],
  interval: ['1 year 2 months 3 days 04:05:06', '-00:00:01.5'],
  list: [['1', '2'], []],
  large_list: [['a'], [null]],
  fixed_list: [
    [1.5, 2.5],
    [null, 0],
  ],
  struct: [
    { d: '1.50', n: { l: ['1152921504606846976'] } },
    { d: null, n: null },
  ],
  map: [JSON.parse('{"a":"1","__proto__":"2"}'), {}],
  uuid: ['00000000-0000-0000-0000-000000000001', '12345678-1234-5678-1234-567812345678'],
  json: [{ a: [1] }, true],
};
const unions = { sparse_union: ['1152921504606846976', 'b', '0'], dense_union: ['1152921504606846976', 'b', '5'] };

test.each(['types.arrows', 'types.arrow'])(
  'every type of %s becomes what JSON can carry without loss',
  async (name) => {
    const source = await opened({ type: 'arrow', path: fixture(name) });
    const rows = await values(source, {});
    const row = (pick: 0 | 1 | undefined, union: number) =>
      Object.fromEntries([
        ...Object.entries(types).map(([column, pair]) => [column, pick === undefined ? null : pair[pick]]),
        ...Object.entries(unions).map(([column, three]) => [column, three[union]]),
      ]);
    const [first, second, third] = [row(0, 0), row(undefined, 1), row(1, 2)];
    expect(rows).toEqual([first, second, third, second, third]);
  },
);

test.each(['zstd.arrows', 'zstd.arrow', 'lz4.arrows', 'lz4.arrow'])(
  'the compressed bodies of %s are read',
  async (name) => {
    const source = await opened({ type: 'arrow', path: fixture(name) });
    const rows = await allRows(source, {}, keyOf('email'));
    const tags = ['a', 'b', null, 'c'];
    expect(rows).toEqual(
      Array.from({ length: 600 }, (_, position) => {
        const i = position % 300;
        const fraction = i === 0 ? '' : `.${String(i).padStart(6, '0')}`.replace(/0+$/, '');
        const row = {
          id: String(i),
          email: `user${i}@example.com`,
          seen: `2025-01-01T00:00:00${fraction}Z`,
          tag: tags[i % 4],
          view: i % 3 === 0 ? null : `a view longer than twelve ${i}`,
        };
        return position < 300 ? { position, row, superseded: true } : { position, row };
      }),
    );
  },
);

test.each(['polars-lz4.arrows', 'polars-lz4.arrow'])('the lz4 frames of %s have checksums of blocks', async (name) => {
  const rows = await values(await opened({ type: 'arrow', path: fixture(name) }), {});
  expect(rows).toEqual(
    Array.from({ length: 40 }, (_, i) => ({
      email: `person${i}@example.com`,
      first_name: i % 5 === 4 ? null : `Ann ${'Zoë'.repeat(i % 3)}`,
      score: String(i),
      tags: Array.from({ length: i % 3 }, (_, j) => `tag ${j}`),
    })),
  );
});

test('a dictionary may grow or be replaced between batches', async () => {
  const tiers = async (name: string) =>
    (await values(await opened({ type: 'arrow', path: fixture(name) }), {})).map(({ tier }) => tier);
  expect(await tiers('delta-dictionary.arrows')).toEqual(['a', 'b', 'c', 'a']);
  expect(await tiers('replaced-dictionary.arrows')).toEqual(['a', 'b', 'z', 'y']);
});

test('streams from before format 0.15 are read', async () => {
  const source = await opened({ type: 'arrow', path: fixture('legacy.arrows') });
  expect(await values(source, {})).toEqual([0, 1, 2].map((i) => ({ id: String(i), email: `user${i}@example.com` })));
});

test.each([
  ['list-view.arrows', 'column tags is list_view'],
  ['nested-list-view.arrows', 'column s.t is large_list_view'],
  ['run-end-encoded.arrows', 'column tier is run_end_encoded'],
  ['int128.arrows', 'column n is int128'],
  ['opaque-bytes.arrows', 'column places.item is arrow.opaque geometry stored as Binary'],
  ['opaque-bytes.arrow', 'column places.item is arrow.opaque geometry stored as Binary'],
])('what cannot be read in %s is named by column and type', async (name, message) => {
  expect(await failureOf(opened({ type: 'arrow', path: fixture(name) }))).toMatchObject({
    code: 'invalid_source',
    message: expect.stringContaining(message),
  });
});

const [first, second, third] = [1, 2, 3].map((i) => `00000000-0000-0000-0000-00000000000${i}`) as [
  string,
  string,
  string,
];

test.each(['extensions.arrows', 'extensions.arrow'])(
  'extension types of %s are read wherever they are',
  async (name) => {
    expect(await values(await opened({ type: 'arrow', path: fixture(name) }), {})).toEqual([
      {
        uuid: first,
        bool8: true,
        json: { a: 1 },
        list_uuid: [first],
        large_list_bool8: [true],
        fixed_list_uuid: [first, second],
        struct: { u: first, b: true },
        map: { [first]: true },
        list_struct: [{ u: first, j: { a: 1 } }],
        sparse_union: first,
      },
      {
        uuid: second,
        bool8: null,
        json: null,
        list_uuid: [second, third],
        large_list_bool8: [null, false],
        fixed_list_uuid: [third, first],
        struct: { u: second, b: null },
        map: { [second]: null, [third]: false },
        list_struct: [
          { u: second, j: null },
          { u: third, j: 'not JSON' },
        ],
        sparse_union: null,
      },
    ]);
  },
);

test('types that DuckDB exports as opaque bytes are the texts that DuckDB shows', async () => {
  const rows = await values(await opened({ type: 'arrow', path: fixture('duckdb-lossless.arrows') }), {});
  const whole = {
    hugeint: '170141183460469231731687303715884105727',
    uhugeint: '340282366920938463463374607431768211455',
    bit: '101010111',
    timetz: '12:34:56.789-05:30',
    bignum: '-12345678901234567890123456789',
    uuid: first,
    bool: true,
    hugeints: ['1', null],
    bits: { a: '0' },
    times: { t: '23:59:59+15:59:59' },
  };
  const small = { ...whole, hugeint: '-1', uhugeint: '0', bit: '0', timetz: '00:00:00+00', bignum: '5' };
  expect(rows).toEqual([
    whole,
    { ...small, uuid: null, bool: false, hugeints: [], bits: {}, times: null },
    Object.fromEntries(Object.keys(whole).map((column) => [column, null])),
  ]);
});

test.each(['opaque-text.arrows', 'opaque-text.arrow'])(
  'an opaque type of %s that is stored as text is text',
  async (name) => {
    expect(await values(await opened({ type: 'arrow', path: fixture(name) }), {})).toEqual([
      { id: '1', place: 'POINT (1 2)' },
    ]);
  },
);
