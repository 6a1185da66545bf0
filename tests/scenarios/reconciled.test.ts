import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { knownPeople, personOf } from '../support/known-people.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';

const rows = Array.from({ length: 40 }, (_, n) => personOf(n));

const scene = () => knownPeople(rows, { updates: 'bulk' });

test('with an inventory, --full writes nothing where nothing differs, and what differs where something does', async () => {
  const { runs, byEmail, edit } = await scene();
  await runs.inventory();
  expect(await runs.sync(rows, { full: true })).toMatchObject({ counts: { unchanged: 40 }, calls: {} });
  await edit([3], { title: 'edited by hand' });
  expect(await runs.preview(rows, undefined, { full: true })).toMatchObject({
    streams: [{ changed: { min: 1, max: 1 }, unchanged: 39 }],
  });
  const healed = await runs.sync(rows, { full: true });
  expect(healed).toMatchObject({
    counts: { unchanged: 39, updated: 1 },
    calls: { 'POST contacts/bulk_update': 1 },
  });
  expect(byEmail(3).title).toBe('CTO');
});

test('a record that was deleted since an inventory is created again by --full', async () => {
  const { emulator, runs, edit } = await scene();
  await runs.inventory();
  await edit([4], { state: 'deleted' });
  const ended = await runs.sync(rows, { full: true });
  expect(ended.counts).toEqual({ created: 1, unchanged: 39 });
  const live = [...emulator.store.contacts.values()].filter(({ state }) => state === 'live');
  expect(live.map(({ email }) => email).sort()).toEqual(rows.map(({ email }) => email).sort());
  expect(await runs.identityFaults(emulator, rows)).toEqual([]);
});

test('an address that was changed by hand is given back by --full', async () => {
  const { emulator, runs, byEmail, edit } = await scene();
  const { id } = byEmail(5);
  await edit([5], { email: 'other@elsewhere.example' });
  const { counts } = await runs.sync(rows, { full: true });
  expect(counts).toEqual({ unchanged: 39, updated: 1 });
  expect(emulator.store.contacts.get(id)!.email).toBe('person5@company.example');
  expect(emulator.store.contacts.size).toBe(40);
});

test('an inventory that is older than a write undoes nothing, and keeps nothing from being written', slow, async () => {
  const { clock, emulator, runs, byEmail } = await scene();
  await runs.inventory();
  clock.advance(60_000);
  // By now Apollo has CEO, and the inventory still shows CTO.
  await runs.sync(rows.map((row, n) => (n === 7 ? personOf(7, 'CEO') : row)));
  clock.advance(60_000);
  expect(byEmail(7).title).toBe('CEO');
  const { counts } = await runs.sync(rows, { full: true });
  expect(counts).toEqual({ unchanged: 39, updated: 1 });
  expect(byEmail(7).title).toBe('CTO');
  expect(emulator.store.contacts.size).toBe(40);
});

test('an index that lags shows what was before a write: it is written all the same', slow, async () => {
  const { clock, emulator, runs, byEmail } = await scene();
  emulator.setQuirks({ searchLagMs: 3_600_000 });
  await runs.sync(rows.map((row, n) => (n === 7 ? personOf(7, 'CEO') : row)));
  clock.advance(3_600_000 - 60_000);
  await runs.inventory();
  const { counts } = await runs.sync(rows, { full: true });
  expect(counts['updated']).toBe(1);
  expect(byEmail(7).title).toBe('CTO');
});

/** Rows that a run has written and of which no inventory knows, and how many searches there were. */
async function unread(options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock, ...options });
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'key', updates: 'individual' } });
  await runs.sync(rows);
  clock.advance(60_000);
  const searches = () => emulator.requests.counts['contacts/search']?.[200] ?? 0;
  const edit = (n: number, changes: object) => {
    const [{ id } = { id: '' }] = emulator.store.contacts.byEmail(`person${n}@company.example`);
    emulator.edit({ contacts: [{ id, ...changes }] });
    clock.advance(60_000);
  };
  return { emulator, runs, searches, edit };
}

test('without an inventory, --full reads a hundred records a call before it writes what differs', async () => {
  const { emulator, runs, searches, edit } = await unread();
  edit(3, { title: 'edited by hand' });
  edit(5, { email: 'other@elsewhere.example', mobile_phone: '+12025550199' });
  expect(await runs.preview(rows, undefined, { full: true })).toMatchObject({
    ...{
      streams: [{ changed: { min: 2, max: 2 }, unchanged: 38 }],
      calls: { 'PATCH contacts/{id}': { min: 2, max: 2 } },
    },
  });
  const { counts, calls, told } = await runs.sync(rows, { full: true });
  expect([counts, calls['PATCH contacts/{id}'], told]).toEqual([{ unchanged: 38, updated: 2 }, 2, []]);
  expect(emulator.store.contacts.size).toBe(40);
  edit(7, { title: 'later' });
  expect((await runs.sync(rows, { full: true })).counts).toEqual({ unchanged: 39, updated: 1 });
  // One each; the address that a record gets back is looked for as well.
  expect(searches()).toBe(4);
});

test('what Apollo has far more of than rows know of is not read by --full', slow, async () => {
  const contacts = Array.from({ length: 401 }, (_, n) => ({ email: `else${n}@elsewhere.example` }));
  const { runs, searches } = await unread({ data: { contacts } });
  const { counts } = await runs.sync(rows, { full: true });
  expect([counts, searches()]).toEqual([{ updated: 40 }, 1]);
});

test('where search is not allowed, --full says so and writes every known record once more', slow, async () => {
  const { runs } = await unread({ plan: 'free' });
  const { counts, calls } = await runs.sync(rows, { full: true });
  expect([counts, calls['PATCH contacts/{id}']]).toEqual([{ updated: 40 }, 40]);
});

test('a store that knows of no row yet asks no more for --full than none at all', async () => {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'key' } });
  expect((await runs.sync(rows, killedState(0))).counts).toEqual({});
  expect((await runs.sync(rows, { full: true })).counts).toEqual({ created: 40 });
  expect(emulator.requests.count('users/api_profile')).toBe(1);
});

test('for single rows not everything is read', slow, async () => {
  const { runs, searches } = await unread();
  const { calls } = await runs.sync(rows, { full: true, pick: { keys: ['row 1'] } });
  expect([calls['PATCH contacts/{id}'], searches()]).toEqual([1, 0]);
});

test(
  'where Apollo has far more than the rows, --full reads only what has changed since an inventory',
  slow,
  async () => {
    const clock = new EmulatorClock();
    const others = Array.from({ length: 250 }, (_, n) => ({
      email: `other${n}@elsewhere.example`,
      first_name: `Other${n}`,
    }));
    const emulator = await startApollo({ clock, data: { contacts: others } });
    const runs = new Runs(emulator, { clock, stream: { primary_key: 'key' } });
    const few = rows.slice(0, 5);
    await runs.sync(few);
    clock.advance(60_000);
    await runs.inventory();
    const searches = () => emulator.requests.entries.filter(({ action }) => action === 'contacts/search').length;
    const before = searches();
    expect((await runs.sync(few, { full: true })).counts).toEqual({ unchanged: 5 });
    expect([before, searches() - before]).toEqual([3, 1]);
  },
);
