import { createHash, randomBytes } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { credentialsIn, withoutCredentials } from '../config/credentials.ts';
import { messageOf } from '../contract/failure.ts';
import type { AttachConfig, DuckDbSourceConfig, SecretConfig } from '../contract/source-config.ts';
import { explain, requireFile } from './attach.ts';
import { loadExtensions } from './extensions.ts';
import { remoteReason } from './remote-message.ts';
import { invalidSource, unreadableSource } from './source-failure.ts';
import { applySettings, createSecrets, settingsOf, valueSql } from './source-settings.ts';
import { identifier, literal } from './sql.ts';
import type { WorkDatabase } from './work-database.ts';

/** A database that is attached beside the file of a source. */
export interface Attached {
  readonly alias: string;
  /** As DuckDB names it: `postgres`, `sqlite`, `duckdb`. */
  readonly type: string;
  readonly place: DatabasePlace;
  /** What a server that can end statements of another connection knows our connections by. */
  readonly applicationName?: string;
}

/** Which database it is: equal as long as it is the same one, whatever its alias and its user; without anything secret. */
interface DatabasePlace {
  readonly type: string;
  /** A file, or another place that may be named; absent where a fingerprint says it. */
  readonly address: string | undefined;
  readonly fingerprint: string;
}

/** Has a work database know what a source names beside its file: extensions, settings, secrets, databases. Throws a Failure. */
export async function attachAll(work: WorkDatabase, config: DuckDbSourceConfig): Promise<readonly Attached[]> {
  const connection = await work.connect();
  try {
    const settings = await settingsOf(connection, config);
    await applySettings(connection, settings.own);
    await loadExtensions(connection, config);
    await applySettings(connection, settings.ofExtensions);
    await createSecrets(connection, config);
    const attached: Attached[] = [];
    for (const [i, one] of (config.attach ?? []).entries()) {
      attached.push(await attach(connection, one, { path: `source.attach[${i}]`, config }));
    }
    return attached;
  } finally {
    work.release(connection);
  }
}

interface Where {
  readonly path: string;
  readonly config: DuckDbSourceConfig;
}

async function attach(connection: DuckDBConnection, one: AttachConfig, { path, config }: Where): Promise<Attached> {
  requireNoCredentials(one, path);
  const secret = secretOf(one, config, path);
  if (isFile(one)) await requireFile(one.path, `${path}.path`, 'a database file');
  const before = await databases(connection);
  const applicationName = await run(connection, one, path);
  const after = await databases(connection);
  const alias = one.alias ?? [...after.keys()].find((name) => !before.has(name)) ?? '';
  const type = after.get(alias) ?? one.type ?? 'duckdb';
  const place = placeOfDatabase(one, secret, type);
  return { alias, type, place, ...(applicationName !== undefined && { applicationName }) };
}

const isPostgres = ({ type, path }: AttachConfig): boolean => /^postgres/i.test(type ?? path);

/** A file that must be there: others may be addresses, or names that an extension knows. */
const isFile = ({ type, path }: AttachConfig): boolean =>
  /^(duckdb|sqlite3?)$/i.test(type ?? 'duckdb') && path !== '' && !/^[a-z][a-z0-9+]+:/i.test(path);

// DuckDB repeats a path in each of its errors.
function requireNoCredentials(one: AttachConfig, path: string): void {
  if (credentialsIn(one.path).length === 0) return;
  throw invalidSource(
    `${path}.path: holds a password or a token, which messages of DuckDB would repeat. Give it in source.secrets, and the name of that secret as ${path}.secret`,
  );
}

function secretOf(
  { secret }: AttachConfig,
  { secrets = [] }: DuckDbSourceConfig,
  path: string,
): SecretConfig | undefined {
  if (secret === undefined) return undefined;
  const found = secrets.find(({ name }) => name?.toLowerCase() === secret.toLowerCase());
  if (found !== undefined) return found;
  const names = secrets.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const known = names.length === 0 ? 'source.secrets has none with a name' : `source.secrets has ${names.join(', ')}`;
  throw invalidSource(`${path}.secret: there is no secret ${secret}; ${known}`);
}

async function databases(connection: DuckDBConnection): Promise<ReadonlyMap<string, string>> {
  const found = await connection.runAndReadAll(
    'select database_name, "type" from duckdb_databases() where not internal',
  );
  return new Map(found.getRows().map(([name, type]) => [String(name), String(type)]));
}

