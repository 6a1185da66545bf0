import { basename, extname } from 'node:path';
import { interpolate } from '../config/config-file.ts';
import { secretsOfSource } from '../config/source-secrets.ts';
import type { Environment } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { AttachConfig, DuckDbSourceConfig, SecretConfig, SourceConfig } from '../contract/source-config.ts';

/** Where variables have their values, and who is told which of these must not be shown. */
export interface Variables {
  readonly environment: Environment;
  readonly hide: (secret: string) => void;
}

/** A source as a run would have it: with the values of its variables. Throws ConfigFailure where one is not set. */
export function withValues(source: SourceConfig, { environment, hide }: Variables): SourceConfig {
  const read = interpolate({ source }, environment, hide)['source'] as SourceConfig;
  for (const secret of secretsOfSource(read)) hide(secret);
  return read;
}

/** The same for a source that an address names: all but the password stands on the command line, and in names of tables too. */
export function withPassword(source: DuckDbSourceConfig, { environment, hide }: Variables): SourceConfig {
  const read = interpolate({ source }, environment)['source'] as DuckDbSourceConfig;
  for (const { password } of read.secrets ?? []) if (password !== undefined) hide(String(password));
  return read;
}

interface Server {
  readonly type: 'postgres' | 'mysql';
  readonly port: number;
  /** The variable that its own programs take the password from. */
  readonly variable: string;
}

const postgres: Server = { type: 'postgres', port: 5432, variable: 'PGPASSWORD' };
const servers: ReadonlyMap<string, Server> = new Map([
  ['postgres', postgres],
  ['postgresql', postgres],
  ['mysql', { type: 'mysql', port: 3306, variable: 'MYSQL_PWD' }],
]);

/**
 * The source that attaches what an address names, as a file has it: `postgres://USER@HOST:PORT/DATABASE`, `mysql://…`,
 * `ducklake:…`. Undefined for whatever is none. Throws ConfigFailure where it holds a password, which belongs into a variable.
 */
export function attachedSource(address: string, environment: Environment): DuckDbSourceConfig | undefined {
  const [, scheme = ''] = /^([a-z]+):/i.exec(address) ?? [];
  if (scheme.toLowerCase() === 'ducklake') {
    return { type: 'duckdb', attach: [{ path: plain(address), alias: 'lake' }] };
  }
  const server = servers.get(scheme.toLowerCase());
  return server === undefined ? undefined : serverSource(address, server, environment);
}

/** The source that attaches a SQLite file, as a file has it. */
export const sqliteSource = (path: string): DuckDbSourceConfig => ({
  type: 'duckdb',
  attach: [{ path: plain(path), type: 'sqlite', alias: plain(basename(path, extname(path))) }],
});

function serverSource(address: string, { type, port, variable }: Server, environment: Environment): DuckDbSourceConfig {
  const url = urlOf(address);
  if (url === undefined) {
    throw new ConfigFailure(`--source: expected ${type}://HOST:PORT/DATABASE, with USER@ before the host.`, {
      code: 'invalid_source',
    });
  }
  if (url.password !== '' || url.searchParams.has('password')) {
    throw new ConfigFailure(
      `--source: holds a password, which others can see on a command line. Put it into the environment variable ${variable}, and leave it out here.`,
      { code: 'invalid_source' },
    );
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  const secret: SecretConfig = {
    name: 'warehouse',
    type,
    host: plain(decodeURIComponent(url.hostname)),
    port: url.port === '' ? port : Number(url.port),
    ...(database !== '' && { database: plain(database) }),
    ...(url.username !== '' && { user: plain(decodeURIComponent(url.username)) }),
    ...((environment[variable] ?? '') !== '' && { password: `\${${variable}}` }),
  };
  const path = [...url.searchParams].map(([key, value]) => `${key}=${libpqValue(value)}`).join(' ');
  const attach: AttachConfig = { path: plain(path), type, alias: 'wh', secret: 'warehouse' };
  return { type: 'duckdb', secrets: [secret], attach: [attach] };
}

/** The address in parts, whatever its scheme; undefined for what is none. */
function urlOf(address: string): URL | undefined {
  try {
    const url = new URL(address);
    return url.hostname === '' ? undefined : url;
  } catch {
    return undefined;
  }
}

const libpqValue = (value: string): string =>
  /^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll(/[\\']/g, (found) => `\\${found}`)}'`;

// `${` begins a variable in a file.
const plain = (text: string): string => text.replaceAll('${', (found) => `$${found}`);
