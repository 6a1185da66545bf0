import { MASK } from './mask.ts';

// Behind these keys stands a secret, in connection strings, URLs and named parameters: `password=`, `sslpassword =`, `token :=`.
// Every repetition has a bound: a text may be a value of a row, made to keep a pattern busy.
const key =
  '[\\w-]{0,60}(?:password|passwd|passphrase|pwd|token|secret|(?:api|access|account|encryption)_?key|signature|credential)[\\w-]{0,60}';

// A separator may be percent-encoded. A value is in quotes, which may be escaped or doubled inside, or ends at a blank.
const separator = '\\s{0,9}(?:=>|:=|=|%3[Dd])\\s{0,9}';
const quoted = `''(?:[^'\\\\]|\\\\.){1,500}''|'(?:[^'\\\\]|\\\\.|''){0,500}'|\\\\?"(?:[^"\\\\]|\\\\[^"]|""){0,500}\\\\?"`;
const named = (value: string) => new RegExp(`(?<![\\w-])(${key}${separator})(${quoted}|${value})`, 'gi');
const cautious = named(`[^\\s'"&;,)}\\]]+`);
// In a connection string of libpq a value without quotes ends at a blank alone.
const generous = named(`[^\\s'"]+`);

// The user part of a URL; a password in it may hold slashes and `@`, though it should not: then the last `@` ends it.
const user = (more: string) =>
  new RegExp(
    `(//)([^\\s/?#'"@:]{0,200}:(?!\\d{1,5}[/?#])[^\\s'"]{0,200}${more}[^\\s'"@]|[^\\s/?#'"@:]{1,200})@(?=[\\w.[-])`,
    'g',
  );
const longUser = user('');
const shortUser = user('?');

/** `text` without what stands behind `password=` and its like, and without the user part of URLs. */
export const withoutCredentials = (text: string): string =>
  text.replace(cautious, `$1${MASK}`).replace(longUser, `$1${MASK}@`);

/** What stands behind `password=` and its like in a text, and the passwords and tokens in the user parts of its URLs. */
export function credentialsIn(text: string): readonly string[] {
  const found = [text, ...literalsIn(text)].flatMap((part) => [
    ...[cautious, generous].flatMap((each) => [...part.matchAll(each)].map((match) => unquoted(match[2] ?? ''))),
    ...[longUser, shortUser].flatMap((each) =>
      [...part.matchAll(each)].map((match) => (match[2] ?? '').replace(/^[^:]*:/, '')),
    ),
  ]);
  return [...new Set(found.flatMap((each) => [each, decoded(each)]))];
}

/** The texts of a statement as they are meant, without the quotes that SQL doubles. */
const literalsIn = (sql: string): readonly string[] =>
  [...sql.matchAll(/'((?:[^']|'')*)'/g)].map((match) => (match[1] ?? '').replaceAll("''", "'"));

const unquoted = (text: string): string => {
  const [, inner] = /^(?:''|'|\\?")([\s\S]*?)(?:''|'|\\?")$/.exec(text) ?? [];
  return inner === undefined ? text : inner.replaceAll(/\\(.)/g, '$1');
};

/** A part of a URL as it is meant; as it is, where it cannot be read. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Shorter values occur in ordinary words and numbers; of what stands behind `password=` it is known that it is a secret.
const SHORTEST = { variable: 6, credential: 4 } as const;

const words = new Set(
  (
    'succeeded deferred rejected failed cancelled created updated skipped unchanged superseded removed upsert update ' +
    'insert mirror append contacts accounts contact account duckdb postgres postgresql mysql sqlite localhost true ' +
    'public analytics warehouse production staging development testing customer customers company companies stream ' +
    'streams source sources destination information warning record records value values status default normal verbose ' +
    'quiet memory false null none undefined main test text json info error rows name'
  ).split(' '),
);

/**
 * Whether a value is masked wherever it stands: what came from an environment variable from six characters on, a credential from
 * four. Words that messages are made of and dates are not: behind `password=` they are hidden all the same, but only there.
 */
export const mayBeSecret = (value: string, from: keyof typeof SHORTEST): boolean => {
  const text = value.trim();
  const isDate = /^(19|20)\d\d-?\d\d-?\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/.test(text);
  return text.length >= SHORTEST[from] && !words.has(text.toLowerCase()) && !isDate;
};
