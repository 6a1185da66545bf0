import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalDomain,
  canonicalEmail,
  comparableName,
  comparablePhone,
  comparableUrl,
  emailDomain,
  phoneDigits,
  plainEmail,
} from '../../catalog/normalise.ts';
import { runs } from '../support/runs.ts';

type Cases = readonly (readonly [given: string, made: string | undefined])[];

const emails: Cases = [
  [' Ada@Example.COM ', 'ada@example.com'],
  ['ada+news@example.com', 'ada+news@example.com'],
  ['ada@MÜNCHEN.de', 'ada@xn--mnchen-3ya.de'],
  ['ada@xn--mnchen-3ya.de', 'ada@xn--mnchen-3ya.de'],
  ['jose\u0301@example.com', 'jos\u00e9@example.com'],
  ["o'brien@example.co.uk", "o'brien@example.co.uk"],
  ['\u200bada@example.com\u200e', 'ada@example.com'],
  ['\u00a0\ufeffada@example.com\u3000', 'ada@example.com'],
  ['ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
  ['ada@example。com', 'ada@example.com'],
  ['ada@example｡com', 'ada@example.com'],
  ['ada@EXAMPLE.com', 'ada@example.com'],
  ...[
    'ad\u200ba',
    'ad\u00ada',
    'ad\u200fa',
    'ad\ufe0fa',
    'ad\u2060a',
    'ad\u180ea',
    'ad\u3164a',
    'ad\u2800a',
    'ad\u00a0a',
  ].map((local) => [`${local}@example.com`, undefined] as const),
  ['ada@exam\u200bple.com', undefined],
  ['ada@exam\u00adple.com', undefined],
  ['ada\ufffd@example.com', undefined],
  ['ﬁona@example.com', undefined],
  ['𝐚𝐝𝐚@example.com', undefined],
  ["'ada@example.com", undefined],
  ["'ada@example.com'", undefined],
  ['"ada"@example.com', undefined],
  ['mailto:ada@example.com', undefined],
  ['<ada@example.com>', undefined],
  ['ada@example.com.', undefined],
  ...['email_not_unlocked@domain.com', 'Email_Not_Unlocked@Domain.com', 'email-not-unlocked+1@acme.example'].map(
    (one) => [one, undefined] as const,
  ),
  ...[
    'noemail',
    'no-email',
    'no.email.address',
    'NoMail',
    'not.available',
    'email_unavailable',
    'unknownemail',
    'n/a',
  ].map((local) => [`${local}@acme.example`, undefined] as const),
  ...['none@none.com', 'na@na.com', 'unknown@domain.com', 'null@null.null', 'no@email.com'].map(
    (one) => [one, undefined] as const,
  ),
  ['-@acme.example', undefined],
  ['a****n@acme.example', undefined],
  ...[
    'none@acme.example',
    'na@acme.example',
    'noreply@acme.example',
    'no@acme.example',
    'nomi@acme.example',
    'ada@none.com',
  ].map((one) => [one, one] as const),
  ['n.a@acme.example', 'n.a@acme.example'],
  ['ada@example', undefined],
  ['ada@1.2.3.4', undefined],
  ['ada@exa mple.com', undefined],
  ['ada@ex%61mple.com', undefined],
  ['ada@@example.com', undefined],
  ['a@example.com, b@example.com', undefined],
  ['Ada <ada@example.com>', undefined],
  ['@example.com', undefined],
  ['ada@example..com', undefined],
  [`${'a'.repeat(65)}@example.com`, undefined],
  ['', undefined],
];

const domains: Cases = [
  ['https://www.Example.com/x?y', 'example.com'],
  ['example.com', 'example.com'],
  ['HTTP://user:pw@example.com:8080/a@b', 'example.com'],
  ['//example.com/x', 'example.com'],
  ['example.com:443', 'example.com'],
  ['example.com.', 'example.com'],
  ['example.com?utm=1', 'example.com'],
  ['@example.com', 'example.com'],
  ['www.www.example.com', 'example.com'],
  ['shop.example.com', 'shop.example.com'],
  ['www.example.co.uk', 'example.co.uk'],
  ['www.com', 'www.com'],
  ['www.co.uk', 'www.co.uk'],
  ['Bücher.de', 'xn--bcher-kva.de'],
  ['http://例え.jp/', 'xn--r8jz45g.jp'],
  ['acme.example', 'acme.example'],
  ['github.io', 'github.io'],
  ['acme.github.io', 'acme.github.io'],
  ['gov.uk', 'gov.uk'],
  ['https://www.gov.uk/browse', 'gov.uk'],
  ['nhs.uk', 'nhs.uk'],
  ['www.gob.mx', 'gob.mx'],
  ['a.b.c.d.example.co.uk', 'a.b.c.d.example.co.uk'],
  ['\u200bexample.com\u00a0', 'example.com'],
  ['ｅｘａｍｐｌｅ。ｃｏｍ', 'example.com'],
  ['https：／／www．example．com／a', 'example.com'],
  ['exam\u200bple.com', undefined],
  ['exam\u00adple.com', undefined],
  ...['github.com', 'https://github.com', 'https://www.github.com/', 'HTTPS://GitHub.com?tab=x'].map(
    (one) => [one, 'github.com'] as const,
  ),
  ...[
    'https://github.com/acme',
    'github.com/acme',
    'https://www.linkedin.com/company/acme',
    'de.linkedin.com/company/acme',
    'https://m.facebook.com/acme',
    'https://de-de.facebook.com/acme/',
    'HTTPS://Instagram.com/acme',
    'x.com/acme',
    'https://angel.co/company/acme',
    'https://www.crunchbase.com/organization/acme',
    'https://sites.google.com/view/acme',
    'wordpress.com/acme',
    'https://en.m.wikipedia.org/wiki/Acme',
    'https://user@github.com:443/acme',
  ].map((one) => [one, undefined] as const),
  ['https://acme.wordpress.com/about', 'acme.wordpress.com'],
  ['https://acme.github.io/docs', 'acme.github.io'],
  ['https://notgithub.com/acme', 'notgithub.com'],
  ...['@gmail.com', '@GoogleMail.com', 'https://ada@gmail.com', '@web.de', '@qq.com'].map(
    (one) => [one, undefined] as const,
  ),
  ['gmail.com', 'gmail.com'],
  ['co.uk', undefined],
  ['ac.uk', undefined],
  ['com', undefined],
  ['localhost', undefined],
  ['1.2.3.4', undefined],
  ['http://1.2.3.4/', undefined],
  ['[::1]', undefined],
  ['ada@example.com', undefined],
  ['foo_bar.com', undefined],
  ['-a.com', undefined],
  ['a b.com', undefined],
  ['n/a', undefined],
  ['', undefined],
];

test.each(emails)('the e-mail address %j is %j', (given, made) => expect(canonicalEmail(given)).toBe(made));
test.each(domains)('the domain %j is %j', (given, made) => expect(canonicalDomain(given)).toBe(made));

test.each([
  ['Ada+x+y@example.com', 'ada@example.com'],
  ['+ada@example.com', '+ada@example.com'],
  ['ada@example.com', 'ada@example.com'],
  ['none', undefined],
] satisfies Cases)('without its tag, %j is %j', (given, made) => expect(plainEmail(given)).toBe(made));

test('the host of an address is its own', () => expect(emailDomain('ada@www.Example.com')).toBe('www.example.com'));

test.each([
  [' Ada  LOVELACE ', 'ada lovelace'],
  ['Straße', 'strasse'],
  ['ＡＣＭＥ\u00a0Inc', 'acme inc'],
  ['ΟΔΟΣ', 'οδος'],
] as const)('the name %j compares as %j', (given, made) => expect(comparableName(given)).toBe(made));

test('companies of another legal form are other companies', () =>
  expect(comparableName('Acme Inc')).not.toBe(comparableName('Acme Ltd')));

test.each([
  ['http://www.linkedin.com/in/Ada/', 'https://de.linkedin.com/in/ada?trk=x#y'],
  ['linkedin.com/in/ada', 'https://linkedin.com/in/ada'],
  ['https://Example.com:443/', 'example.com'],
  ['https://example.com/a b/', 'https://example.com/a%20b'],
  ['https://bücher.example', 'https://xn--bcher-kva.example/'],
] as const)('%j and %j are one URL', (a, b) => expect(comparableUrl(a)).toBe(comparableUrl(b)));

test.each([
  ['https://example.com/A', 'https://example.com/a'],
  ['https://example.com/?a=1', 'https://example.com/?a=2'],
  ['http://example.com', 'https://example.com'],
  ['https://www.example.com', 'https://example.com'],
  ['https://example.com/#/team/1', 'https://example.com/#/team/2'],
  ['https://example.com', 'https://example.com/#a'],
  ['https://example.com:8443', 'https://example.com'],
  ['https://linkedin.com/in/ada', 'https://notlinkedin.com/in/ada'],
] as const)('%j and %j are two URLs', (a, b) => expect(comparableUrl(a)).not.toBe(comparableUrl(b)));

test.each([
  ['+44 (0)20 7946 0958', '+442079460958'],
  ['+1 (555) 555-0133 ext. 12', '+15555550133x12'],
  ['555-555-0133', '5555550133'],
  ['٠٢٠ ١٢٣', '020123'],
] as const)('the number %j compares as %j', (given, made) => expect(comparablePhone(given)).toBe(made));

describe('whatever the text', () => {
  const host = fc
    .array(fc.stringMatching(/^[a-zA-ZäÖß0-9-]{1,8}$/), { minLength: 1, maxLength: 5 })
    .map((labels) => labels.join('.'));
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.emailAddress(),
    host,
    host.map((it) => `https://www.www.${it}./x`),
    fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), host).map(([local, it]) => `${local}@${it}`),
  );
  const functions = {
    canonicalEmail,
    plainEmail,
    canonicalDomain,
    comparableName,
    comparableUrl,
    comparablePhone,
    phoneDigits,
  };

  test.each(Object.entries(functions))('%s never throws, and done twice it is as done once', (_, normalise) => {
    fc.assert(
      fc.property(texts, (text) => {
        const once = normalise(text);
        if (once !== undefined) expect(normalise(once)).toBe(once);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('the fast paths for plain ASCII decide as the general ones', () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9._+-]{1,12}$/);
  const word = fc.constantFrom(
    'none',
    'unknown',
    'no-email',
    'email_not_unlocked',
    'n/a',
    'info',
    'na',
    'domain',
    'com',
    'xn--a',
  );
  const piece = fc.oneof(part, word);
  const address = fc
    .tuple(piece, fc.array(piece, { minLength: 1, maxLength: 3 }))
    .map(([local, labels]) => `${local}@${labels.join('.')}`);
  const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });

  test('of e-mail addresses', () => {
    // A blank in front is no part of an address, and sends it the general way.
    const same = (text: string): void => {
      expect(canonicalEmail(text)).toBe(canonicalEmail(` ${text}`));
    };
    fc.assert(fc.property(fc.oneof(address, fc.emailAddress(), ascii), same), { numRuns: runs(1500) });
  });

  test('of names', () => {
    // An ideographic space is a blank at an end as well.
    const same = (text: string): void => {
      expect(comparableName(text)).toBe(comparableName(`${text}\u3000`));
    };
    fc.assert(fc.property(fc.oneof(ascii, fc.string({ unit: fc.constantFrom('a', 'B', ' ', '.') })), same), {
      numRuns: runs(500),
    });
  });
});
