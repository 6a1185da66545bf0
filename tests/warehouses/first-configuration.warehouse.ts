import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { apollo } from '../../connector/apollo.ts';
import { scaffolder } from '../../connector/scaffolder.ts';
import { systemClock } from '../../runtime/contract/clock.ts';
import { init } from '../../runtime/init/init.ts';
import type { InitOptions } from '../../runtime/init/init-options.ts';
import { suggested } from '../../runtime/init/questions.ts';
import { examine } from '../../runtime/run/doctor.ts';
import { temporaryFolder } from '../runtime/source/support.ts';
import { readConfigFile } from '../support/config-file.ts';
import { CANARY, extensions, psql, python, server } from './support.ts';

// What `init` and `doctor` see of a database that is attached.
beforeAll(() => {
  psql(`create schema first; create role reader_of_first login password '${CANARY}'; grant usage on schema first to reader_of_first;
    create table first.people as select g::numeric as id, 'p' || g || '@first.example' as work_email, 'Ann' as given_name,
      g / 7.0 as score from generate_series(1, 3000) g;
    create view first.few as select * from first.people where id < 10;
    create table first."Odd.Name" (customer_id int primary key, email text);
    insert into first."Odd.Name" values (1, 'odd@first.example');
    create table first.hidden (id int, email text);
    grant select on first.people, first.few, first."Odd.Name" to reader_of_first`);
});

const environment = { PGPASSWORD: CANARY };

async function started(options: Partial<InitOptions>) {
  const told: string[] = [];
  const around = {
    answers: suggested,
    environment,
    source: { temporaryDirectory: await temporaryFolder() },
    signal: new AbortController().signal,
    tell: async (text: string) => void told.push(text),
    hide: () => {},
    program: 'destination-apollo',
  };
  const next = await init(scaffolder('0'), { yes: true, force: false, ...options }, around);
  return { next, told: told.join('\n') };
}

/** What is found of the source and of streams, in a line each. */
async function looked(path: string): Promise<readonly string[]> {
  const json = await readConfigFile(path, { ...environment, APOLLO_API_KEY: 'k' });
  const found: string[] = [];
  for await (const { what, status, says } of examine({
    destination: apollo,
    configured: async () =>
      apollo.configure({ ...json, api_base_url: 'http://127.0.0.1:1' }, 'sync', { APOLLO_API_KEY: 'k' }),
    source: { temporaryDirectory: await temporaryFolder() },
    dependencies: { clock: systemClock, environment: {}, version: '0', notice: () => undefined },
    run: new AbortController(),
  })) {
    if (/^(source|stream)/.test(what)) found.push(`${status} ${what}: ${says}`);
  }
  return found;
}

test('tables of an attached PostgreSQL are listed and taken, one whose numbers have no precision too', async () => {
  const to = join(await temporaryFolder(), 'sync.yaml');
  const written = `source:
  type: duckdb
  extension_directory: ${extensions}
  secrets:
    - { name: pg, type: postgres, host: ${server.hostname}, port: ${server.port}, database: postgres, user: reader_of_first, password: "\${PGPASSWORD}" }
  attach:
    - { path: "", type: postgres, alias: wh, secret: pg }
`;
  writeFileSync(to, written);
  const { next: tables } = await started({ to, add: true, tables: true });
  expect(tables.split('\n').filter((name) => name.startsWith('wh.first'))).toEqual([
    'wh.first."Odd.Name"',
    'wh.first.few',
    'wh.first.hidden',
    'wh.first.people',
  ]);
  expect(tables).not.toMatch(/pg_catalog|information_schema|pg_toast/);
  const { told } = await started({ to, add: true, table: 'wh.first.people' });
  expect(told).toContain('primary key: id (filled and different in every row of the 2,000 that were looked at)');
  await started({ to, add: true, table: 'wh.first."Odd.Name"', object: 'contacts' });
  const text = readFileSync(to, 'utf8');
  expect(text.startsWith(written)).toBe(true);
  expect(text).not.toContain(CANARY);
  expect(parse(text).streams).toMatchObject([
    { name: 'people', table: 'wh.first.people', primary_key: 'id', mapping: [{ from: 'work_email' }, {}] },
    { name: 'Odd.Name', table: 'wh.first."Odd.Name"', primary_key: 'customer_id', mapping: [{ from: 'email' }] },
  ]);
  await expect(started({ to, add: true, table: 'wh.first.hidden' })).rejects.toThrow('permission denied');
  const [source, ...streams] = await looked(to);
  expect(source).toBe('ok source: duckdb, with wh');
  expect(streams.filter((line) => line.startsWith('ok'))).toHaveLength(2);
  writeFileSync(to, text.replace('wh.first.people', 'wh.first.peple').replace('first."Odd.Name"', 'first.hidden'));
  const slips = (await looked(to)).join('\n');
  expect(slips).toMatch(/failed stream people: .*near it: wh\.first\.people/);
});

