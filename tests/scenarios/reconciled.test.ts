import { expect, test } from 'vitest';
import { knownPeople, personOf } from '../support/known-people.ts';
import { slow } from '../support/runs.ts';

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
