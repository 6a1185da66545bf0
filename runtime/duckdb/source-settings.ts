import type { DuckDBConnection } from '@duckdb/node-api';
import type { DuckDbSourceConfig, SecretConfig } from '../contract/source-config.ts';
import { messageWithoutValues } from './message-without-values.ts';
import { invalidSource } from './source-failure.ts';
import { identifier, literal } from './sql.ts';

type SecretValue = NonNullable<SecretConfig[string]>;

// Of DuckDB's own settings, those that change where and how fast it reads. Others would change what the program's own statements
// mean: a collation, for one, which rows are equal.
const openSettings: ReadonlySet<string> = new Set([
  'threads',
  'http_proxy',
  'http_proxy_username',
  'http_proxy_password',
  'enable_http_metadata_cache',
  'enable_external_file_cache',
  'parquet_metadata_cache',
  'custom_extension_repository',
  'autoinstall_extension_repository',
  'autoinstall_known_extensions',
  'autoload_known_extensions',
  'allow_community_extensions',
  'allow_persistent_secrets',
  'secret_directory',
]);

// The keys that say the same elsewhere.
const instead: Readonly<Record<string, string>> = {
  memory_limit: 'source.memory_limit',
  max_memory: 'source.memory_limit',
  extension_directory: 'source.extension_directory',
  temp_directory: 'the environment variable TMPDIR',
  timezone: 'a conversion in the query: the time zone is UTC',
};

/** The settings of a source: those that DuckDB has by itself, which say where extensions come from, and those of extensions. */
interface Settings {
  readonly own: readonly Setting[];
  readonly ofExtensions: readonly Setting[];
}

type Setting = readonly [name: string, value: string | number | boolean];

/** Sorts the settings that a source asks for; none of an extension may be loaded yet. Throws ConfigFailure for one that is not open. */
export async function settingsOf(
  connection: DuckDBConnection,
  { settings = {} }: DuckDbSourceConfig,
): Promise<Settings> {
  const all = Object.entries(settings);
  if (all.length === 0) return { own: [], ofExtensions: [] };
  const found = await connection.runAndReadAll('select lower(name) from duckdb_settings()');
  const names = new Set(found.getRows().map(([name]) => String(name)));
  const isOwn = ([name]: Setting): boolean => names.has(name.toLowerCase());
  for (const [name] of all) requireOpen(name, names);
  return { own: all.filter(isOwn), ofExtensions: all.filter((one) => !isOwn(one)) };
}

function requireOpen(name: string, own: ReadonlySet<string>): void {
  const path = `source.settings.${name}`;
  const known = name.toLowerCase();
  if (known in instead) throw invalidSource(`${path}: cannot be set here; use ${instead[known]}`);
  if (!own.has(known) || openSettings.has(known)) return;
  throw invalidSource(
    `${path}: cannot be set: it may change how rows are compared and remembered. Settings of extensions can be, and ${[...openSettings].join(', ')}`,
  );
}

/** Sets each of these for the whole work database. Throws ConfigFailure. */
export async function applySettings(connection: DuckDBConnection, settings: readonly Setting[]): Promise<void> {
  for (const [name, value] of settings) {
    await run(connection, `set global ${identifier(name)} = ${valueSql(value)}`, `source.settings.${name}`);
  }
}

/** Makes the secrets of a source, for as long as the work database is open. Throws ConfigFailure. */
export async function createSecrets(connection: DuckDBConnection, { secrets = [] }: DuckDbSourceConfig): Promise<void> {
  for (const [i, secret] of secrets.entries()) await run(connection, secretSql(secret), `source.secrets[${i}]`);
}

/** The statement that makes a secret, for as long as the work database is open. */
export function secretSql({ name, type, provider, scope, ...parameters }: SecretConfig): string {
  const given = [
    `type ${identifier(type)}`,
    ...(provider === undefined ? [] : [`provider ${identifier(provider)}`]),
    ...(scope === undefined ? [] : [`scope ${valueSql(scope)}`]),
    ...Object.entries(parameters).flatMap(([key, value]) =>
      value === undefined ? [] : [`${identifier(key)} ${valueSql(value)}`],
    ),
  ];
  return `create temporary secret ${name === undefined ? '' : identifier(name)} (${given.join(', ')})`;
}

/** A value of a configuration as SQL. */
export function valueSql(value: SecretValue): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return literal(String(value));
  if (isList(value)) return `[${value.map(valueSql).join(', ')}]`;
  return `map {${Object.entries(value)
    .map(([key, each]) => `${literal(key)}: ${valueSql(each)}`)
    .join(', ')}}`;
}

const isList = (value: SecretValue): value is readonly (string | number)[] => Array.isArray(value);

async function run(connection: DuckDBConnection, sql: string, path: string): Promise<void> {
  try {
    await connection.run(sql);
  } catch (error) {
    throw invalidSource(`${path}: ${messageWithoutValues(error)}`);
  }
}
