import { afterEach, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../../../emulator/server/options.ts';
import { ConfigFailure } from '../../../../runtime/contract/failure.ts';
import { idOf } from '../../../scenarios/scenario.ts';
import { closeEmulators, startApollo } from '../../../support/emulator.ts';
import { EmulatorClock } from '../../../support/emulator-clock.ts';
import { slow } from '../../../support/runs.ts';
import { Runs } from '../../../support/stateful.ts';

afterEach(closeEmulators);

const people = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({
    id: idOf(from + i + 1),
    email: `person${from + i}@company.example`,
    title: 'CTO',
    created_at: Date.UTC(2025, 0, 1) + (from + i) * 1000,
  }));

async function scene(options: EmulatorOptions = {}, object = 'contacts') {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock, ...options });
  const runs = new Runs(emulator, { clock, stream: { object } });
  const searches = (): number =>
    Object.values(emulator.requests.counts[`${object}/search`] ?? {}).reduce((sum, count) => sum + count, 0);
  return { clock, emulator, runs, searches };
}

const known = (runs: Runs) => runs.query(`select id, shown from inventory order by id`);

test('an inventory has every record with all that it shows, and by which keys Apollo finds it', async () => {
  const { emulator, runs } = await scene();
  emulator.seed({
    contacts: [
      {
        id: idOf(1),
        email: 'Ann@acme.example',
        contact_emails: [{ email: 'further@acme.example', position: 0 }],
        first_name: 'Ann',
        last_name: 'Lee',
        organization_name: 'Acme',
        title: 'CTO',
        label_names: ['VIP'],
      },
    ],
  });
  expect(await runs.inventory()).toEqual([
    { object: 'contacts', calls: 1, known: 1, total: 1, changed: 1, complete: true, stopped: false },
  ]);
  const [record] = await runs.query(`select "values"->>'title' as title, shown->'label_ids' as lists from inventory`);
  expect(record).toMatchObject({ title: 'CTO', lists: expect.stringContaining('"') });
  const keys = await runs.query('select distinct key from inventory_keys where is_match_key order by key');
  expect(keys.map(({ key }) => key)).toEqual([
    'email:ann@acme.example',
    'email:further@acme.example',
    'name:ann|lee|acme',
  ]);
});

test('a second inventory reads what has changed since, however much there is', slow, async () => {
  const { clock, emulator, runs, searches } = await scene();
  emulator.seed({ contacts: people(1200) });
  await runs.inventory();
  expect(searches()).toBe(13);
  clock.advance(60_000);
  const edited = [700, 3, 1100, ...Array.from({ length: 130 }, (_, i) => i * 7 + 10)];
  emulator.edit({ contacts: edited.map((n) => ({ id: idOf(n + 1), title: `edited ${n}` })) });
  emulator.seed({ contacts: people(1, 5000).map((one) => ({ ...one, created_at: clock.now() })) });
  clock.advance(60_000);
  const before = searches();
  const [result] = await runs.inventory();
  expect({ ...result, calls: searches() - before }).toEqual({
    ...{ object: 'contacts', calls: 2, known: 1201, total: 1201, changed: new Set(edited).size + 1 },
    ...{ complete: true, stopped: false },
  });
  const titles = await runs.query(`select count(*) as n from inventory where "values"->>'title' like 'edited%'`);
  expect(titles).toEqual([{ n: String(new Set(edited).size) }]);
});

test('what is edited while everything is being read is found by the next reading', slow, async () => {
  const { clock, emulator, runs } = await scene();
  emulator.seed({ contacts: people(600) });
  await runs.inventory({}, { maxCalls: 3 });
  clock.advance(1000);
  // Read already, and then 250 others that are not: these come first among the last changed.
  emulator.edit({ contacts: [{ id: idOf(5), title: 'edited' }] });
  clock.advance(1000);
  emulator.edit({ contacts: people(250, 300).map(({ id }) => ({ id, title: 'later' })) });
  clock.advance(1000);
  expect(await runs.inventory()).toMatchObject([{ known: 600, complete: true }]);
  await runs.inventory();
  expect(await runs.query(`select "values"->>'title' as title from inventory where id = '${idOf(5)}'`)).toEqual([
    { title: 'edited' },
  ]);
});

