import { decoded, mayBeSecret } from './credentials.ts';

// What names a secret, or says what it is for; DuckDB's messages are made of these.
const plainKeys: ReadonlySet<string> = new Set(['name', 'type', 'provider', 'scope', 'storage', 'persistent']);

// Behind these keys stands what opens a door, however short it is.
const credentialKey = /pass|pwd|secret|token|key|signature|credential|connection_string|dsn|uri|cert|assertion/i;

/**
 * The values of a `source`, as a person wrote it, that must not be shown: those of its secrets, but for what names them, and
 * whatever else is called like a password. A short value or an everyday word, a host `db` for one, is not a secret unless
 * its key says that it is; masked everywhere, it would leave no message readable.
 */
export function secretsOfSource(source: unknown): readonly string[] {
  if (!isKeys(source)) return [];
  const { secrets, attach, settings, ...rest } = source;
  return [
    ...listOf(secrets).flatMap((secret) =>
      entriesOf(secret).flatMap(([key, value]) => (plainKeys.has(key.toLowerCase()) ? [] : secretIn(key, value))),
    ),
    ...listOf(attach).flatMap((one) => entriesOf(one['options']).flatMap(([key, value]) => ifCredential(key, value))),
    ...entriesOf(settings).flatMap(([key, value]) => ifCredential(key, value)),
    ...entriesOf(rest).flatMap(([key, value]) => ifCredential(key, value)),
  ];
}

type Keys = Readonly<Record<string, unknown>>;

const isKeys = (value: unknown): value is Keys => typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly Keys[] => (Array.isArray(value) ? value.filter(isKeys) : []);

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  isKeys(value) ? Object.entries(value) : [];

const ifCredential = (key: string, value: unknown): readonly string[] =>
  credentialKey.test(key) ? secretIn(key, value) : [];

function secretIn(key: string, value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([inner, each]) => secretIn(Array.isArray(value) ? key : inner, each));
  }
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  const text = String(value);
  if (text.trim() === '') return [];
  const isHidden = typeof value === 'string' && mayBeSecret(text, 'credential') && !isLoopback(text);
  return credentialKey.test(key) || isHidden ? [text] : [];
}

/** Every machine has this address, and the program's own messages name it. */
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);

/** The values of a configuration that must not be shown, beside those that its schema marks: of its source and of its state store. */
export const secretsIn = ({ source, state }: Keys): readonly string[] => [
  ...secretsOfSource(source),
  ...secretsOfState(state),
];

/** The values of its secrets, and the password of an address; the address itself is marked by the schema. */
function secretsOfState(state: unknown): readonly string[] {
  if (!isKeys(state)) return [];
  const { url, secrets } = state;
  const [, password] = /^\w+:\/\/[^/?#:@]*:([^/?#]*)@/.exec(typeof url === 'string' ? url : '') ?? [];
  return [...secretsOfSource({ secrets }), ...(password === undefined ? [] : [password, decoded(password)])];
}
