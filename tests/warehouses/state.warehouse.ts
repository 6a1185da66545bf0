import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { statusOf } from '../../runtime/commands/state/status.ts';
import { systemClock } from '../../runtime/contract/clock.ts';
import { exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { alter } from '../../runtime/state/file/alter.ts';
import { copyStore } from '../../runtime/state/file/copy.ts';
import { exportTables } from '../../runtime/state/file/export.ts';
import { lookInto } from '../../runtime/state/file/look.ts';
import { forget } from '../../runtime/state/forget.ts';
import { renameStream } from '../../runtime/state/rename.ts';
import { rowFacts } from '../../runtime/state/row-facts.ts';
import { rejectGroups } from '../../runtime/state/runs/kept-rejects.ts';
import { pastRuns } from '../../runtime/state/runs/past-runs.ts';
import { storedReport } from '../../runtime/state/runs/stored-report.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { Runs } from '../support/stateful.ts';
import { Lines } from './lines.ts';
import { around, mapping, other, place, row, rows, runOut } from './server-store.ts';
import { extensions, KEEPER_CANARY, newSchema, psql, server, storeIn } from './support.ts';

afterEach(closeEmulators);

test('rows that are new, unchanged, changed and gone', async () => {
  const { emulator, runs, schema } = await place();
  const first = await runs.sync(rows(1, 300));
  expect([first.cause, first.counts]).toEqual([undefined, { created: 300 }]);
  const again = await runs.sync(rows(1, 300));
  expect([again.counts, again.calls]).toEqual([{ unchanged: 300 }, {}]);
  const changed = await runs.sync([...rows(1, 250).slice(1), row(1, 'Chair'), row(999)]);
  expect(changed.counts).toEqual({ created: 1, updated: 1, unchanged: 249 });
  expect(emulator.store.contacts.size).toBe(301);
  expect(psql(`select outcome, count(*) from ${schema}.records group by 1 order by 1`).split('\n')).toEqual([
    'created|250',
    'removed|50',
    'updated|1',
  ]);
  expect(psql(`select count(*), count(distinct place) from ${schema}.records`)).toBe('301|301');
  expect(psql(`select count(*) from ${schema}.leases`)).toBe('0');
});

test.each([1, 2, 4])('a run that is killed after %i commits goes on, and makes no record twice', async (commits) => {
  const { emulator, runs } = await place();
  const killed = await runs.sync(rows(1, 450), killedState(commits));
  expect(String(killed.cause)).toContain('The run is killed here.');
  const next = await runs.sync(rows(1, 450));
  expect(next.cause).toBeUndefined();
  expect(emulator.store.contacts.size).toBe(450);
  expect((await runs.sync(rows(1, 450))).counts).toEqual({ unchanged: 450 });
});

test.each([
  [
    'a wrong password',
    { password: 'wrong' },
    'invalid_state',
    /password authentication failed.*Check user and password/,
  ],
  ['no right to the schema', { schema: 'public' }, 'invalid_state', /may not make tables in this schema/],
  [
    'no right to make one',
    { schema: 'made_by_none' },
    'invalid_state',
    /permission denied for database.*create schema/,
  ],
  ['no such database', { database: 'none' }, 'invalid_state', /database "none" does not exist/],
  ['no server', { port: 1 }, 'state_unreachable', /ECONNREFUSED.*Run again once it can be reached/],
])('%s is told, and nothing is sent', async (_, wrong, code, says) => {
  const { emulator, runs } = await place();
  const { url, ...more } = storeIn('s');
  const state = { ...more, host: server.hostname, port: Number(server.port), user: 'keeper', database: 'postgres' };
  const ended = await runs
    .sync(rows(1, 3), { config: { state: { ...state, password: KEEPER_CANARY, ...wrong } } })
    .catch((cause: unknown) => ({ cause }));
  expect(ended.cause).toMatchObject({ code });
  expect(String(ended.cause)).toMatch(says);
  expect(`${ended.cause}${url}`.split(KEEPER_CANARY)).toHaveLength(1);
  expect(emulator.store.contacts.size).toBe(0);
});

test('the password of the role is in no message, file or table', async () => {
  const { runs, schema } = await place();
  const ended = [await runs.sync(rows(1, 2)), await runs.sync(rows(1, 2), killedState(1))];
  const files = readdirSync(runs.folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const written = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
  const tables = psql(`select query_to_xml('select * from ${schema}.' || table_name, true, false, '')::text
    from information_schema.tables where table_schema = '${schema}'`);
  for (const one of [KEEPER_CANARY, encodeURIComponent(KEEPER_CANARY)]) {
    expect(`${written}${tables}${JSON.stringify(ended)}${inspect(ended)}`.includes(one)).toBe(false);
  }
});

test('what commands say of the store of a file, they say of this one', async () => {
  const { emulator, runs, schema } = await place();
  await runs.sync([...rows(1, 3), { id: '4', email: 'none', title: 'x' }], { runId: 'first' });
  await runs.sync([row(1, 'Chair'), ...rows(2, 3), { id: '4', email: 'none', title: 'x' }], { runId: 'second' });
  const at = storeIn(schema);
  const asked = <T>(look: (connection: DuckDBConnection) => Promise<T>) => lookInto(at, around(runs), look);
  expect((await asked((store) => pastRuns(store, 5))).map(({ run_id, status }) => [run_id, status])).toEqual([
    ['second', 'succeeded'],
    ['first', 'succeeded'],
  ]);
  expect((await asked((store) => rowFacts(store, 'rows', '1'))).outcomes.map(({ outcome }) => outcome)).toEqual([
    'updated',
    'created',
  ]);
  expect(await asked((store) => rejectGroups(store, { all: false }))).toMatchObject([
    { code: 'invalid_email', rows: 1 },
  ]);
  expect((await storedReport({ path: at, runId: 'second' }, around(runs))).changed).toEqual([
    { stream: 'rows', field: 'title', records: 1 },
  ]);
  expect((await statusOf(at, Date.now(), around(runs))).text).toContain('The last one, second, was begun at');
  expect((await asked((store) => exportTables(store, join(runs.folder, 'export'))))['records']).toBe(4);
  const change = { ...around(runs), clock: systemClock };
  await alter(at, 'stream rename', change, (store) => renameStream(store, { from: 'rows', to: 'people' }));
  expect(await alter(at, 'forget', change, (store) => forget(store, { stream: 'people', key: '3' }))).toBe(1);
  const undone = await runs.sync(rows(1, 2), { undone: 'second', stream: { name: 'people' } });
  expect(undone.counts).toEqual({ updated: 1 });
  expect([...emulator.store.contacts.values()].map(({ title }) => title).sort()).toEqual(['CEO', 'CEO', 'CEO']);
});

test('runs that go on at once keep within the limits together, though one of them is killed', async () => {
  const schema = newSchema();
  const limits = { minute: 12, hour: 12, day: 12 };
  const emulator = await startApollo({ plan: limits });
  const names = ['a', 'b', 'c', 'd'];
  const ended = await Promise.all(
    names.map((name, i) => {
      const runs = new Runs(emulator, {
        clock: systemClock,
        stream: { name, primary_key: 'id', mapping },
        config: {
          state: storeIn(schema),
          rate_limits: { plan: 'custom', per_minute: 12, per_hour: 12, per_day: 12, max_wait_seconds: 0 },
        },
      });
      const own = Array.from({ length: 500 }, (_, n) => ({ id: `${n}`, email: `p${n}@${name}.example`, title: 'CEO' }));
      return runs.sync(own, i === 3 ? killedState(2) : {});
    }),
  );
  const creates = emulator.requests.entries.filter(({ action }) => action === 'contacts/bulk_create');
  expect(creates.filter(({ status }) => status === 429)).toEqual([]);
  expect(creates.length).toBeLessThanOrEqual(12);
  const calls = ended.slice(0, 3).map(({ calls }) => calls['POST contacts/bulk_create'] ?? 0);
  // Who comes to its end may leave the others a call that they no longer wait for, and who is killed may hold one.
  expect(creates.length).toBeGreaterThanOrEqual(8);
  const rows = ended.slice(0, 3).map(({ counts: { created = 0, deferred = 0 } }) => [created, deferred]);
  expect(rows).toEqual(calls.map((count) => [100 * count, 500 - 100 * count]));
  const used = `select used_count from ${schema}.windows where action = 'contacts/bulk_create' and window_name = 'hour'`;
  expect(Number(psql(used))).toBeGreaterThanOrEqual(creates.length);
});

test('of the calls of a day that all runs have made, each run allows as many as its own configuration says', async () => {
  const { runs } = await place();
  const ofDay = (max_calls_per_day: number) => ({ config: { state: storeIn(schema), limits: { max_calls_per_day } } });
  const schema = newSchema();
  const first = await runs.sync(rows(1, 700), ofDay(5));
  expect(first.counts).toMatchObject({ deferred: expect.any(Number) });
  expect((await runs.sync(rows(1, 700), ofDay(5))).counts).toEqual({});
  expect((await runs.sync(rows(1, 700), ofDay(100))).counts).toMatchObject({ unchanged: first.counts['created'] });
  expect((await runs.sync(rows(1, 700), ofDay(100))).counts).toEqual({ unchanged: 700 });
});

test.each(['repeatable read', 'serializable'])(
  'runs of a role whose transactions are %s begin and share limits as others do',
  async (level) => {
    psql(`alter role keeper set default_transaction_isolation = '${level}'`);
    onTestFinished(() => void psql('alter role keeper reset default_transaction_isolation'));
    const schema = newSchema();
    const limits = { minute: 60, hour: 60, day: 60 };
    const emulator = await startApollo({ plan: limits });
    const config = {
      state: storeIn(schema),
      rate_limits: { plan: 'custom', per_minute: 60, per_hour: 60, per_day: 60, max_wait_seconds: 0 },
    };
    const ended = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => {
        const runs = new Runs(emulator, { clock: systemClock, stream: { name, primary_key: 'id', mapping }, config });
        return runs.sync(
          Array.from({ length: 900 }, (_, n) => ({ id: `${n}`, email: `p${n}@${name}.example`, title: 'CEO' })),
        );
      }),
    );
    expect(ended.map(({ cause, counts }) => [cause, counts])).toEqual(ended.map(() => [undefined, { created: 900 }]));
  },
);

