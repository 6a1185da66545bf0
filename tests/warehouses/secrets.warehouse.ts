import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Dirent, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { programFile } from '../support/program.ts';
import { extensions, s3, server } from './support.ts';

/**
 * What no output may hold, in whatever is made of it: a quote, an escape or a percent sign does not touch these letters. Other tests that run
 * at the same time have some of their own, on command lines too.
 */
const CANARY = `c4nary${process.pid}`;
const nasty = `${CANARY}'s "own"\\ %41&b=c ü`;
const plain = `${CANARY}-plain`;
const all = mkdtempSync(join(tmpdir(), 'destination-apollo-secrets-'));
const listening: Server[] = [];
let apollo: Emulator;
/** Servers that say nothing, break every connection, and answer with what they were sent. */
let silent = 0;
let breaking = 0;
let echoing = 0;

async function portOf(one: Server): Promise<number> {
  listening.push(one.listen(0, '127.0.0.1'));
  await once(one, 'listening');
  return (one.address() as AddressInfo).port;
}

beforeAll(async () => {
  apollo = await startApollo();
  silent = await portOf(createServer((socket) => void socket.on('error', () => {})));
  breaking = await portOf(createServer((socket) => void socket.on('error', () => {}).end('\u0000\u0000 no')));
  // Real ones do: S3 shows the key's id and the text to sign, others the header that they refuse.
  echoing = await portOf(
    createHttpServer(({ headers, url }, response) => {
      const said = `${headers.authorization} ${decodeURIComponent(url ?? '')} ${headers['x-api-key'] ?? ''}`;
      response.writeHead(403, {
        'content-type': 'application/xml',
        'www-authenticate': said.replaceAll(/[^ -~]/g, '?'),
      });
      response.end(`<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code><Message>${said}</Message></Error>`);
    }),
  );
});
afterAll(async () => {
  for (const one of listening) one.close();
  rmSync(all, { recursive: true, force: true });
  await closeEmulators();
});

type Source = Readonly<Record<string, unknown>>;

/** Texts in which a secret has been seen: what was printed, kept in a file at whatever moment, or in a list of processes. */
class Seen {
  readonly texts = new Map<string, string>();

  note(where: string, text: string): void {
    if (text.includes(CANARY)) this.texts.set(where, text.slice(Math.max(0, text.indexOf(CANARY) - 200), 400));
  }

  files(folder: string): void {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) this.files(path);
      // The configuration is where the secret was given.
      if (entry.isFile() && entry.name !== 'config.json') this.note(path, contentOf(path));
    }
  }

  processes(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const line = contentOf(`/proc/${pid}/cmdline`);
      // A server shows who has come in, in the title of its own process.
      if (!line.startsWith('postgres: ')) this.note(`process ${pid}`, line);
    }
  }
}

// What the program has deleted meanwhile, or whose process has ended, has nothing to show.
const contentOf = (path: string): string => whileThere(() => readFileSync(path, 'latin1')) ?? '';
const entriesOf = (folder: string): readonly Dirent[] =>
  whileThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];

function whileThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Runs the program as a person does, and looks everywhere while it runs. */
async function looked(source: Source, stream: Source, command: readonly string[]) {
  const folder = mkdtempSync(join(all, 'run-'));
  for (const name of ['out', 'tmp']) mkdirSync(join(folder, name));
  const config = {
    credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
    api_base_url: apollo.url,
    source: source['type'] === 'duckdb' ? { extension_directory: extensions, ...source } : source,
    streams: [
      { name: 'people', object: 'contacts', primary_key: 'id', mapping: [{ to: 'email', from: 'email' }], ...stream },
    ],
    state: { type: 'duckdb', path: 'out/state.duckdb' },
    rejects: { path: 'out/rejects.jsonl' },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const child = spawn(process.execPath, [await programFile(), ...command, '--config', 'config.json'], {
    cwd: folder,
    env: { ...process.env, TMPDIR: join(folder, 'tmp'), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen = new Seen();
  let said = '';
  let isDue = false;
  // Whenever a file changes or something is said; several changes at once are one moment.
  const look = (): void => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      seen.processes();
      seen.files(folder);
    });
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += String(data);
      look();
    });
  }
  // A folder that has gone by the time it is watched is an error of the watcher; the others go on being watched.
  const watcher = watch(folder, { recursive: true }, look).on('error', look);
  child.on('spawn', look);
  const [code] = (await once(child, 'close')) as [number];
  watcher.close();
  seen.files(folder);
  seen.note('output', said);
  return { code, said, seen: Object.fromEntries(seen.texts) };
}

