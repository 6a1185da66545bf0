import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coerce } from '../../catalog/coerce.ts';
import { canonicalDomain, canonicalEmail, comparableUrl, sentDomain, sentEmail } from '../../catalog/normalise.ts';
import { sentUrl } from '../../catalog/spelling/url.ts';
import { runs } from '../support/runs.ts';

/** Every character that Unicode calls default-ignorable, assigned or not. */
const unseen = Array.from({ length: 0x11_0000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((one) => /\p{Default_Ignorable_Code_Point}/u.test(one));

const label = fc.stringMatching(/^[a-zäéñłбвг字例0-9]{2,8}$/u);
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => `${labels.join('.')}.example`);
const local = fc.stringMatching(/^[a-zäéñ0-9]{1,8}(?:[.+_-][a-zäéñ0-9]{1,8})?$/u);
const email = fc.tuple(local, host).map(([mailbox, domain]) => `${mailbox}@${domain}`);
const url = fc
  .tuple(
    fc.constantFrom('http', 'https', 'HTTPS'),
    host,
    fc.constantFrom('', '/', '/a/b', '/Ä?q=ö#ü', ':8080/x', '/#/a'),
  )
  .map(([scheme, domain, path]) => `${scheme}://${domain}${path}`);
const ends = fc.array(fc.constantFrom(...unseen, ' ', '\u00a0', '\u3000', '\t', '\u2028', '\u202e'), { maxLength: 3 });
const wrapped = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(ends, text, ends)
    .map(([before, inside, after]) => [before.join('') + inside + after.join(''), inside] as const);

/** Type, what is valid of it, the spelling that is sent, and the one that is compared. */
const kinds = [
  ['email', email, sentEmail, canonicalEmail],
  ['domain', host, sentDomain, canonicalDomain],
  ['url', url, sentUrl, comparableUrl],
] as const;

describe.each(kinds)('%s', (type, valid, sent, canonical) => {
  test('what is valid is sent as the source has it, whatever is not seen around it', () => {
    fc.assert(
      fc.property(wrapped(valid), ([text, inside]) => {
        expect(sent(text)).toBe(inside);
      }),
    );
  });

  test('the spelling that is sent compares as the one that was given, and as itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          valid,
          valid.map((text) => text.toUpperCase()),
          fc.string({ unit: 'binary' }),
          fc.webUrl(),
        ),
        (text) => {
          const made = sent(text);
          if (made === undefined) return;
          expect(sent(made)).toBe(made);
          expect(canonical(canonical(made)!)).toBe(canonical(made));
          if (type !== 'url') expect(canonical(made)).toBe(canonical(text));
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test('no character that is not seen may stand inside, whichever it is', () => {
    const [sample] = fc.sample(valid, { numRuns: 1, seed: 1 });
    const at = sample!.length - 3;
    const taken = unseen.filter(
      (one) => coerce({ name: 'f', type }, `${sample!.slice(0, at)}${one}${sample!.slice(at)}`).ok,
    );
    expect([unseen.length > 4000, taken]).toEqual([true, []]);
  });
});

test('a text of nothing that is seen is no value', () => {
  for (const type of ['text', 'email', 'domain', 'url', 'phone', 'number', 'date', 'stage', 'lists'] as const) {
    expect(coerce({ name: 'f', type }, unseen.slice(0, 50).join(' '))).toEqual({ ok: true, value: '' });
  }
});