test('one that stops goes on where it has stopped, and reads nothing twice', async () => {
  const { emulator, runs, searches } = await scene();
  emulator.seed({ contacts: people(450) });
  expect(await runs.inventory({}, { maxCalls: 2 })).toMatchObject([
    { known: 200, total: 450, complete: false, stopped: true },
  ]);
  expect(await runs.inventory()).toMatchObject([{ known: 450, complete: true, stopped: false }]);
  expect(searches()).toBe(5);
});

test('a quota that is used up stops it with what was read, and why', async () => {
  const { emulator, runs } = await scene({ plan: { minute: 100, hour: 3, day: 100 } });
  emulator.seed({ contacts: people(450) });
  const [first] = await runs.inventory({ rate_limits: { max_wait_seconds: 0 } });
  expect(first).toMatchObject({ known: 300, stopped: true, cause: { code: 'quota_exhausted' } });
});

test('beyond what one query shows it reads from both ends, then by stages and lists', slow, async () => {
  const { emulator, runs } = await scene();
  const stages = ['a', 'b', 'c'].map((letter) => letter.repeat(24));
  emulator.seed({
    contact_stages: stages.map((id) => ({ id, name: id })),
    contacts: people(900).map((one, i) => ({ ...one, contact_stage_id: stages[i % 3] })),
  });
  emulator.setQuirks({ searchPages: 3 });
  expect(await runs.inventory()).toMatchObject([{ known: 900, total: 900, complete: true }]);
});

test('what it cannot see it says', slow, async () => {
  const { emulator, runs } = await scene();
  emulator.seed({ contacts: people(900) });
  emulator.setQuirks({ searchPages: 2 });
  const [result] = await runs.inventory();
  expect(result).toMatchObject({ known: 400, total: 900, complete: false, stopped: false });
});

test('where Apollo does not sort, everything is read again', slow, async () => {
  const { clock, emulator, runs } = await scene();
  emulator.seed({ contacts: people(300) });
  emulator.setQuirks({ searchSorts: 'ignored' });
  await runs.inventory();
  clock.advance(60_000);
  emulator.edit({ contacts: [{ id: idOf(250), title: 'edited' }] });
  expect(await runs.inventory()).toMatchObject([{ changed: 1, complete: true }]);
});

test('what is no longer shown is marked by a reading of everything, and not taken for deleted', async () => {
  const { clock, emulator, runs } = await scene();
  emulator.seed({ contacts: people(120) });
  await runs.inventory();
  clock.advance(60_000);
  emulator.edit({ contacts: [{ id: idOf(7), state: 'deleted' }] });
  expect(await runs.inventory()).toMatchObject([{ known: 120, total: 119, complete: false }]);
  expect(await runs.inventory({}, { full: true })).toMatchObject([{ known: 119, total: 119, complete: true }]);
  expect(await known(runs)).toHaveLength(120);
});

test('accounts, whose records show no time of change, are known by what they hold', async () => {
  const { clock, emulator, runs, searches } = await scene({}, 'accounts');
  emulator.seed({
    accounts: Array.from({ length: 330 }, (_, i) => ({
      id: idOf(i + 1),
      name: `Company ${i}`,
      domain: `c${i}.example`,
    })),
  });
  await runs.inventory();
  clock.advance(60_000);
  emulator.edit({ accounts: [{ id: idOf(99), phone: '+1 202 555 0101' }] });
  expect(await runs.inventory()).toMatchObject([{ object: 'accounts', known: 330, changed: 1, complete: true }]);
  expect(searches()).toBe(5);
});

test('a plan or a key without the search says so, and nothing is kept', async () => {
  const { emulator, runs } = await scene({ plan: 'free' });
  emulator.seed({ contacts: people(3) });
  await expect(runs.inventory()).rejects.toBeInstanceOf(ConfigFailure);
  expect(await known(runs)).toEqual([]);
});
