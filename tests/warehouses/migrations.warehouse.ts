import { afterEach, beforeAll, expect, test } from 'vitest';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { CANARY, counted, countsOf, postgres, psql, psqlSession, WarehouseRuns } from './support.ts';

// What a migration does to a table between two runs, and while one reads it.
beforeAll(() => {
  psql(`create schema moving; create role reader_of_moving login password '${CANARY}'; grant usage on schema moving to reader_of_moving;
    alter default privileges in schema moving grant select on tables to reader_of_moving`);
});
afterEach(closeEmulators);

const source = () => postgres({}, { user: 'reader_of_moving' });
const stream = { table: 'wh.moving.movers' };

const people = (): void => {
  psql(`set client_min_messages to warning; drop table if exists moving.movers, moving.movers_old;
    create table moving.movers as select g as id, 'p' || g || '@moving.example' as email, 'First' || g as first_name,
      'Company ' || g as company from generate_series(1, 50) g; alter table moving.movers add primary key (id)`);
};

test.each<[string, string, RegExp]>([
  [
    'drops a mapped column',
    'alter table moving.movers drop column company',
    /streams\[0\]\.mapping\[2\]\.from: the source has no column "company"/,
  ],
  [
    'renames a mapped column',
    'alter table moving.movers rename company to organisation',
    /streams\[0\]\.mapping\[2\]\.from: the source has no column "company"/,
  ],
  [
    'renames the column that names rows',
    'alter table moving.movers rename id to person_id',
    /streams\[0\]\.primary_key.*id/s,
  ],
  [
    'renames the table',
    'alter table moving.movers rename to movers_old',
    /there is no table "wh\.moving\.movers"; near it:.*wh\.moving\.movers_old/s,
  ],
])('a migration that %s between two runs ends the next one, and nothing is sent', async (_, migration, says) => {
  people();
  const emulator = await startApollo();
  const runs = new WarehouseRuns(emulator);
  expect(countsOf(await runs.sync(source(), stream))).toEqual({ created: 50 });
  const before = structuredClone([...emulator.store.contacts.values()]);
  psql(migration);
  const next = await runs.sync(source(), stream);
  expect(next.error).toMatch(says);
  expect(countsOf(next)).toEqual({});
  expect([...emulator.store.contacts.values()]).toEqual(before);
});

test.each<[string, string, RegExp]>([
  ['drops a mapped column', 'alter table moving.movers drop column company', /column "?company"? does not exist/],
  ['drops the table', 'drop table moving.movers', /relation .*moving.*movers.* does not exist/],
  [
    'makes text of a number',
    `alter table moving.movers alter column id type text using 'x' || id`,
    /the type of wh\.moving\.movers\.id was changed while this run went on/,
  ],
])('a migration that %s while a run waits for it ends the run before a row is sent', async (_, migration, says) => {
  people();
  const emulator = await startApollo();
  const runs = new WarehouseRuns(emulator);
  const other = psqlSession();
  other.say(`begin; ${migration}`);
  try {
    await counted(`select count(*) from pg_locks where relation = 'moving.movers'::regclass
      and mode = 'AccessExclusiveLock' and granted`);
    const run = runs.sync(source(), stream);
    await counted(
      `select count(*) from pg_stat_activity where usename = 'reader_of_moving' and wait_event_type = 'Lock'`,
      run,
    );
    other.say('commit');
    const ended = await run;
    expect(ended).toMatchObject({ code: 'source_unreadable' });
    expect(ended.error).toMatch(says);
    expect(emulator.store.contacts.size).toBe(0);
  } finally {
    other.end();
  }
});

test('a column that a migration adds while a run waits for it changes nothing', async () => {
  people();
  const emulator = await startApollo();
  const other = psqlSession();
  other.say(`begin; alter table moving.movers add column more text default 'x'`);
  try {
    await counted(`select count(*) from pg_locks where relation = 'moving.movers'::regclass
      and mode = 'AccessExclusiveLock' and granted`);
    const run = new WarehouseRuns(emulator).sync(source(), stream);
    await counted(
      `select count(*) from pg_stat_activity where usename = 'reader_of_moving' and wait_event_type = 'Lock'`,
      run,
    );
    other.say('commit');
    expect(countsOf(await run)).toEqual({ created: 50 });
  } finally {
    other.end();
  }
});
