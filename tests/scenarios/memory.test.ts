import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { breachesOf } from '../../runtime/run/preview/guards.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const person = (id: number, more: TestRow = {}): TestRow => ({
  id,
  email: `p${id}@mem.example`,
  title: 'CTO',
  ...more,
});

async function place(stream: Readonly<Record<string, unknown>> = {}, quirks = {}) {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock, quirks });
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'id', ...stream } });
  const titles = () => [...emulator.store.contacts.values()].map(({ email, title }) => `${email} ${title}`).sort();
  return { clock, emulator, runs, titles };
}

test('the id of an earlier run is refused, and nothing is sent', async () => {
  const { runs, emulator } = await place();
  await runs.sync([person(1)], { runId: 'nightly' });
  const before = emulator.requests.total;
  const error = await runs.sync([person(1, { title: 'CEO' })], { runId: 'nightly' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigFailure);
  expect(error).toMatchObject({ code: 'run_id_taken' });
  expect(emulator.requests.total).toBe(before);
  expect((await runs.sync([person(1)], { runId: 'nightly-2' })).counts).toEqual({ unchanged: 1 });
});

test('an undone value does not come back because a stage and a user were added', slow, async () => {
  const { runs, clock, emulator } = await place({
    mapping: ['email', 'title', 'stage', 'owner'].map((name) => ({ to: name, from: name })),
  });
  const row = (title: string) => person(1, { title, stage: 'New', owner: 'Ada Reyes' });
  await runs.sync([row('CTO')]);
  await runs.sync([row('CEO')], { runId: 'promoted' });
  clock.advance(1000);
  await runs.sync([row('CEO')], { undone: 'promoted' });
  const { store } = emulator;
  const [stage] = store.contactStages.values();
  store.contactStages.set('a'.repeat(24), { ...stage!, id: 'a'.repeat(24), name: 'Brand new' });
  const [user] = store.users.values();
  store.users.set('b'.repeat(24), { ...user!, id: 'b'.repeat(24), first_name: 'Zoe', email: 'zoe@mem.example' });
  expect((await runs.sync([row('CEO')])).counts).toEqual({ unchanged: 1 });
  expect([...store.contacts.values()].map(({ title }) => title)).toEqual(['CTO']);
});

test('an option that is added is seen by the rows that were rejected for want of it', async () => {
  const { runs, emulator } = await place({ mapping: ['email', 'stage'].map((name) => ({ to: name, from: name })) });
  const row = person(1, { stage: 'Brand new' });
  expect((await runs.sync([row])).codes).toEqual({ unknown_option: 1 });
  const [stage] = emulator.store.contactStages.values();
  emulator.store.contactStages.set('a'.repeat(24), { ...stage!, id: 'a'.repeat(24), name: 'Brand new' });
  expect((await runs.sync([row])).counts).toEqual({ created: 1 });
});

test('an older run that is undone first can be undone again once the later one is', slow, async () => {
  const { runs, titles } = await place();
  await runs.sync([person(1, { title: 'A' })]);
  await runs.sync([person(1, { title: 'B' })], { runId: 'older' });
  await runs.sync([person(1, { title: 'C' })], { runId: 'later' });
  await runs.sync([person(1)], { undone: 'older' });
  expect(titles()).toEqual(['p1@mem.example C']);
  await runs.sync([person(1)], { undone: 'later' });
  expect(titles()).toEqual(['p1@mem.example B']);
  await runs.sync([person(1)], { undone: 'older' });
  expect(titles()).toEqual(['p1@mem.example A']);
});

test('a reject that could not be written to the file is written by the next run, once', async () => {
  const { runs } = await place();
  const bad = person(1, { email: 'nonsense' });
  const path = join(runs.folder, 'rejects.jsonl');
  mkdirSync(path);
  expect((await runs.sync([bad])).status).toBe('failed');
  rmSync(path, { recursive: true });
  expect((await runs.sync([bad])).codes).toEqual({ invalid_email: 1 });
  expect(runs.rejects()).toHaveLength(1);
  await runs.sync([bad]);
  expect(runs.rejects()).toHaveLength(1);
  expect(existsSync(path)).toBe(true);
  chmodSync(path, 0o600);
});

test('a guard compares what it is about before it is rounded', () => {
  const stream = {
    name: 's',
    known: 10_000,
    known_changed: 2_004,
    new: { min: 0, max: 0 },
    clears: { min: 0, max: 0 },
  };
  const broken = (limit: number) => breachesOf({ streams: [stream] } as never, { max_changed_percent: limit });
  expect(broken(20)).toEqual([{ guard: 'max_changed_percent', stream: 's', value: 20.04, limit: 20 }]);
  expect(broken(20.04)).toEqual([]);
});

test('--full keeps what is not finished', async () => {
  const { runs, emulator } = await place({
    mode: 'insert',
    mapping: ['email', 'mobile_phone'].map((to) => ({ to, from: to })),
  });
  await runs.sync([person(1, { mobile_phone: null })]);
  await runs.query(
    `update records set unfinished = true, outcome = 'deferred', row_hash = null, fingerprint = null, "values" = null`,
  );
  const { counts } = await runs.sync([person(1, { mobile_phone: '+1 202 555 0101' })], { full: true });
  expect(counts).toEqual({ created: 1 });
  expect([...emulator.store.contacts.values()][0]?.phone_numbers).toHaveLength(1);
});

describe('an update whose end is not known', () => {
  const mapping = ['domain', 'name', 'phone'].map((name) => ({ to: name, from: name }));
  const company = (id: number, name: string): TestRow => ({
    id,
    domain: `c${id}.example`,
    name: `${name} ${id}`,
    phone: '+1 202 555 0101',
  });

  test('costs one call of many accounts in the next run, and its preview says so', slow, async () => {
    const { runs } = await place({ object: 'accounts', mapping, updates: 'bulk' });
    const rows = (name: string) => Array.from({ length: 40 }, (_, i) => company(i, name));
    await runs.sync(rows('Old'));
    // As a run leaves it whose answer was lost: Apollo has written, and the store does not know.
    await runs.query(
      `insert into intents select stream, primary_key, 'print', false, now()::timestamp, 'lost', '["name"]', match_key from records`,
    );
    const calls = { 'POST accounts/bulk_update': 1 };
    const estimates = await runs.preview(rows('Old'));
    expect(estimates.calls['POST accounts/bulk_update']).toEqual({ min: 1, max: 1 });
    expect(estimates.calls['PATCH accounts/{id}']).toBeUndefined();
    expect((await runs.sync(rows('Old'))).calls).toEqual(calls);
    expect((await runs.sync(rows('Old'))).calls).toEqual({});
  });
});

test('an apollo_id that is corrected in the source is followed', async () => {
  const { runs, emulator } = await place();
  await runs.sync([person(1), person(2)]);
  const ids = new Map([...emulator.store.contacts.values()].map(({ email, id }) => [email, id]));
  const stream = { name: 'byid', mode: 'update', apollo_id: 'apollo_id', mapping: [{ to: 'title', from: 'title' }] };
  const row = (email: string) => ({ id: 7, title: 'CFO', apollo_id: ids.get(email)! });
  expect((await runs.sync([row('p1@mem.example')], { stream })).counts).toEqual({ updated: 1 });
  expect((await runs.sync([row('p2@mem.example')], { stream })).counts).toEqual({ updated: 1 });
  expect([...emulator.store.contacts.values()].map(({ title }) => title)).toEqual(['CFO', 'CFO']);
});

describe('a primary key that stands twice', () => {
  const types = [
    'double',
    'float',
    'time',
    'timetz',
    'interval',
    'blob',
    'bit',
    'decimal(9, 2)',
    'json',
    'boolean',
    'date',
  ];
  const value = (type: string) =>
    ({
      time: `'12:00:01'`,
      timetz: `'12:00:01+02'`,
      interval: `'90 minutes'`,
      blob: `'\\xAA\\x01'`,
      bit: `'0101'`,
      date: `'2026-01-01'`,
      json: `'"k"'`,
      boolean: 'true',
    })[type] ?? '1.1';

  sweepOver(types, 2)('of type %s counts in its last row, in every run', async (type) => {
    const { runs, titles } = await place({ table: undefined });
    const key = `cast(${value(type)} as ${type}) as id`;
    const query = `select ${key}, 'first@twice.example' as email, 'A' as title union all select ${key}, 'second@twice.example', 'B'`;
    const stream = { query };
    expect((await runs.sync([person(1)], { stream })).counts).toEqual({ created: 1, superseded: 1 });
    expect((await runs.sync([person(1)], { stream })).counts).toEqual({ unchanged: 1, superseded: 1 });
    expect(titles()).toEqual(['second@twice.example B']);
  });

  test.each(['integer', 'double'])('of type %s counts in its last row without a state store too', async (type) => {
    const { runs, titles } = await place({ table: undefined });
    const key = (n: number) => `cast(${n} as ${type}) as id`;
    const query = [
      `select ${key(1)}, 'first@twice.example' as email, 'A' as title`,
      `select ${key(2)}, 'third@twice.example', 'C'`,
      `select ${key(1)}, 'second@twice.example', 'B'`,
    ].join(' union all ');
    const more = { stream: { query }, config: { state: { type: 'none' } } };
    expect((await runs.sync([person(1)], more)).counts).toEqual({ created: 2, superseded: 1 });
    expect(titles()).toEqual(['second@twice.example B', 'third@twice.example C']);
  });
});

test('a record of a creation whose answer was lost is found though its address has been corrected since', async () => {
  const columns = ['email', 'first_name', 'last_name', 'organization_name'];
  const { runs, emulator } = await place({ mapping: columns.map((name) => ({ to: name, from: name })) });
  const ann = (email: string) => ({
    id: 1,
    email,
    first_name: 'Ann',
    last_name: 'Lee',
    organization_name: 'Typo Works',
  });
  await runs.sync([ann('ann@tpyo.example')]);
  await runs.query(
    `insert into intents select stream, primary_key, 'print', true, (select min(started_at) from runs), 'lost', null, match_key from records`,
  );
  await runs.query('delete from records');
  expect((await runs.sync([ann('ann@typo.example')])).counts).toEqual({ created: 1 });
  expect([...emulator.store.contacts.values()].map(({ email }) => email)).toEqual(['ann@typo.example']);
  expect((await runs.sync([ann('ann@typo.example')])).counts).toEqual({ unchanged: 1 });
});

sweepOver([
  // The answer to the one update shows what another one has to put right.
  ['free', 3],
  ['unlimited', 1],
] as const)(
  '--full gives a record its own match key back, whoever has changed it at Apollo (%s)',
  async (plan, patches) => {
    const clock = new EmulatorClock();
    const emulator = await startApollo({ clock, plan });
    const runs = new Runs(emulator, { clock, stream: { object: 'accounts', primary_key: 'id' } });
    const rows = [1, 2].map((id) => ({ id, domain: `c${id}.example`, name: `C${id}` }));
    await runs.sync(rows);
    const [first] = [...emulator.store.accounts.values()];
    emulator.store.accounts.change(first!, { domain: 'hand.example' });
    expect((await runs.sync(rows, { full: true })).calls['PATCH accounts/{id}']).toBe(patches);
    expect([...emulator.store.accounts.values()].map(({ domain }) => domain)).toEqual(['c1.example', 'c2.example']);
    expect(await runs.identityFaults(emulator, rows)).toEqual([]);
  },
);