test('an inventory counts its requests together with those of runs, and has the store for itself', async () => {
  const { emulator, runs, schema } = await place();
  await runs.sync(rows(1, 3));
  const before = emulator.requests.entries.length;
  expect(await runs.inventory()).toMatchObject([{ object: 'contacts', known: 3, complete: true }]);
  const searches = emulator.requests.entries.slice(before).filter(({ action }) => action === 'contacts/search');
  const used = `select used_count from ${schema}.windows where action = 'contacts/search' and window_name = 'hour'`;
  expect(psql(used)).toBe(`${searches.length}`);
  expect(psql(`select count(*) from ${schema}.quota_windows`)).toBe('0');
  const held = await other(schema, ['rows']);
  await expect(runs.inventory()).rejects.toMatchObject({ code: 'state_in_use' });
  await held.end();
});

test('a run that loses the database ends with 75, and the next one finds what it had done', async () => {
  const schema = newSchema();
  const clock = new EmulatorClock();
  const lines = new Lines();
  onTestFinished(() => lines.close());
  const line = await lines.open(storeIn(schema).url!);
  let creates = 0;
  const emulator = await startApollo({
    clock,
    onRequest: ({ action }) => {
      if (action !== 'contacts/bulk_create' || ++creates !== 3) return;
      lines.cut(line);
    },
  });
  const stream = { primary_key: 'id', mapping };
  const runs = new Runs(emulator, { clock, stream, config: { state: storeIn(schema) } });
  const lost = await runs.sync(rows(1, 700), { config: { state: { ...storeIn(schema), url: line.url } } });
  expect(lost.cause).toMatchObject({ code: 'state_unreachable' });
  expect(exitCodeOf({ status: lost.status, cause: lost.cause })).toBe(75);
  runOut(schema);
  const next = await runs.sync(rows(1, 700));
  expect(next.cause).toBeUndefined();
  expect(emulator.store.contacts.size).toBe(700);
  expect((await runs.sync(rows(1, 700))).counts).toEqual({ unchanged: 700 });
});

