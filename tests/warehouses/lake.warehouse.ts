import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterEach, expect, test } from 'vitest';
import { statusOf } from '../../runtime/commands/state/status.ts';
import { systemClock } from '../../runtime/contract/clock.ts';
import type { LakeState, StateAt } from '../../runtime/contract/state-config.ts';
import { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import { exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { alter } from '../../runtime/state/file/alter.ts';
import { copyStore } from '../../runtime/state/file/copy.ts';
import { exportTables } from '../../runtime/state/file/export.ts';
import { lookInto } from '../../runtime/state/file/look.ts';
import { forget } from '../../runtime/state/forget.ts';
import { pastRuns } from '../../runtime/state/runs/past-runs.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';
import { withDatabaseFile } from '../support/database-file.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { extensions, KEEPER_CANARY, newSchema, psql, python, s3, server, storeIn } from './support.ts';

const mapping = [
  { to: 'email', from: 'email' },
  { to: 'title', from: 'title' },
];
const row = (id: number, title = 'CEO'): TestRow => ({ id: `${id}`, email: `p${id}@lake.example`, title });
const rows = (from: number, to: number): readonly TestRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => row(from + i));

const KEY_CANARY = 'canary-of-the-bucket';

let places = 0;

/** A lake of each kind, in a folder of its own. */
const kinds = {
  'a file, data beside it': (folder: string) => ({ path: join(folder, 'state.ducklake') }),
  'PostgreSQL, data in a folder': (folder: string) => {
    const { type, ...keys } = storeIn(newSchema());
    return { ...keys, data_path: join(folder, 'data') };
  },
  'a file, data in S3': (folder: string) => ({
    path: join(folder, 'state.ducklake'),
    data_path: `s3://marts/lake-${process.pid}-${++places}/`,
    secrets: [
      {
        type: 's3',
        key_id: 'testing',
        secret: KEY_CANARY,
        endpoint: s3?.host ?? '',
        url_style: 'path',
        use_ssl: false,
        region: 'us-east-1',
      },
    ],
  }),
} as const satisfies Readonly<Record<string, (folder: string) => Omit<LakeState, 'type' | 'schema'>>>;

const able = Object.entries(kinds).filter(([name]) => s3 !== undefined || !name.endsWith('S3'));

async function place(kind: (folder: string) => object) {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const stream = {
    primary_key: 'id',
    mapping,
    on_removed: { set_field: { to: 'title', value: 'Gone' } },
    max_removed_percent: 100,
  };
  const plain = new Runs(emulator, { clock, stream });
  const at = {
    type: 'ducklake',
    schema: 'apollo_sync',
    extension_directory: extensions,
    ...kind(plain.folder),
  } as LakeState;
  const runs = new Runs(emulator, { clock, stream, config: { state: configured(at) } }, plain.folder);
  return { clock, emulator, runs, at };
}

/** As a person writes it. */
const configured = ({ schema, ...at }: LakeState) => (at.path === undefined ? { ...at, schema } : at);

const around = ({ folder }: Runs) => ({ temporaryDirectory: folder });

afterEach(closeEmulators);

if (s3 !== undefined) {
  execFileSync(python, [
    '-c',
    'import sys, boto3; boto3.client("s3", endpoint_url=sys.argv[1], aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1").create_bucket(Bucket="marts")',
    s3.href,
  ]);
}

test.each(able)('%s: rows that are new, unchanged, changed and gone', async (_, kind) => {
  const { emulator, runs, at } = await place(kind);
  const first = await runs.sync(rows(1, 300));
  expect([first.cause, first.counts]).toEqual([undefined, { created: 300 }]);
  const again = await runs.sync(rows(1, 300));
  expect([again.cause, again.counts, again.calls]).toEqual([undefined, { unchanged: 300 }, {}]);
  const changed = await runs.sync([...rows(1, 250).slice(1), row(1, 'Chair'), row(999)]);
  expect(changed.counts).toEqual({ created: 1, updated: 1, unchanged: 249 });
  expect(emulator.store.contacts.size).toBe(301);
  const outcomes = `select outcome, count(*)::int as n from "state/".records group by 1 order by 1`;
  const found = await lookInto(at, around(runs), async (store) => (await store.runAndReadAll(outcomes)).getRows());
  expect(found).toEqual([
    ['created', 250],
    ['removed', 50],
    ['updated', 1],
  ]);
});

test.each(able)('%s: a run that is killed goes on, and makes no record twice', async (_, kind) => {
  const { emulator, runs } = await place(kind);
  for (const commits of [1, 3]) {
    const killed = await runs.sync(rows(1, 450), killedState(commits));
    expect(String(killed.cause)).toContain('The run is killed here.');
  }
  expect((await runs.sync(rows(1, 450))).cause).toBeUndefined();
  expect(emulator.store.contacts.size).toBe(450);
  expect((await runs.sync(rows(1, 450))).counts).toEqual({ unchanged: 450 });
});

/** How many files a table of a lake has, rows that its catalogue has beside them, and snapshots. */
const extent = (at: LakeState, runs: Runs) =>
  lookInto(at, around(runs), async (store) => {
    const asked = await store.runAndReadAll(
      `select (select count(*)::int from ducklake_list_files('state/', 'records')),
         (select count(*)::int from ducklake_snapshots('state/'))`,
    );
    return asked.getRows()[0]!.map(Number);
  });

test('a run of many commits is tidied', async () => {
  const { runs, at } = await place(kinds['a file, data beside it']);
  // Each request has a commit of its own.
  const first = await runs.sync(rows(1, 5_200), { config: { concurrency: 1 } });
  expect([first.cause, first.told, (await extent(at, runs))[0]]).toEqual([undefined, [], 1]);
  expect((await runs.sync(rows(1, 5_200))).counts).toEqual({ unchanged: 5_200 });
});

test('after a day, what earlier runs have left is taken away', async () => {
  const { runs, at } = await place(kinds['a file, data beside it']);
  await runs.sync(rows(1, 5));
  const before = await extent(at, runs);
  await withDatabaseFile(at.path!, (catalogue) =>
    catalogue.run(`update ducklake_snapshot set snapshot_time = snapshot_time - interval '2 days'`),
  );
  const again = await runs.sync(rows(1, 5));
  expect([before[0], again.told, again.counts]).toEqual([0, [], { unchanged: 5 }]);
  const [files, snapshots] = await extent(at, runs);
  expect([files, snapshots! < before[1]!]).toEqual([1, true]);
  expect((await runs.sync(rows(1, 5))).counts).toEqual({ unchanged: 5 });
});

test.each(able)('%s: a lake has one run at a time, and says which', async (_, kind) => {
  const { emulator, runs, at } = await place(kind);
  const work = await WorkDatabase.open(around(runs));
  const held = await StateDatabase.open(work, { path: at, runId: 'other', clock: systemClock });
  const refused = await runs.sync(rows(1, 3));
  expect(refused.cause).toMatchObject({ code: 'state_in_use' });
  expect(String(refused.cause)).toMatch(/is in use by .*run other.*open to one run at a time/);
  expect(exitCodeOf({ status: refused.status, cause: refused.cause })).toBe(75);
  expect(emulator.store.contacts.size).toBe(0);
  if (at.path === undefined) {
    const said = await statusOf(at, Date.now(), around(runs));
    expect(said.text).toMatch(/^Run other goes on \(process \d+ on .+, since 2\d{3}-.+Z\): \*\.$/);
  }
  await held.close();
  await work.close();
  expect((await runs.sync(rows(1, 3))).counts).toEqual({ created: 3 });
});

test.each(able)('%s: commands read, copy and change what it holds', async (_, kind) => {
  const { emulator, runs, at } = await place(kind);
  const change = { ...around(runs), clock: systemClock };
  await expect(lookInto(at, around(runs), async () => 1)).rejects.toMatchObject({ code: 'no_state' });
  await expect(alter(at, 'forget', change, async () => 1)).rejects.toMatchObject({ code: 'no_state' });
  const file = { config: { state: { type: 'duckdb', path: runs.state } } };
  await runs.sync(rows(1, 5), file);
  await copyStore(runs.state, at, change);
  await runs.sync([row(1, 'Chair'), ...rows(2, 5)], { runId: 'second' });
  const asked = <T>(look: (connection: DuckDBConnection) => Promise<T>) => lookInto(at, around(runs), look);
  expect((await asked((store) => pastRuns(store, 1))).map(({ run_id }) => run_id)).toEqual(['second']);
  expect((await statusOf(at, Date.now(), around(runs))).text).toContain('The last one, second, was begun at');
  expect((await asked((store) => exportTables(store, join(runs.folder, 'export'))))['records']).toBe(5);
  expect((await runs.sync(rows(2, 5), { undone: 'second' })).counts).toEqual({ updated: 1 });
  expect([...emulator.store.contacts.values()].map(({ title }) => title)).toEqual(Array(5).fill('CEO'));
  expect(await alter(at, 'forget', change, (store) => forget(store, { stream: 'rows', key: '5' }))).toBe(1);
  const back = join(runs.folder, 'back.duckdb');
  await copyStore(at, back, change);
  const ended = await runs.sync(rows(1, 4), { config: { state: { type: 'duckdb', path: back } } });
  expect([ended.counts, ended.calls]).toEqual([{ unchanged: 4 }, {}]);
});

test('it keeps an inventory, by which a run without changes and one of everything write nothing', async () => {
  const { emulator, runs } = await place(kinds['a file, data beside it']);
  await runs.sync(rows(1, 5));
  expect(await runs.inventory()).toMatchObject([{ object: 'contacts', known: 5, complete: true }]);
  const full = await runs.sync(rows(1, 5), { full: true });
  expect([full.cause, full.counts]).toEqual([undefined, { unchanged: 5 }]);
  expect(emulator.store.contacts.size).toBe(5);
});

test('a run that loses the catalogue ends with 75, and the next one finds what it had done', async () => {
  let creates = 0;
  const clock = new EmulatorClock();
  const { runs: at } = await place(kinds['PostgreSQL, data in a folder']);
  const emulator = await startApollo({
    clock,
    onRequest: ({ action }) => {
      if (action !== 'contacts/bulk_create' || ++creates !== 3) return;
      psql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'keeper'`);
    },
  });
  const stream = { primary_key: 'id', mapping };
  const { state } = at.json() as { state: object };
  const runs = new Runs(emulator, { clock, stream, config: { state } });
  const lost = await runs.sync(rows(1, 700));
  expect(['state_unreachable', 'lease_lost']).toContain((lost.cause as { code?: string }).code);
  expect(exitCodeOf({ status: lost.status, cause: lost.cause })).toBe(75);
  expect((await runs.sync(rows(1, 700))).cause).toBeUndefined();
  expect(emulator.store.contacts.size).toBe(700);
  expect((await runs.sync(rows(1, 700))).counts).toEqual({ unchanged: 700 });
});

test.each([
  [
    'a wrong password',
    1,
    { password: 'wrong' },
    'invalid_state',
    /password authentication failed.*Check user and password/,
  ],
  ['no server', 1, { port: 1 }, 'state_unreachable', /ECONNREFUSED.*Run again once it can be reached/],
  ['a folder that cannot be made', 0, { data_path: '/proc/none/data' }, 'invalid_state', /data_path.*cannot be made/],
  ['a catalogue elsewhere', 0, { path: '/proc/none/state.ducklake' }, 'invalid_state', /cannot be made/],
  ['other data than before', 0, { data_path: './other' }, 'invalid_state', /data_path|DATA_PATH/],
])('%s is told, and nothing is sent', async (_, kind, wrong, code, says) => {
  const { emulator, runs, at } = await place(Object.values(kinds)[kind]!);
  const there = kind === 0 ? (await runs.sync(rows(9, 9))).counts['created'] : 0;
  const { url, ...keys } = at;
  const parts = {
    host: server.hostname,
    port: Number(server.port),
    user: 'keeper',
    password: KEEPER_CANARY,
    database: 'postgres',
  };
  const state = { ...configured(keys as LakeState), ...(url === undefined ? {} : parts), ...wrong };
  const ended = await runs.sync(rows(1, 3), { config: { state } }).catch((cause: unknown) => ({ cause }));
  expect(ended.cause).toMatchObject({ code });
  expect(String(ended.cause)).toMatch(says);
  expect(String(ended.cause)).not.toContain(KEEPER_CANARY);
  expect(emulator.store.contacts.size).toBe(there);
});

test('the DuckDB file of another state store does not become a lake', async () => {
  const { emulator, runs } = await place(kinds['a file, data beside it']);
  await runs.sync(rows(1, 2), { config: { state: { type: 'duckdb', path: runs.state } } });
  const state = { type: 'ducklake', path: runs.state, extension_directory: extensions };
  const ended = await runs.sync(rows(1, 3), { config: { state } }).catch((cause: unknown) => ({ cause }));
  expect(String(ended.cause)).toMatch(/is a DuckDB file, and no catalogue of a DuckLake/);
  expect(emulator.store.contacts.size).toBe(2);
});

test.runIf(s3 !== undefined)('a bucket that is not there is told, and no key of it', async () => {
  const { emulator, runs, at } = await place(kinds['a file, data in S3']);
  const state = { ...configured(at), data_path: 's3://marts-of-nothing/lake/' };
  const ended = await runs.sync(rows(1, 3), { config: { state } }).catch((cause: unknown) => ({ cause }));
  expect(ended.cause).toMatchObject({ code: 'invalid_state' });
  expect(String(ended.cause)).toMatch(
    /the lake cannot be read or written: .*marts-of-nothing.*404.*Check state\.data_path/s,
  );
  expect(`${ended.cause}${inspect(ended)}`).not.toContain(KEY_CANARY);
  expect(emulator.store.contacts.size).toBe(0);
});

test('it does not grow with its runs, is private, and holds no password', async () => {
  const { runs, at } = await place(kinds['PostgreSQL, data in a folder']);
  for (let day = 0; day < 6; day++) await runs.sync([row(1, `T${day}`), ...rows(2, 40)]);
  const files = readdirSync(at.data_path!, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  expect(files.length).toBeLessThan(60);
  expect(statSync(at.data_path!).mode & 0o077).toBe(0);
  const written = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
  const tables = psql(`select query_to_xml('select * from ${at.schema}.' || table_name, true, false, '')::text
    from information_schema.tables where table_schema = '${at.schema}' and table_name like 'ducklake%'`);
  expect(`${written}${tables}${inspect(runs.summary)}`.includes(KEEPER_CANARY)).toBe(false);
});

test('another place is another store', async () => {
  const at: StateAt = { type: 'ducklake', schema: 's', path: '/nowhere/state.ducklake' };
  await expect(lookInto(at, { temporaryDirectory: '/tmp' }, async () => 1)).rejects.toThrow(
    'state.path: there is no state store at /nowhere/state.ducklake',
  );
});
