import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const rowOf = (n: number, title = 'CTO'): TestRow => ({
  key: `row ${n}`,
  email: `person${n}@company.example`,
  first_name: `First${n}`,
  title,
  mobile_phone: '(202) 555-0101',
});

const rows = Array.from({ length: 40 }, (_, n) => rowOf(n));

async function scene() {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const stream = { updates: 'bulk', primary_key: 'key' };
  const runs = new Runs(emulator, { clock, stream });
  await runs.sync(rows);
  clock.advance(60_000);
  const byEmail = (n: number) => emulator.store.contacts.byEmail(`person${n}@company.example`)[0]!;
  return { clock, emulator, runs, byEmail };
}

test('with an inventory, --full writes nothing where nothing differs, and what differs where something does', async () => {
  const { clock, emulator, runs, byEmail } = await scene();
  await runs.inventory();
  expect(await runs.sync(rows, { full: true })).toMatchObject({ counts: { unchanged: 40 }, calls: {} });
  const { id } = byEmail(3);
  emulator.edit({ contacts: [{ id, title: 'edited by hand' }] });
  clock.advance(60_000);
  await runs.inventory();
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
  const { clock, emulator, runs, byEmail } = await scene();
  const { id } = byEmail(5);
  emulator.edit({ contacts: [{ id, email: 'other@elsewhere.example' }] });
  clock.advance(60_000);
  await runs.inventory();
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
  await runs.sync(rows.map((row, n) => (n === 7 ? rowOf(7, 'CEO') : row)));
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
  await runs.sync(rows.map((row, n) => (n === 7 ? rowOf(7, 'CEO') : row)));
  clock.advance(3_600_000 - 60_000);
  await runs.inventory();
  const { counts } = await runs.sync(rows, { full: true });
  expect(counts['updated']).toBe(1);
  expect(byEmail(7).title).toBe('CTO');
});
