import { readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';
import { decoded } from '../../config/credentials.ts';
import { ConfigFailure, messageOf } from '../../contract/failure.ts';
import { type ServerAddress, type StateAt, stateFile } from '../../contract/state-config.ts';

/** How a server is reached: what libpq calls its parameters. */
interface Parameters {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Others, such as `sslmode`, by name. */
  readonly more: Readonly<Record<string, string>>;
}

/** The parameters of a server, whichever way they are given. */
export function parametersOf({ url, host, port, database, user, password, sslmode }: ServerAddress): Parameters {
  if (url === undefined) {
    const more = sslmode === undefined ? {} : { sslmode };
    return {
      host: host ?? 'localhost',
      port: port ?? 5432,
      database: database ?? user ?? 'postgres',
      user,
      password,
      more,
    };
  }
  const { hostname, port: given, pathname, username, password: secret, searchParams } = new URL(url);
  // As libpq does, all of them may stand behind the question mark.
  const { host: other, user: named, password: behind, ...more } = Object.fromEntries(searchParams);
  const name = decoded(username) || named;
  return {
    host: other ?? (decoded(hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost'),
    port: given === '' ? 5432 : Number(given),
    database: decoded(pathname.slice(1)) || name || 'postgres',
    user: name || undefined,
    password: decoded(secret) || behind || undefined,
    more,
  };
}

/** A state store as messages name it: without its user and its password. */
export function serverName(at: ServerAddress): string {
  const { host, port, database } = parametersOf(at);
  return `postgres://${host}:${port}/${database}, schema ${at.schema}`;
}

/** Any state store, as messages begin that are about it. */
export const storeText = (at: StateAt): string =>
  stateFile(at) === undefined ? `state: ${storeName(at)}` : `state.path: ${storeName(at)}`;

/** Any state store, as messages name it. */
export const storeName = (at: StateAt): string => (typeof at === 'string' ? at : (stateFile(at) ?? serverName(at)));

/** What the PostgreSQL client takes. Without `sslmode` it asks for TLS first, as libpq does: see `openClient`. */
export function clientConfig(at: ServerAddress, line: 'tls' | 'plain'): ClientConfig {
  const { host, port, database, user, password, more } = parametersOf(at);
  return {
    host,
    port,
    database,
    user,
    password,
    ssl: line === 'tls' && tlsOf(more),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: 'state-store',
  };
}

/** As libpq has it (postgresql.org/docs/15/libpq-ssl.html): only `verify-ca` and `verify-full` look at the certificate. */
const tlsOf = ({ sslmode = 'prefer', sslrootcert }: Readonly<Record<string, string>>) => ({
  rejectUnauthorized: /^verify-/.test(sslmode),
  ...(sslmode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  ...(sslrootcert !== undefined && { ca: certificateIn(sslrootcert) }),
});

function certificateIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigFailure(`state.url: sslrootcert cannot be read: ${messageOf(error)}.`, { code: 'invalid_state' });
  }
}
