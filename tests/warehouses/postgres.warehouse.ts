import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openSource } from '../../runtime/source/open-source.ts';
import { allRows, keyOf } from '../runtime/source/support.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { CANARY, counted, countsOf, postgres, psql, psqlInBackground, server, WarehouseRuns } from './support.ts';

const ROWS = 2000;

beforeAll(() => {
  psql(`create schema marts; create schema "Odd Schema";
    create role reader login password '${CANARY}'; grant usage on schema marts, "Odd Schema" to reader;
    alter default privileges in schema marts grant select on tables to reader;
    alter default privileges in schema "Odd Schema" grant select on tables to reader;
    create type marts.tier as enum ('gold', 'silver')`);
});
afterEach(closeEmulators);

/** A table of people, made again. */
const people = (table = 'people', rows = ROWS): void => {
  psql(`drop table if exists marts.${table} cascade;
    create table marts.${table} as select g::bigint as id, 'p' || g || '@pg.example' as email, 'First' || g as first_name,
      'Company ' || g % 500 as company, g / 7.0 as score, repeat('x', 100) as filler from generate_series(1, ${rows}) g;
    alter table marts.${table} add primary key (id)`);
};

/** What a run writes to its folder, and what it says, has nothing of the secret. */
function expectNoSecret(runs: WarehouseRuns, ended: object): void {
  const files = readdirSync(runs.folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const written = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
  expect(`${written}${JSON.stringify(ended)}`).not.toMatch(/canary-of-the/);
  expect(written).not.toContain(`:${server.port}`);
}

test('a first load, a run without changes, changed and removed rows, and a NULL key', async () => {
  people();
  const emulator = await startApollo();
  const runs = new WarehouseRuns(emulator);
  const stream = { table: 'wh.marts.people' };
  const first = await runs.sync(postgres(), stream);
  expect(countsOf(first)).toEqual({ created: ROWS });
  expect(emulator.store.contacts.size).toBe(ROWS);
  const again = await runs.sync(postgres(), stream);
  expect(countsOf(again)).toEqual({ unchanged: ROWS });
  expect(Object.keys(again.summary!.calls)).toEqual(['GET users/api_profile']);
  psql(`update marts.people set first_name = 'New' where id <= 200; delete from marts.people where id > ${ROWS - 50};
    update marts.people set email = null where id = 300; alter table marts.people drop constraint people_pkey;
    alter table marts.people alter column id drop not null; insert into marts.people (id, email) values (null, 'no@pg.example')`);
  const changed = await runs.sync(postgres(), stream);
  expect(countsOf(changed)).toEqual({ updated: 200, unchanged: ROWS - 251, rejected: 2 });
  expect(changed.summary!.streams[0]!.reject_codes).toEqual({ missing_required_field: 1, missing_primary_key: 1 });
  expectNoSecret(runs, [first, again, changed]);
});

test('the rows of a table whose server is another one are another source', async () => {
  people('moved', 10);
  const runs = new WarehouseRuns(await startApollo());
  await runs.sync(postgres(), { table: 'wh.marts.moved' });
  const elsewhere = await runs.sync(postgres({}, { host: 'localhost' }), { table: 'wh.marts.moved' });
  expect(elsewhere.code).toBe('other_source');
  expect(elsewhere.error).not.toContain(server.port);
});

test.each([
  ['a view', 'create view marts.shown as select * from marts.people where id <= 5', 'wh.marts.shown', 5],
  [
    'a partitioned table',
    `create table marts.parts (like marts.people) partition by list (company);
     create table marts.parts_1 partition of marts.parts for values in ('Company 1');
     create table marts.parts_2 partition of marts.parts default; insert into marts.parts select * from marts.people where id <= 500`,
    'wh.marts.parts',
    500,
  ],
  [
    'names that need quotes',
    `create table "Odd Schema"."we.ird ""T""" as select * from marts.people where id <= 3`,
    'wh."Odd Schema"."we.ird ""T"""',
    3,
  ],
  [
    'a materialised view',
    'create materialized view marts.kept as select * from marts.people where id <= 4',
    'wh.marts.kept',
    4,
  ],
])('%s is read', async (_, made, table, rows) => {
  people('people', 600);
  psql(`drop table if exists marts.parts, "Odd Schema"."we.ird ""T"""; ${made}`);
  const ended = await new WarehouseRuns(await startApollo()).sync(postgres(), { table });
  expect(countsOf(ended)).toEqual({ created: rows });
});

test('numeric without a precision is read as text, to its last digit, and refused in a query', async () => {
  psql(`drop table if exists marts.exact; create table marts.exact (id numeric primary key, email text, "Amount" numeric, fixed numeric(38, 10));
    insert into marts.exact values (12345678901234567890, 'a@pg.example', 0.12345678901234567890123, 1.5), (2, 'b@pg.example', 'NaN', null)`);
  const source = await openSource(postgres(), { temporaryDirectory: '/tmp' });
  try {
    const key = { ...keyOf('email'), primaryKeyColumn: 'id', reads: ['Amount', 'fixed'] };
    const rows = await allRows(source, { table: 'wh.marts.exact' }, key);
    expect(rows.map(({ row }) => row)).toEqual([
      { id: '12345678901234567890', email: 'a@pg.example', Amount: '0.12345678901234567890123', fixed: '1.5000000000' },
      { id: '2', email: 'b@pg.example', Amount: 'NaN', fixed: null },
    ]);
    const fine = { ...keyOf('email'), reads: ['fixed'] };
    expect(await allRows(source, { query: 'select email, fixed from wh.marts.exact' }, fine)).toHaveLength(2);
    const query = 'with t as (select * from wh.marts.exact) select email, "Amount" * 2 as twice from t';
    await expect(allRows(source, { query }, { ...keyOf('email'), reads: ['twice'] })).rejects.toThrow(
      /column Amount of wh\."marts"\."exact", which is numeric without a precision/,
    );
  } finally {
    await source.close();
  }
});

test('a role without rights on one column reads the others', async () => {
  people('guarded', 100);
  psql(
    'revoke select on marts.guarded from reader; grant select (id, email, first_name, company) on marts.guarded to reader',
  );
  const runs = new WarehouseRuns(await startApollo());
  expect(countsOf(await runs.sync(postgres(), { table: 'wh.marts.guarded' }))).toEqual({ created: 100 });
  const mapping = [
    { to: 'email', from: 'email' },
    { to: 'title', from: 'filler' },
  ];
  const refused = await runs.sync(postgres(), { table: 'wh.marts.guarded', mapping });
  expect(refused).toMatchObject({ code: 'source_unreadable' });
  expect(refused.error).toContain('permission denied for table guarded. Grant the user SELECT');
});

test('a connection that breaks after many rows fails before the first row is sent', async () => {
  people('slow', 2000);
  psql(`drop view if exists marts.failing; create view marts.failing as
    select id, email, first_name, case when id = 1900 then company::int::text else company end as company from marts.slow`);
  const emulator = await startApollo();
  const failing = await new WarehouseRuns(emulator).sync(postgres(), { table: 'wh.marts.failing' });
  expect(failing).toMatchObject({ code: 'source_unreadable' });
  expect(failing.error).toContain('invalid input syntax for type integer (not shown)');
  expect(failing.error).not.toContain('Company');

  psql(
    'create or replace view marts.failing as select id, email, first_name, company || pg_sleep(0.01)::text as company from marts.slow',
  );
  const run = new WarehouseRuns(emulator).sync(postgres(), { table: 'wh.marts.failing' });
  // Those before it end at once, and may have ended when they are to be terminated.
  const active = `from pg_stat_activity where usename = 'reader' and state = 'active' and query like '%COPY%'
    and clock_timestamp() - query_start > interval '500 ms'`;
  await counted(`select count(*) ${active}`, run);
  psql(`select pg_terminate_backend(pid) ${active}`);
  const killed = await run;
  expect(killed).toMatchObject({ code: 'source_unreadable' });
  expect(killed.error).toContain('terminating connection due to administrator command');
  expect(emulator.store.contacts.size).toBe(0);
});

test('a run that waits for a locked table is stopped at once, and one that waits too long says why', async () => {
  people('locked', 10);
  const held = `select count(*) from pg_locks where relation = 'marts.locked'::regclass and mode = 'AccessExclusiveLock' and granted`;
  const hold = psqlInBackground('begin; lock table marts.locked in access exclusive mode; select pg_sleep(60)');
  const waiting = `select count(*) from pg_stat_activity where usename = 'reader' and wait_event_type = 'Lock'`;
  try {
    await counted(held);
    const stop = new AbortController();
    const emulator = await startApollo();
    const run = new WarehouseRuns(emulator).sync(postgres(), { table: 'wh.marts.locked' }, stop);
    await counted(waiting, run);
    stop.abort(new Error('stopped'));
    expect((await run).error).toContain('stopped');
    const attach = [{ path: "options='-c lock_timeout=100'", type: 'postgres', alias: 'wh', secret: 'pg' }];
    const late = await new WarehouseRuns(emulator).sync(postgres({ attach }), { table: 'wh.marts.locked' });
    expect(late).toMatchObject({ code: 'source_unreadable' });
    expect(late.error).toContain('canceling statement due to lock timeout. Another session holds a lock');
  } finally {
    hold.kill();
    psql(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%marts.locked%' and pid <> pg_backend_pid()`,
    );
  }
});

test('of rows of one match key the last by primary key counts, in each run, with a warning', async () => {
  people('repeated', 300);
  psql(`update marts.repeated set email = 'same@pg.example' where id % 10 = 0`);
  const runs = new WarehouseRuns(await startApollo());
  const first = await runs.sync(postgres(), { table: 'wh.marts.repeated' });
  expect(countsOf(first)).toEqual({ created: 271, superseded: 29 });
  expect(first.told.join()).toContain('29 rows are superseded by a later row of the same match key');
  const again = await runs.sync(postgres(), { table: 'wh.marts.repeated' });
  expect(countsOf(again)).toEqual({ unchanged: 271, superseded: 29 });
  const ordered = await new WarehouseRuns(await startApollo()).sync(postgres(), {
    query: 'select * from wh.marts.repeated order by id desc',
  });
  expect(ordered.told).toEqual([]);
});

test.each<[string, object, string]>([
  ['a wrong password', postgres({}, { password: 'canary-of-the-wrong' }), 'invalid_source'],
  ['a user that is not there', postgres({}, { user: 'canary-of-the-user' }), 'invalid_source'],
  ['a database that is not there', postgres({}, { database: 'canary-of-the-database' }), 'invalid_source'],
  ['a port where nothing listens', postgres({}, { port: 1 }), 'source_unreadable'],
  [
    'a password in a path',
    postgres({ attach: [{ path: `password=${CANARY}`, type: 'postgres', alias: 'wh' }] }),
    'invalid_source',
  ],
  ['a parameter that is none', postgres({}, { passwort: 'canary-of-the-typo' }), 'invalid_source'],
])('%s is told without any secret', async (_, source, code) => {
  const runs = new WarehouseRuns(await startApollo());
  const ended = await runs.sync(source, { table: 'wh.marts.people' });
  expect(ended.code).toBe(code);
  expect(ended.error).not.toContain(CANARY);
  expect(ended.error).not.toMatch(/canary-of-the-(wrong|typo)/);
  expect(ended.error).toContain('source.');
});