test('a run that finds the disk of the server full says so, and the next one goes on', async () => {
  const { emulator, runs, schema } = await place();
  await runs.sync(rows(1, 2));
  psql(`create function ${schema}.full() returns trigger language plpgsql as $$ begin raise exception using errcode = 'disk_full',
      message = 'could not extend file "base/5/16412": No space left on device', hint = 'Check free disk space.'; end $$;
    create trigger is_full before insert on ${schema}.intents for each statement execute function ${schema}.full()`);
  const full = await runs.sync([row(1, 'Chair'), ...rows(2, 300)]);
  expect(full.cause).toMatchObject({ code: 'state_unwritable' });
  expect(String(full.cause)).toMatch(/No space left on device\. The disk of the server is full\..*Make room there/);
  expect([full.status, full.counts]).toEqual(['failed', { deferred: 299, unchanged: 1 }]);
  expect(emulator.store.contacts.size).toBe(2);
  psql(`drop trigger is_full on ${schema}.intents`);
  expect((await runs.sync([row(1, 'Chair'), ...rows(2, 300)])).counts).toEqual({
    created: 298,
    updated: 1,
    unchanged: 1,
  });
});

test('a row whose primary key no text of the server can hold is rejected, and keeps no other one from being written', async () => {
  const { runs } = await place();
  const stream = {
    table: undefined,
    query: `select id || case when id = '2' then chr(0) else '' end as id, email, title from rows`,
  };
  expect((await runs.sync(rows(1, 3), { stream })).counts).toEqual({ created: 2, rejected: 1 });
  const again = await runs.sync(rows(1, 3), { stream });
  expect([again.counts, again.codes]).toEqual([{ unchanged: 2, rejected: 1 }, { missing_primary_key: 1 }]);
  expect(runs.rejects()[0]).toContain('text with the character U+0000');
});

