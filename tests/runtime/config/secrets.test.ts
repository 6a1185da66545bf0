import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MASK } from '../../../runtime/config/mask.ts';
import { Secrets, secretValues } from '../../../runtime/config/secrets.ts';

const secret = { type: 'string', airbyte_secret: true };
const schema = {
  type: 'object',
  properties: {
    credentials: { oneOf: [{ properties: { kind: { const: 'a' }, key: secret } }, { properties: { token: secret } }] },
    targets: { type: 'array', items: { properties: { password: secret, user: { type: 'string' } } } },
    whole: { type: 'object', airbyte_secret: true },
  },
};

describe('the secrets of a configuration', () => {
  it('are found in every alternative, in lists, and in whatever stands where a secret belongs', () => {
    const config = {
      credentials: { kind: 'a', key: 'one', token: 'two', other: 'public' },
      targets: [{ password: 'three', user: 'public' }, { password: 4444 }, 'stray'],
      whole: { deep: ['five', null, true] },
      unknown: { key: 'public' },
    };
    expect(secretValues(schema, config)).toEqual(['one', 'two', 'three', '4444', 'five', 'true']);
  });

  it.each([[undefined], [null], ['text'], [[]], [{ credentials: null, targets: {} }]])('are none in %j', (config) => {
    expect(secretValues(schema, config)).toEqual([]);
  });
});

describe('a mask', () => {
  it.each<[string, string, string]>([
    ['as it is', 's3cr3t-key', 'key s3cr3t-key!'],
    ['in JSON', 'a"b\\c\nd', JSON.stringify({ key: 'a"b\\c\nd' })],
    ['in JSON inside JSON', 'a"b\\c\nd', JSON.stringify(JSON.stringify({ key: 'a"b\\c\nd' }))],
    ['in a URL', 'a b/c+d?é', `https://x.example/?key=${encodeURIComponent('a b/c+d?é')}`],
    ['in a URL with small hexadecimal digits', 'a/b=c&d', '?key=a%2fb%3dc%26d'],
    ['in a form', 'a b(c)', new URLSearchParams({ key: 'a b(c)' }).toString()],
    ['without the line break of its file', 's3cr3t-key\n', 'x-api-key: s3cr3t-key'],
  ])('hides a secret %s', (_, value, text) => {
    const masked = new Secrets([value]).mask(text);
    expect(masked).toContain(MASK);
    expect(masked.length).toBeLessThan(text.length);
    expect(masked).not.toMatch(/s3cr3t|[a-d]["\\/+ %(]/);
  });

  it.each(['', 'u:', 'us:', 'user:'])('hides a secret in base64 after %j', (before) => {
    const value = 'correct-horse-battery';
    for (const encoding of ['base64', 'base64url'] as const) {
      const encoded = Buffer.from(`${before}${value}`).toString(encoding);
      const masked = new Secrets([value]).mask(`Basic ${encoded}`);
      const left = masked.replace('Basic ', '').replace(MASK, '');
      // The edges mix with their neighbours: what is left tells at most a byte of the secret on each side.
      expect([masked.includes(MASK), left.length <= Math.ceil((before.length * 4) / 3) + 4]).toEqual([true, true]);
    }
  });

  it('hides the longer of two secrets of which one begins the other', () => {
    expect(new Secrets(['token', 'token-of-the-team']).mask('token-of-the-team token')).toBe(`${MASK} ${MASK}`);
  });

  it('hides a short secret where it stands alone, and leaves words readable', () => {
    const secrets = new Secrets(['ab', '']);
    expect(secrets.mask('about: ab, "ab", cab')).toBe(`about: ${MASK}, "${MASK}", cab`);
  });

  it('knows no secrets at first, and those that are added later', () => {
    const secrets = new Secrets();
    expect(secrets.mask('late-secret')).toBe('late-secret');
    secrets.collect(schema, { credentials: { key: 'late-secret' } });
    expect(secrets.mask('a late-secret')).toBe(`a ${MASK}`);
  });

  it('lets no secret survive, whatever the configuration and the text', () => {
    // A secret that is a part of the mask, or becomes one with it, cannot be hidden by it.
    const value = fc
      .string({ minLength: 4, unit: 'grapheme' })
      .filter((text) => text.trim() !== '' && !text.includes('*'));
    const scene = fc.tuple(fc.array(value, { minLength: 1, maxLength: 4 }), fc.array(fc.string({ unit: 'grapheme' })));
    const forms = [
      (text: string) => text,
      (text: string) => JSON.stringify(text),
      (text: string) => JSON.stringify({ body: JSON.stringify({ text }) }),
      (text: string) => encodeURIComponent(text),
      (text: string) => new URLSearchParams({ text }).toString(),
    ];
    fc.assert(
      fc.property(scene, fc.constantFrom(...forms), ([values, words], form) => {
        const secrets = new Secrets();
        secrets.collect(schema, { targets: values.map((password) => ({ password })) });
        const masked = secrets.mask(form(values.flatMap((each, index) => [words[index] ?? ' ', each]).join('')));
        for (const each of values) {
          expect(masked).not.toContain(each);
          expect(masked).not.toContain(form(each).replaceAll(/^text=|^"|"$/g, ''));
        }
      }),
      { numRuns: 500 },
    );
  });
});