test('the table of types, rows and counts is made of an attached PostgreSQL', async () => {
  const to = join(await temporaryFolder(), 'sync.yaml');
  writeFileSync(
    to,
    JSON.stringify({
      source: {
        type: 'duckdb',
        extension_directory: extensions,
        secrets: [
          {
            name: 'pg',
            type: 'postgres',
            host: server.hostname,
            port: Number(server.port),
            database: 'postgres',
            user: 'reader_of_first',
            password: `\${PGPASSWORD}`,
          },
        ],
        attach: [{ path: '', type: 'postgres', alias: 'wh', secret: 'pg' }],
      },
    }),
  );
  const { next } = await started({ to, add: true, json: true, table: 'wh.first.people' });
  expect(next).not.toContain(CANARY);
  const [people] = JSON.parse(next).tables;
  expect(people).toMatchObject({ rows: 3000, looked_at: 2000 });
  expect(people.columns).toEqual([
    { name: 'id', type: 'DOUBLE', filled: 2000, distinct: 2000, counted: 2000 },
    { name: 'work_email', type: 'VARCHAR', filled: 3000, distinct: 3000 },
    { name: 'given_name', type: 'VARCHAR', filled: 3000, distinct: 1 },
    { name: 'score', type: 'DOUBLE', filled: 2000, distinct: 2000, counted: 2000 },
  ]);
});

test('an address of a server and a file of SQLite become a source that a run accepts', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'crm.data');
  const script = `import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('create table people (id integer primary key, email text)')
db.executemany('insert into people values (?, ?)', [(i, f'p{i}@first.example') for i in (3, 1, 2)])
db.commit()`;
  execFileSync(python, ['-c', script, file]);
  const home = process.env['HOME'];
  // Where DuckDB looks for extensions by itself.
  process.env['HOME'] = folder;
  mkdirSync(join(folder, '.duckdb'));
  symlinkSync(extensions, join(folder, '.duckdb', 'extensions'));
  try {
    const address = `postgres://reader_of_first@${server.host}/postgres?sslmode=disable`;
    expect((await started({ source: address, tables: true })).next).toContain('wh.first.few\n');
    const to = join(folder, 'pg.yaml');
    await started({ source: address, table: 'wh.first.few', to });
    expect(parse(readFileSync(to, 'utf8')).source).toEqual({
      type: 'duckdb',
      secrets: [
        {
          name: 'warehouse',
          type: 'postgres',
          host: server.hostname,
          port: Number(server.port),
          database: 'postgres',
          user: 'reader_of_first',
          password: `\${PGPASSWORD}`,
        },
      ],
      attach: [{ path: 'sslmode=disable', type: 'postgres', alias: 'wh', secret: 'warehouse' }],
    });
    expect(await looked(to)).toEqual([
      'ok source: duckdb, with wh',
      'ok stream few: upsert contacts: the mapping fits the 4 columns',
    ]);
    const other = join(folder, 'sqlite.yaml');
    await started({ source: file, to: other });
    expect(parse(readFileSync(other, 'utf8'))).toMatchObject({
      source: { type: 'duckdb', attach: [{ path: file, type: 'sqlite', alias: 'crm' }] },
      streams: [{ table: 'crm.people', primary_key: 'id', mapping: [{ to: 'email', from: 'email' }] }],
    });
    expect((await looked(other))[0]).toBe('ok source: duckdb, with crm');
  } finally {
    process.env['HOME'] = home;
  }
});