test('a store is copied from a file to a server and back, and goes on there', async () => {
  const { emulator, runs, schema } = await place();
  const file = { config: { state: { type: 'duckdb', path: runs.state } } };
  await runs.sync(rows(1, 5), file);
  await runs.sync([row(1, 'Chair'), ...rows(2, 4)], { ...file, runId: 'second' });
  const options = { ...around(runs), extensionDirectory: extensions, clock: systemClock };
  expect((await copyStore(runs.state, storeIn(schema), options))['records']).toBe(5);
  expect((await runs.sync([row(1, 'Chair'), ...rows(2, 4)])).counts).toEqual({ unchanged: 4 });
  await expect(copyStore(runs.state, storeIn(schema), options)).rejects.toMatchObject({ code: 'invalid_target' });
  const back = join(runs.folder, 'back.duckdb');
  await copyStore(storeIn(schema), back, options);
  const again = { config: { state: { type: 'duckdb', path: back } } };
  const ended = await runs.sync([row(1, 'Chair'), ...rows(2, 4)], again);
  expect([ended.counts, ended.calls]).toEqual([{ unchanged: 4 }, {}]);
  expect((await runs.sync(rows(1, 4), { ...again, undone: 'second' })).counts).toEqual({ updated: 2 });
  expect(emulator.store.contacts.size).toBe(5);
});