/** Attaches, and returns the name that the server knows our connections by, where it does. */
async function run(connection: DuckDBConnection, one: AttachConfig, path: string): Promise<string | undefined> {
  const isPatient = isPostgres(one) && !/^[a-z]+:\/\//i.test(one.path);
  const name = isPatient ? `rows-${randomBytes(6).toString('hex')}` : undefined;
  try {
    if (name === undefined) await connection.run(attachSql(one, one.path));
    else await connection.run(attachSql(one, patient(one.path, name)));
    return name;
  } catch (error) {
    // Poolers such as PgBouncer know none of these options.
    if (name === undefined || !/unsupported startup parameter/i.test(messageOf(error)))
      throw asFailure(one, error, path);
  }
  try {
    await connection.run(attachSql(one, one.path));
    return undefined;
  } catch (error) {
    throw asFailure(one, error, path);
  }
}

// A table may be locked for long, and DuckDB does not end a statement that waits on the server.
const lockTimeoutMs = 30_000;
const connectTimeoutSeconds = 10;

/** Options of libpq that keep a connection from waiting for ever; those that a person gives come last, and count. */
function patient(path: string, applicationName: string): string {
  const options = /(^|\s)options\s*=/.test(path) ? '' : `options='-c lock_timeout=${lockTimeoutMs}' `;
  return `connect_timeout=${connectTimeoutSeconds} application_name=${applicationName} ${options}${path}`.trim();
}

function attachSql({ type, alias, secret, options = {} }: AttachConfig, path: string): string {
  const given = [
    'read_only',
    ...(type === undefined ? [] : [`type ${identifier(type)}`]),
    ...(secret === undefined ? [] : [`secret ${identifier(secret)}`]),
    ...Object.entries(options).map(([key, value]) => `${identifier(key)} ${valueSql(value)}`),
  ];
  return `attach ${literal(path)} ${alias === undefined ? '' : `as ${identifier(alias)} `}(${given.join(', ')})`;
}

// What may be otherwise the next time, with the same configuration.
const passing =
  /could not translate host name|connection refused|network is unreachable|no route to host|timeout|timed out|server closed the connection|starting up|shutting down|recovery mode|too many (clients|connections)|connection slots|can't connect to server|could not (establish|resolve)|http (5\d\d|429)/i;

function asFailure(one: AttachConfig, error: unknown, path: string): Error {
  const message = messageOf(error).trim();
  if (isFile(one)) return invalidSource(`${path}.path: ${explain(one.path, message)}`);
  const name = one.alias ?? (one.path || one.type || 'the database');
  // Without the path, whose options speak of timeouts.
  const reason = remoteReason(message);
  const text = `${path}: ${withoutCredentials(name)} cannot be attached: ${reason}`;
  return passing.test(reason) ? unreadableSource(text) : invalidSource(text);
}

// What tells databases of one kind apart. Who reads them, and how patiently, does not.
const placeKeys: Readonly<Record<string, readonly string[]>> = {
  host: ['host', 'hostaddr', 'endpoint', 'account', 'service'],
  port: ['port'],
  database: ['database', 'dbname', 'db'],
};

/** A file by its path. A server by a fingerprint: where it is stands in a secret, and no value of that is to be kept anywhere. */
function placeOfDatabase(
  { path, options = {} }: AttachConfig,
  secret: SecretConfig | undefined,
  type: string,
): DatabasePlace {
  const given = { ...secret, ...options, ...parametersOf(path) } as Readonly<Record<string, unknown>>;
  const byName = new Map(Object.entries(given).map(([key, value]) => [key.toLowerCase(), String(value)]));
  const facts = Object.entries(placeKeys).map(([fact, keys]) => [fact, keys.flatMap((key) => byName.get(key) ?? [])]);
  const isServer = path === '' || /[=@]|^(postgres(ql)?|mysql):/.test(path) || byName.has('endpoint');
  const rest = /=/.test(path) ? '' : withoutCredentials(path);
  const digest = createHash('sha256')
    .update(JSON.stringify([type, facts, rest]))
    .digest('hex');
  return { type, address: isServer ? undefined : path, fingerprint: digest.slice(0, 16) };
}

/** The parameters of a connection string: `host=db port=5432`. */
const parametersOf = (path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...path.matchAll(/(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)/g)].map(([, key, value]) => [key!, value!]),
  );