const table = { table: 'wh.marts.people' };
const postgresAt = (secret: Source, path = ''): readonly [Source, Source] => [
  {
    type: 'duckdb',
    secrets: [
      {
        name: 'pg',
        type: 'postgres',
        host: server.hostname,
        port: Number(server.port),
        database: 'postgres',
        user: `${CANARY}-user`,
        password: nasty,
        ...secret,
      },
    ],
    attach: [{ path, type: 'postgres', alias: 'wh', secret: 'pg' }],
  },
  table,
];
const unknownHost = `${CANARY}-host.invalid`;

const mysqlAt = (secret: Source): readonly [Source, Source] => [
  {
    type: 'duckdb',
    secrets: [
      {
        name: 'my',
        type: 'mysql',
        host: '127.0.0.1',
        port: 1,
        database: `${CANARY}db`,
        user: plain,
        password: nasty,
        ...secret,
      },
    ],
    attach: [{ path: '', type: 'mysql', alias: 'wh', secret: 'my' }],
  },
  { table: 'wh.people' },
];

/** A file in a store; it is asked once, and not for long. */
const storeAt = (secret: Source, extension: string, query: string): readonly [Source, Source] => [
  {
    type: 'duckdb',
    extensions: [extension],
    secrets: [secret as { type: string }],
    settings: { http_retries: 0, http_timeout: 2 },
  },
  { query },
];
const bucket = (secret: Source, type = 's3', query = `from read_parquet('s3://marts-of-nothing/people.parquet')`) =>
  storeAt(
    { type, key_id: plain, secret: nasty, url_style: 'path', use_ssl: false, region: 'us-east-1', ...secret },
    'httpfs',
    query,
  );
const azure = (endpoint: string) =>
  storeAt(
    {
      type: 'azure',
      connection_string: `DefaultEndpointsProtocol=http;AccountName=${CANARY}account;AccountKey=${Buffer.from(nasty).toString('base64')}${CANARY};BlobEndpoint=${endpoint}/${CANARY}account;`,
    },
    'azure',
    `from read_parquet('azure://marts/people.parquet')`,
  );

const clickhouse = (url: string, more: Source): readonly [Source, Source] => [
  { type: 'clickhouse', url, ...more },
  { table: 'people' },
];
const databricks = (url: string, more: Source): readonly [Source, Source] => [
  { type: 'databricks', url, warehouse_id: 'abc', ...more },
  { table: 'people' },
];
const at = (port: number, scheme = 'http'): string => `${scheme}://127.0.0.1:${port}`;
const login = { user: `${CANARY}-user`, password: nasty };

