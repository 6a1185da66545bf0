import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import { systemClock } from '../../runtime/contract/clock.ts';
import type { ServerState } from '../../runtime/contract/state-config.ts';
import type { RunSummary } from '../../runtime/facts/report.ts';
import { sync } from '../../runtime/run/sync.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';

const variable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: npm run test:warehouses`);
  return value;
};

/** The PostgreSQL of these tests. */
export const server = new URL(variable('WAREHOUSE_POSTGRES'));
/** The S3 server, which takes any key; undefined where there is none, and what reads it is left out. */
export const s3 = variable('WAREHOUSE_S3') === '' ? undefined : new URL(variable('WAREHOUSE_S3'));
/** The emulator of Snowflake, and that of BigQuery with its two addresses; undefined where there is none. */
export const snowflake = process.env['WAREHOUSE_SNOWFLAKE'] || undefined;
export const bigQuery = process.env['WAREHOUSE_BIGQUERY'] || undefined;
const cache = join(import.meta.dirname, '../../node_modules/.cache');
/** The Pythons that the scripts of these emulators have made, with the clients of the warehouses. */
export const environments = {
  snowflake: join(cache, 'snowflake-emulator/bin/python'),
  bigQuery: join(cache, 'bigquery-emulator/bin/python'),
};
export const extensions = variable('WAREHOUSE_EXTENSIONS');
export const python = variable('WAREHOUSE_PYTHON');

/** The password of the role that reads. No message may show it. */
export const CANARY = 'canary-of-the-reader';

const psqlArguments = (sql: string, { hostname, port } = server): readonly string[] => {
  return ['-q', '-At', '-v', 'ON_ERROR_STOP=1', '-h', hostname, '-p', port, '-U', 'postgres', '-c', sql];
};

/**
 * Runs statements as the superuser; what a SELECT finds, a row a line. Throws where they take long: the thread stands still meanwhile, so that
 * no timeout of a test would end it.
 */
export const psql = (sql: string, at = server): string =>
  execFileSync('psql', psqlArguments(sql, at), { encoding: 'utf8', timeout: 50_000 }).trim();

/** Asks until a SELECT finds another count than 0. Throws where what is waited with ends before. */
export async function counted(
  sql: string,
  meanwhile: Promise<unknown> = new Promise(() => {}),
  at = server,
): Promise<void> {
  const ask = promisify(execFile);
  let isOver = false;
  meanwhile.finally(() => {
    isOver = true;
  });
  while ((await ask('psql', [...psqlArguments(sql, at)])).stdout.trim() === '0') {
    if (isOver) throw new Error(`It was over before: ${JSON.stringify(await meanwhile)}`);
  }
}

/** Has statements run until they are done, or killed. */
export const psqlInBackground = (sql: string): ChildProcess => spawn('psql', psqlArguments(sql), { stdio: 'ignore' });

/** A session of the superuser, which goes on until it is told to end. */
export function psqlSession(): { readonly say: (sql: string) => void; readonly end: () => void } {
  const { hostname, port } = server;
  const args = ['-q', '-v', 'ON_ERROR_STOP=1', '-h', hostname, '-p', port, '-U', 'postgres'];
  const { stdin } = spawn('psql', args, { stdio: ['pipe', 'ignore', 'inherit'] });
  return { say: (sql) => void stdin.write(`${sql};\n`), end: () => stdin.end() };
}

/** The source that reads it as that role. */
export const postgres = (
  more: Readonly<Record<string, unknown>> = {},
  secret: Readonly<Record<string, unknown>> = {},
) => ({
  type: 'duckdb' as const,
  extension_directory: extensions,
  secrets: [
    {
      name: 'pg',
      type: 'postgres',
      host: server.hostname,
      port: Number(server.port),
      database: 'postgres',
      user: 'reader',
      password: CANARY,
      ...secret,
    },
  ],
  attach: [{ path: '', type: 'postgres', alias: 'wh', secret: 'pg' }],
  ...more,
});

export const MAPPING = [
  { to: 'email', from: 'email' },
  { to: 'first_name', from: 'first_name' },
  { to: 'organization_name', from: 'company' },
];

/** How a run ended. */
export interface Ended {
  readonly summary: RunSummary | undefined;
  readonly told: readonly string[];
  readonly error: string;
  readonly code: string | undefined;
}

/** Runs over one state store, from whatever source. */
export class WarehouseRuns {
  readonly folder: string;
  readonly #apollo: Pick<Emulator, 'url'>;

  constructor(emulator: Pick<Emulator, 'url'>) {
    this.#apollo = emulator;
    this.folder = mkdtempSync(join(tmpdir(), 'destination-apollo-warehouse-'));
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  async sync(source: object, stream: Readonly<Record<string, unknown>>, run = new AbortController()): Promise<Ended> {
    const told: string[] = [];
    const config = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: this.#apollo.url,
      source,
      streams: [{ name: 'people', object: 'contacts', primary_key: 'id', mapping: MAPPING, ...stream }],
      rate_limits: { plan: 'organization' },
      rejects: { path: join(this.folder, 'rejects.jsonl') },
      state: { type: 'duckdb', path: join(this.folder, 'state.duckdb') },
    };
    const notice = ({ type, message }: { type: string; message: string }) =>
      void (type === 'warning' && told.push(message));
    const dependencies = { clock: systemClock, environment: {}, version: '0.0.0', notice };
    try {
      const options = { only: [], run, source: { temporaryDirectory: this.folder } };
      for await (const event of sync(apollo, apollo.configure(config, 'sync', {}), options, dependencies)) {
        if (event.type !== 'finished') continue;
        const { cause } = event;
        return { summary: event.summary, told, error: String(cause ?? ''), code: (cause as { code?: string })?.code };
      }
      throw new Error('The run ended without a summary.');
    } catch (error) {
      return { summary: undefined, told, error: String(error), code: (error as { code?: string }).code };
    }
  }
}

/** Counts of the one stream that are not 0. */
export const countsOf = ({ summary }: Ended): Readonly<Record<string, number>> => {
  const [report] = summary?.streams ?? [];
  const names = ['created', 'updated', 'unchanged', 'superseded', 'rejected', 'deferred'] as const;
  return Object.fromEntries(names.flatMap((name) => (report?.[name] ? [[name, report[name]]] : [])));
};

/** What two runs did, and what Apollo holds of each contact after them, but for ids and times of its own. */
export async function heldAfter(source: object, stream: Readonly<Record<string, unknown>>) {
  const emulator = await startApollo();
  const runs = new WarehouseRuns(emulator);
  const first = await runs.sync(source, stream);
  const again = await runs.sync(source, stream);
  const labels = new Map([...emulator.store.fields.values()].map(({ id, label }) => [id, label]));
  const contacts = [...emulator.store.contacts.values()].map(
    ({ email, first_name, organization_name, typed_custom_fields }) => ({
      email,
      first_name,
      organization_name,
      ...Object.fromEntries(Object.entries(typed_custom_fields ?? {}).map(([id, value]) => [labels.get(id), value])),
    }),
  );
  contacts.sort((a, b) => String(a.email).localeCompare(String(b.email)));
  return { first: countsOf(first), again: countsOf(again), error: first.error || again.error, contacts };
}

/** The password of the role that keeps state. No message, and no file, may show it. */
export const KEEPER_CANARY = 'canary of the/keeper';

/** A state store in a schema of its own, by an address. */
export const storeIn = (schema: string): ServerState => ({
  type: 'postgres',
  url: `postgres://keeper:${encodeURIComponent(KEEPER_CANARY)}@${server.hostname}:${server.port}/postgres`,
  schema,
  extension_directory: extensions,
});

let schemas = 0;

/** A schema that belongs to the role that keeps state, and nothing in it. */
export function newSchema(): string {
  const schema = `apollo_sync_${process.pid}_${++schemas}`;
  psql(`set client_min_messages to warning;
    do $$ begin if not exists (select from pg_roles where rolname = 'keeper') then
      create role keeper login password '${KEEPER_CANARY}'; end if; end $$;
    drop schema if exists ${schema} cascade; create schema ${schema} authorization keeper`);
  return schema;
}
