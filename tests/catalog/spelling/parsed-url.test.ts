import { expect, test } from 'vitest';
import { canonicalDomain, comparableUrl } from '../../../catalog/normalise.ts';
import { parsedUrl } from '../../../catalog/spelling/parsed-url.ts';
import { sentUrl } from '../../../catalog/spelling/url.ts';

// As many as a run has rows, and more than V8 runs without optimising: that is where Node 20 and 22 go wrong.
const texts = ['bücher.example', 'example.com', 'é.example', 'straße.example'];

test.each([
  ['parsedUrl', (text: string) => parsedUrl(`https://${text}`)?.hostname],
  ['canonicalDomain', canonicalDomain],
  ['comparableUrl', comparableUrl],
  ['sentUrl', sentUrl],
] as const)('%s says the same of a text in row 1 and in row 40,000', (_, of) => {
  const first = texts.map((text) => of(text));
  expect(first).not.toContain(undefined);
  const differs = texts.filter((text, i) => {
    for (let row = 0; row < 10_000; row++) if (of(text) !== first[i]) return true;
    return false;
  });
  expect(differs).toEqual([]);
});

test('what is no URL is none', () => expect(parsedUrl('https://a b')).toBeUndefined());