/** Each kind of secret, by what goes wrong with it. */
const troubles: Readonly<Record<string, Readonly<Record<string, () => readonly [Source, Source]>>>> = {
  PostgreSQL: {
    'a wrong password': () => postgresAt({ user: 'postgres' }),
    'a user that is not there': () => postgresAt({}),
    'a host that is not known': () => postgresAt({ host: unknownHost }),
    'a port that is closed': () => postgresAt({ port: 1 }),
    'TLS that is refused': () => postgresAt({}, 'sslmode=require'),
    'a certificate that is not there': () => postgresAt({}, 'sslmode=verify-full sslrootcert=/nowhere.pem'),
    'a database that is not there': () =>
      postgresAt({ user: 'postgres', password: process.env['PGPASSWORD']!, database: `${CANARY}-database` }),
    'a server that says nothing': () => postgresAt({ port: silent }, 'connect_timeout=2'),
    'a server that is another one': () => postgresAt({ port: breaking }),
    'a DuckLake with its catalog there': () => [
      {
        ...postgresAt({})[0],
        extensions: ['ducklake'],
        attach: [{ path: 'ducklake:postgres:', alias: 'wh', options: { meta_secret: 'pg' } }],
      },
      { table: 'wh.people' },
    ],
  },
  MySQL: {
    'a host that is not known': () => mysqlAt({ host: unknownHost }),
    'a port that is closed': () => mysqlAt({}),
    'a server that is another one': () => mysqlAt({ port: breaking }),
    'TLS that is refused': () => mysqlAt({ port: breaking, ssl_mode: 'required' }),
  },
  S3: {
    'a key that is refused': () => bucket({ endpoint: `127.0.0.1:${echoing}` }),
    'a session that is refused': () => bucket({ endpoint: `127.0.0.1:${echoing}`, session_token: `${CANARY}-token` }),
    'a host that is not known': () => bucket({ endpoint: unknownHost }),
    'a port that is closed': () => bucket({ endpoint: '127.0.0.1:1' }),
    'TLS that is refused': () => bucket({ endpoint: `127.0.0.1:${breaking}`, use_ssl: true }),
    ...(s3 && { 'a bucket that is not there': () => bucket({ endpoint: s3?.host ?? '' }) }),
    'a server that says nothing': () => bucket({ endpoint: `127.0.0.1:${silent}` }),
  },
  'GCS and R2': {
    'a key of GCS that is refused': () =>
      bucket({ endpoint: `127.0.0.1:${echoing}` }, 'gcs', `from read_parquet('gcs://marts/people.parquet')`),
    'a key of R2 that is refused': () =>
      bucket(
        { endpoint: `127.0.0.1:${echoing}`, account_id: `${CANARY}account` },
        'r2',
        `from read_parquet('r2://marts/people.parquet')`,
      ),
  },
  Azure: {
    'a key that is refused': () => azure(at(echoing)),
    'a port that is closed': () => azure(at(1)),
  },
  HTTP: {
    'a token that is refused': () =>
      storeAt({ type: 'http', bearer_token: plain }, 'httpfs', `from read_parquet('${at(echoing)}/people.parquet')`),
    'a header that is refused': () =>
      storeAt(
        { type: 'http', extra_http_headers: { 'X-Api-Key': plain } },
        'httpfs',
        `from read_parquet('${at(echoing)}/people.parquet')`,
      ),
    'a password in an address': () => [
      { type: 'duckdb', extensions: ['httpfs'], settings: { http_retries: 0 } },
      { query: `from read_parquet('http://u:${plain}@127.0.0.1:1/people.parquet')` },
    ],
    'a proxy that is closed': () => [
      {
        type: 'duckdb',
        extensions: ['httpfs'],
        settings: { http_retries: 0, http_proxy: '127.0.0.1:1', http_proxy_username: 'u', http_proxy_password: nasty },
      },
      { query: `from read_parquet('http://nowhere.invalid/people.parquet')` },
    ],
  },
  ClickHouse: {
    'a password that is refused': () => clickhouse(at(echoing), login),
    'a token that is refused': () => clickhouse(at(echoing), { access_token: plain }),
    'a host that is not known': () => clickhouse('http://nowhere.invalid:8123', login),
    'a port that is closed': () => clickhouse(at(1), login),
    'TLS that is refused': () => clickhouse(at(breaking, 'https'), login),
    'a server that is another one': () => clickhouse(at(breaking), login),
  },
  Databricks: {
    'a token that is refused': () => databricks(at(echoing), { access_token: plain }),
    'a service principal that is refused': () => databricks(at(echoing), { client_id: 'id', client_secret: nasty }),
    'a port that is closed': () => databricks(at(1), { access_token: plain }),
    'TLS that is refused': () => databricks(at(breaking, 'https'), { client_id: 'id', client_secret: nasty }),
  },
};

const cases = Object.entries(troubles).flatMap(([kind, each]) =>
  Object.entries(each).map(([trouble, made]) => [kind, trouble, made] as const),
);

test.concurrent.each(cases)('%s, %s: nothing tells a secret', async (_, __, made) => {
  const [source, stream] = made();
  const run = await looked(source, stream, [
    'sync',
    '--log-format',
    'json',
    '--output',
    'json',
    '--report',
    'out/report.html',
  ]);
  expect({ seen: run.seen, isRefused: run.code !== 0 }).toEqual({ seen: {}, isRefused: true });
  // It failed for this reason, and says where.
  expect(run.said).toMatch(/source[.:]|streams\[0\]/);
});

test.concurrent.each(Object.keys(troubles))('%s: `doctor` tells no secret either', async (kind) => {
  const [source, stream] = Object.values(troubles[kind]!)[0]!();
  const run = await looked(source, stream, ['doctor']);
  expect(run.seen).toEqual({});
  expect(run.said).toMatch(/source[.:]|streams\[0\]/);
});
