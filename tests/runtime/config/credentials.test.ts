import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../../runtime/config/config-file.ts';
import { withoutCredentials } from '../../../runtime/config/credentials.ts';
import { Secrets } from '../../../runtime/config/secrets.ts';

/** The secrets that a configuration tells of, with these environment variables. */
function secretsOf(keys: Record<string, unknown>, environment: Record<string, string> = {}): Secrets {
  const secrets = new Secrets();
  interpolate(keys, environment, (secret) => secrets.add(secret));
  return secrets;
}

const variable = (name: string) => `\${${name}}`;
const inQuery = (query: string) => ({ streams: [{ query }] });

describe('what came from the environment into a source or a query', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a query', inQuery(`from postgres_scan('host=db ${variable('SECRET')}', 'public', 't')`)],
    ['a database', { source: { database: `/data/${variable('SECRET')}/x.duckdb` } }],
    ['the path of an Arrow source', { source: { type: 'arrow', path: variable('SECRET') } }],
  ])('is masked wherever it stands, of %s', (_, keys) => {
    const secrets = secretsOf(keys, { SECRET: `s3cr'et "canary"` });
    for (const text of [
      `a s3cr'et "canary" b`,
      `s3cr''et "canary"`,
      encodeURIComponent(`s3cr'et "canary"`),
      String.raw`s3cr\'et "canary"`,
    ])
      expect(secrets.mask(`could not connect: ${text}`)).not.toMatch(/s3cr|canary/);
    expect(secrets.masked({ a: [{ b: `s3cr'et "canary"` }] })).toEqual({ a: [{ b: '****' }] });
  });

  it.each([
    'a',
    '1',
    'true',
    '2024',
    '2026-11-28',
    '20261128',
    '2026-11-28T10:00:00Z',
    'succeeded',
    'contacts',
    'prod',
  ])('is shown where it is %j, which messages are made of', (value) => {
    const text = `at 2026-11-28T10:00:00Z: contacts succeeded, a row of 2024, prod is true: ${value}`;
    expect(secretsOf(inQuery(`select '${variable('V')}'`), { V: value }).mask(text)).toBe(text);
  });

  it('is not masked where it came into another key', () => {
    const text = 'rejects are in /var/rejects';
    expect(secretsOf({ rejects: { path: variable('DIR') } }, { DIR: '/var/rejects' }).mask(text)).toBe(text);
  });
});

describe('a credential in a source or a query', () => {
  it.each([
    [`from postgres_scan('host=h password=hunter22 dbname=d', 'public', 't')`, 'hunter22'],
    [`from postgres_scan('host=h password=''hunter 22'' dbname=d', 'public', 't')`, 'hunter 22'],
    [`from postgres_query('postgresql://u:hunter%4022@h/d', 'select 1')`, 'hunter@22'],
    [`from postgres_query('postgresql://u:hunt/er@22@h/d', 'select 1')`, 'hunt/er@22'],
    [`from read_csv('https://ghp_hunter22@h/x.csv')`, 'ghp_hunter22'],
    [`from read_csv('https://h/x.csv?access_token=hunter22&b=1')`, 'hunter22'],
    [`from f(client_secret := 'hunter22')`, 'hunter22'],
    [`from f(token => 'hunter22')`, 'hunter22'],
    [`from f('Server=h;Uid=u;Pwd=hunter22;')`, 'hunter22'],
    [`from f('password=hunter,22')`, 'hunter,22'],
  ])('is masked alone: %s', (query, secret) => {
    const secrets = secretsOf(inQuery(query));
    expect(secrets.mask(`the server says ${secret} is wrong`)).toBe('the server says **** is wrong');
    expect(secrets.mask(query)).not.toContain(secret);
  });

  it('is hidden in its place, whatever its length and wherever it came from', () => {
    expect(withoutCredentials('host=h password=a user=b')).toBe('host=h password=**** user=b');
    expect(withoutCredentials('//u:p@h/x //ok.example/@user //h:5432/a@b')).toBe(
      '//****@h/x //ok.example/@user //h:5432/a@b',
    );
    expect(withoutCredentials('password%3Dhunter22%20')).not.toContain('hunter22');
    expect(withoutCredentials('max token count: 3')).toBe('max token count: 3');
  });

  it('is found in time, however a text is made to keep a pattern busy', () => {
    for (const part of ['token', '//x:', "password='", 'password=', '//', "''"])
      withoutCredentials(part.repeat(20_000));
    expect(withoutCredentials(`${'token'.repeat(20_000)} pwd=x`)).toMatch(/ pwd=\*{4}$/);
  });

  it('survives in no output, whatever the secret and its place', () => {
    const canary = fc
      .string({ minLength: 6, maxLength: 20, unit: fc.constantFrom(...`abcXYZ0123 _-./:@#?&=%+!"'\\,;()é`) })
      .map((text) => `k9${text.trim()}z7`);
    const places = fc.constantFrom(
      (name: string) => `from postgres_scan('host=h password=${name} x=1', 'public', 't')`,
      (name: string) => `from read_csv('https://u:${name}@h/x.csv')`,
      (name: string) => `select * from t where a = '${name}'`,
    );
    const forms = fc.constantFrom(
      (text: string) => text,
      (text: string) => JSON.stringify({ message: text }),
      (text: string) => JSON.stringify(JSON.stringify(text)),
      (text: string) => encodeURIComponent(text),
      (text: string) => text.replaceAll("'", "''"),
      (text: string) => `password=${text} `,
      (text: string) => new URLSearchParams({ text }).toString(),
    );
    fc.assert(
      fc.property(canary, places, forms, (secret, place, form) => {
        const masked = secretsOf(inQuery(place(variable('S'))), { S: secret }).mask(`an error: ${form(secret)}.`);
        expect(masked).not.toContain(secret);
        expect(masked).not.toMatch(/k9.*z7/);
      }),
      { numRuns: 300 },
    );
  });
});
