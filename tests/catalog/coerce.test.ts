import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coerce } from '../../catalog/coerce.ts';
import type { FieldType, WireValue } from '../../catalog/object.ts';
import { plainDecimal } from '../../catalog/spelling/text.ts';
import { runs } from '../support/runs.ts';

type Coercible = Parameters<typeof coerce>[0];

const id = '60C39ED82BD02F01154C470A';
const options = [
  { id: '617ff4041e711500a401c25f', names: ['New Customer'] },
  { id: '617ff4041e711500a401c260', names: ['1 year'] },
  { id: '617ff4041e711500a401c261', names: ['Maui, 2024'] },
  { id: '617ff4041e711500a401c262', names: ['Twice'] },
  { id: '617ff4041e711500a401c263', names: ['twice '] },
];
const [newCustomer, oneYear, maui] = options.map((one) => one.id) as [string, string, string];

const field = (type: FieldType, more: Partial<Coercible> = {}): Coercible => ({ name: 'the_field', type, ...more });
const choice = (type: FieldType) => field(type, { options });

type Good = readonly [field: Coercible, given: unknown, made: WireValue];
const good: readonly Good[] = [
  [field('text'), '  Ada ', 'Ada'],
  [field('text'), 'two\nlines\tand a tab', 'two\nlines\tand a tab'],
  [field('text'), 42, '42'],
  [field('text'), 1e21, '1000000000000000000000'],
  [field('text'), true, 'true'],
  [field('text'), ' \u00a0 ', ''],
  [field('text'), null, ''],
  [field('text'), undefined, ''],
  [field('text', { maxLength: 2 }), '😀😀', '😀😀'],
  [field('email'), ' Ada@Example.com', 'ada@example.com'],
  [field('email'), ' Jörg@BÜCHER.example', 'jörg@bücher.example'],
  [field('email'), 'ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
  [field('email'), '\u200bada@example.com', 'ada@example.com'],
  [field('email'), '\u200b', ''],
  [field('text'), '\u200b\u00a0', ''],
  [field('phone'), '\u202a+1 555 555 0133\u202c', '+1 555 555 0133'],
  [field('domain'), 'https://www.Example.com/x', 'example.com'],
  [field('domain'), 'https://www.BÜCHER.example/x', 'bücher.example'],
  [field('domain'), 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
  [field('phone'), ' +1 (555) 555-0133 ', '+1 (555) 555-0133'],
  [field('phone'), '555-0133 ext. 12', '555-0133 ext. 12'],
  [field('phone'), '5550133x9', '5550133x9'],
  [field('phone'), 15555550133, '15555550133'],
  [field('phone'), '1234567890123456', '1234567890123456'],
  [field('url'), 'linkedin.com/in/ada', 'https://linkedin.com/in/ada'],
  [field('url'), '//example.com/a', 'https://example.com/a'],
  [field('url'), 'HTTP://Example.com/A?b#c', 'HTTP://Example.com/A?b#c'],
  [field('url'), 'example.com:8080/a', 'https://example.com:8080/a'],
  ...[
    'https://my_bucket.s3.example.com/a.jpg',
    'https://gov.uk',
    'https://www.gov.uk',
    'https://ac.uk/',
    'http://10.0.0.1:8080/x',
    'http://[::1]/x',
    'https://example.com/#/team/1',
    'https://bücher.example/ä?ö#ü',
    'https://example.com./a',
    'https://example.com/a（b）',
    'https://a.b.c.d.example.co.uk/x',
    'https://user.github.io/~x',
  ].map((one) => [field('url'), one, one] as const),
  [field('url'), 'gov.uk', 'https://gov.uk'],
  [field('url'), 'my_bucket.s3.example.com/a', 'https://my_bucket.s3.example.com/a'],
  [field('url'), ' https://example.com/a photo.jpg ', 'https://example.com/a%20photo.jpg'],
  [field('url'), 'https://example.com/?q=a b#c d', 'https://example.com/?q=a%20b#c%20d'],
  [field('url'), 'https://example.com/a\u00a0b', 'https://example.com/a%C2%A0b'],
  [field('url'), '\u200bhttps://example.com/a\ufeff', 'https://example.com/a'],
  [field('url'), 'ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｃｏｍ／ａ', 'https://example.com/a'],
  [field('url'), 'ｅｘａｍｐｌｅ。ｃｏｍ', 'https://example.com'],
  [field('date'), '2024-02-29', '2024-02-29'],
  [field('date'), '2025-01-01T23:30:00-05:00', '2025-01-01'],
  [field('date'), '2025-01-01 00:00:00', '2025-01-01'],
  [field('datetime'), '2025-01-01T23:30:00-05:00', '2025-01-02T04:30:00.000Z'],
  [field('datetime'), '2025-01-01 23:30:00.123456789+00', '2025-01-01T23:30:00.123Z'],
  [field('datetime'), '2025-01-01T23:30', '2025-01-01T23:30:00.000Z'],
  [field('datetime'), '2025-08-07', '2025-08-07'],
  [field('number'), '0012.3400', '12.34'],
  [field('number'), '12345678901234567890.123', '12345678901234567890.123'],
  [field('number'), '-1.5E-3', '-0.0015'],
  [field('number'), 1e-7, '0.0000001'],
  [field('number'), '.5', '0.5'],
  [field('number'), '-0.0', '0'],
  [field('boolean'), 'YES', 'true'],
  [field('boolean'), 0, 'false'],
  [field('boolean'), false, 'false'],
  [field('id'), id, id.toLowerCase()],
  [choice('option'), ' new  CUSTOMER ', newCustomer],
  [choice('option'), oneYear.toUpperCase(), oneYear],
  [choice('stage'), '1 Year', oneYear],
  [field('option'), id, id.toLowerCase()],
  [field('owner', { options: [{ id, names: ['ada@example.com', 'Ada Lovelace'] }] }), 'ADA@example.com', id],
  [choice('options'), 'New Customer; 1 year; new customer', [newCustomer, oneYear]],
  [choice('options'), 'New Customer, 1 year', [newCustomer, oneYear]],
  [choice('options'), 'Maui, 2024', maui],
  [choice('options'), ['Maui, 2024', '1 year'], [maui, oneYear]],
  [choice('options'), [], ''],
  [field('lists'), 'b, a,, b', ['b', 'a']],
  [field('lists'), 'Maui, 2024; Berlin', ['Maui, 2024', 'Berlin']],
  [field('lists'), '["Maui, 2024", 7, null]', ['Maui, 2024', '7']],
  [field('lists'), '[draft', ['[draft']],
  [field('lists'), [' ', null], ''],
  [field('texts', { items: { type: 'email', as: 'email' } }), 'A@x.com;b@x.com', ['a@x.com', 'b@x.com']],
];

test.each(good)('%j takes %j as %j', (to, given, made) => expect(coerce(to, given)).toEqual({ ok: true, value: made }));

type Bad = readonly [field: Coercible, given: unknown, code: string, message: string];
const bad: readonly Bad[] = [
  [field('text'), { a: 1 }, 'invalid_value', 'the_field: expected text; received an object.'],
  [field('text'), ['a'], 'invalid_value', 'the_field: expected text; received a list of 1 entry.'],
  [field('text'), Number.NaN, 'invalid_value', 'the_field: expected text; received a number.'],
  [
    field('text'),
    'a\u0000b',
    'invalid_value',
    'the_field: it holds a control character; received text of 3 characters.',
  ],
  [
    field('text'),
    'a\ud800',
    'invalid_value',
    'the_field: it is not well-formed Unicode (half a surrogate pair); received text of 2 characters.',
  ],
  [
    field('text', { maxLength: 2 }),
    'abc',
    'invalid_value',
    'the_field: expected at most 2 characters; received text of 3 characters.',
  ],
  [field('email'), 'a@b', 'invalid_email', 'the_field: expected one e-mail address; received text of 3 characters.'],
  [field('email'), 5, 'invalid_email', 'the_field: expected one e-mail address; received a number.'],
  [
    field('email'),
    'a\u0000@b.com',
    'invalid_email',
    'the_field: it holds a control character; received text of 8 characters.',
  ],
  [
    field('domain'),
    'co.uk',
    'invalid_domain',
    'the_field: expected the domain of a company, such as example.com, and not a page of a site that many share; received text of 5 characters.',
  ],
];

test.each(bad)('%j refuses %j as %s', (to, given, code, message) =>
  expect(coerce(to, given)).toEqual({ ok: false, code, message }),
);

const refused: readonly (readonly [Coercible, unknown, string])[] = [
  ...['12345', '12345678901234567', '1-800-FLOWERS', 'n/a', '123456 x123456789', 'x'.repeat(200)].map(
    (v) => [field('phone'), v, 'invalid_phone'] as const,
  ),
  ...[
    'ftp://a.com',
    'mailto:a@b.com',
    'javascript:alert(1)',
    'http://a b.com',
    '/in/ada',
    'https://u:p@a.com',
    'https://u@a.com',
    'ann@a.com',
    '1.2.3.4',
    'none',
    'n/a',
    '-',
    'https://none',
    'http://localhost/x',
    'http://www',
    'https://a..com',
    'a.com,b.com',
    'a.com b.com',
    'https://a.com/ https://b.com/',
    'https://a.com/x www.b.com',
    'https://a.com/x\nb',
    'https://a.com/x\u200bb',
    'https://a.c\u00adom/x',
    "'https://a.com",
    'https:\\\\a.com',
  ].map((v) => [field('url'), v, 'invalid_url'] as const),
  ...[
    '2025-02-30',
    '2025-02-31',
    '2025-13-01',
    '2025-00-10',
    '2025-1-1',
    '01/02/2025',
    20250101,
    '2025-01-01T25:00:00Z',
    '2025-01-01T',
    'today',
    true,
  ].map((v) => [field('date'), v, 'invalid_value'] as const),
  ...[
    1735689600,
    '2025-01-01T10:00:60Z',
    '2025-01-01T10:00:00+15:00',
    '2025-02-29T10:00:00Z',
    '0000-01-01T00:00:00+01:00',
  ].map((v) => [field('datetime'), v, 'invalid_value'] as const),
  ...['1,234', '1e9999', '12px', '--1', '.', 'NaN', true, '0x10'].map(
    (v) => [field('number'), v, 'invalid_value'] as const,
  ),
  ...['maybe', 2, '10'].map((v) => [field('boolean'), v, 'invalid_value'] as const),
  ...['60c39ed8', `${id}0`, 12].map((v) => [field('id'), v, 'invalid_value'] as const),
  ...['Old Customer', 'twice', id].map((v) => [choice('option'), v, 'unknown_option'] as const),
  [field('stage'), 'Cold', 'unknown_option'],
  [choice('options'), ['1 year', 'no such'], 'unknown_option'],
  [choice('options'), [['1 year']], 'invalid_value'],
  [field('texts', { items: { type: 'email' } }), ['a@x.com', 'nobody'], 'invalid_email'],
];

test.each(refused)('%j refuses %j as %s', (to, given, code) =>
  expect(coerce(to, given)).toMatchObject({ ok: false, code }),
);

test('a refused option is answered with the choices, a refused owner is not', () => {
  expect(coerce(choice('stage'), 'x')).toMatchObject({
    message: expect.stringContaining('one of: New Customer, 1 year'),
  });
  const owners = field('owner', { options: [{ id, names: ['ada@example.com'] }] });
  expect(coerce(owners, 'x')).toEqual({
    ok: false,
    code: 'unknown_option',
    message: 'the_field: expected the e-mail address or id of a user; received text of 1 character.',
  });
});

describe('whatever the value', () => {
  const types: readonly Coercible[] = [
    ...(
      ['text', 'email', 'phone', 'url', 'domain', 'date', 'datetime', 'number', 'boolean', 'id', 'lists'] as const
    ).map((type) => field(type)),
    ...(['stage', 'owner', 'option', 'options'] as const).flatMap((type) => [field(type), choice(type)]),
    ...(['text', 'email', 'phone', 'id'] as const).map((type) => field('texts', { items: { type } })),
    field('text', { maxLength: 3 }),
  ];
  const telling = fc.constantFrom(...good.map(([, given]) => given), ...refused.map(([, given]) => given));
  const values = fc.oneof(
    fc.jsonValue(),
    fc.anything({ withBigInt: true, withDate: true }),
    fc.string({ unit: 'binary' }),
    fc.date().map(String),
    telling,
  );

  test('coerce never throws, and what it made it takes unchanged', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), values, (to, value) => {
        const once = coerce(to, value);
        if (once.ok) expect(coerce(to, once.value)).toEqual(once);
      }),
      { numRuns: runs(1000) },
    );
  });

  test('no message holds the value', () => {
    const secret = 'Zq7xKw';
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.string(), fc.boolean(), (to, around, list) => {
        const text = `${around}${secret}${around}`;
        const made = coerce(to, list ? [text] : text);
        if (!made.ok) expect(made.message).not.toContain(secret);
      }),
    );
  });

  test('a number keeps its worth, digit for digit', () => {
    const digits = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(digits, ([unscaled, exponent]) => {
        const plain = plainDecimal(`${unscaled}e-${exponent}`)!;
        const [whole = '', fraction = ''] = plain.split('.');
        expect(plain).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
        expect(BigInt(whole + fraction.padEnd(exponent, '0'))).toBe(unscaled);
      }),
    );
  });
});
