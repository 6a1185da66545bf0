import type { DuckDBConnection } from '@duckdb/node-api';
import type { AttachConfig, DuckDbSourceConfig, SecretConfig } from '../contract/source-config.ts';
import { messageWithoutValues } from './message-without-values.ts';
import { invalidSource } from './source-failure.ts';
import { identifier, literal } from './sql.ts';

interface Wanted {
  readonly name: string;
  readonly repo?: string | undefined;
  /** Where it is asked for. */
  readonly path: string;
}

// The name of a file is the entry point of the library in it, so that `postgres` cannot be its own file.
const fileNames: Readonly<Record<string, string>> = {
  postgres: 'postgres_scanner',
  postgresql: 'postgres_scanner',
  mysql: 'mysql_scanner',
  sqlite: 'sqlite_scanner',
  sqlite3: 'sqlite_scanner',
  s3: 'httpfs',
  gcs: 'httpfs',
  r2: 'httpfs',
  http: 'httpfs',
  huggingface: 'httpfs',
};

// In DuckDB itself.
const builtIn: ReadonlySet<string> = new Set(['duckdb', 'parquet', 'json', 'core_functions', 'icu']);

/** The name by which DuckDB looks for the file of an extension. */
const extensionFile = (name: string): string => fileNames[name.toLowerCase()] ?? name.toLowerCase();

/** Loads the extensions that a source asks for, and those that its secrets and databases need. Throws ConfigFailure. */
export async function loadExtensions(connection: DuckDBConnection, config: DuckDbSourceConfig): Promise<void> {
  for (const wanted of wantedBy(config)) await loadExtension(connection, wanted);
}

function wantedBy({ extensions = [], secrets = [], attach = [] }: DuckDbSourceConfig): readonly Wanted[] {
  const all = [
    ...extensions.map((one, i) => ({ ...asKeys(one), path: `source.extensions[${i}]` })),
    ...secrets.flatMap((one, i) => neededBySecret(one).map((name) => ({ name, path: `source.secrets[${i}]` }))),
    ...attach.flatMap((one, i) => neededByDatabase(one).map((name) => ({ name, path: `source.attach[${i}]` }))),
  ].map((one) => ({ ...one, name: extensionFile(one.name) }));
  const names = new Set<string>();
  return all.filter(({ name }) => !builtIn.has(name) && !names.has(name) && names.add(name));
}

const asKeys = (extension: NonNullable<DuckDbSourceConfig['extensions']>[number]) =>
  typeof extension === 'string' ? { name: extension } : extension;

/** The extensions that a secret needs. */
export const neededBySecret = ({ type, provider }: SecretConfig): readonly string[] =>
  provider === 'credential_chain' && /^(s3|gcs|r2|aws)$/i.test(type) ? [type, 'aws'] : [type];

function neededByDatabase({ type, path }: AttachConfig): readonly string[] {
  const catalogue = /^ducklake:(postgres|mysql|sqlite):/i.exec(path)?.[1];
  const prefix = /^(md|ducklake|postgres|mysql|sqlite|quack):/i.exec(path)?.[1]?.toLowerCase();
  const own = type ?? (prefix === 'md' ? 'motherduck' : prefix);
  return [...neededByPath(path), ...(own === undefined ? [] : [own]), ...(catalogue === undefined ? [] : [catalogue])];
}

/** The extensions that an address of files needs. */
export const neededByPath = (path: string): readonly string[] =>
  /^(s3|s3a|s3n|gs|gcs|r2|https?|hf):/i.test(path) ? ['httpfs'] : /^(azure|az|abfss?):/i.test(path) ? ['azure'] : [];

/** Loads one: what is there is taken, and only what is not is looked for in DuckDB's repository. Throws ConfigFailure. */
export async function loadExtension(connection: DuckDBConnection, wanted: Wanted): Promise<void> {
  const { repo, path } = wanted;
  const name = extensionFile(wanted.name);
  if (builtIn.has(name)) return;
  const sql = `load ${identifier(name)}`;
  try {
    await connection.run(sql);
    return;
  } catch (error) {
    if (!/not found|install it first|failed to install/i.test(String(error)))
      throw invalidSource(`${path}: ${broken(name, error)}`);
  }
  try {
    await connection.run(`install ${identifier(name)}${repo === undefined ? '' : ` from ${repository(repo)}`}`);
    await connection.run(sql);
  } catch (error) {
    throw invalidSource(`${path}: ${await missing(connection, { name, path }, error)}`);
  }
}

const repository = (repo: string): string => (/^\w+$/.test(repo) ? identifier(repo) : literal(repo));

const broken = (name: string, error: unknown): string =>
  `the extension ${name} cannot be loaded: ${messageWithoutValues(error)}`;

async function missing(connection: DuckDBConnection, { name, path }: Wanted, error: unknown): Promise<string> {
  const found = await connection.runAndReadAll(
    `select library_version, (select platform from pragma_platform()), current_setting('extension_directory') from pragma_version()`,
  );
  const [version, platform, directory] = (found.getRows()[0] ?? []).map(String);
  const folder = directory || '~/.duckdb/extensions';
  const why = messageWithoutValues(error).split('\n', 1)[0];
  return (
    `the extension ${name} is not installed, and could not be downloaded (${why}). Put the file ` +
    `${name}.duckdb_extension of DuckDB ${version} for ${platform} into ${folder}/${version}/${platform}/; ` +
    `${path.split('.', 1)[0]}.extension_directory names another folder than the one before that. The image 'full' has the usual ones.`
  );
}
