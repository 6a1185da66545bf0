import { expect, test } from 'vitest';
import { askOf } from '../support/ask-runs.ts';
import { knownPeople, personOf } from '../support/known-people.ts';
import { slow } from '../support/runs.ts';

const rows = Array.from({ length: 12 }, (_, n) => personOf(n));

async function scene() {
  const known = await knownPeople(rows, { updates: 'bulk' });
  const { runs, clock } = known;
  const full = async () => {
    clock.advance(60_000);
    return (await runs.inventory(undefined, { full: true }))[0]!;
  };
  await full();
  return { ...known, full, drift: askOf(runs, clock) };
}

test('a record that search no longer shows is read by its id: it is listed where it is gone, and made again by --full', async () => {
  const { emulator, runs, byEmail, full, drift } = await scene();
  const { id } = byEmail(3);
  emulator.edit({ contacts: [{ id, state: 'deleted' }] });
  expect(await full()).toMatchObject({ known: 11, total: 11, gone: 1, calls: 2 });
  expect((await drift({ name: 'drift' }, rows)).json).toEqual([
    ...[
      { type: 'drift', stream: 'rows', primary_key: 'row 3', destination_id: id, field: null, at: expect.any(String) },
    ],
  ]);
  expect((await full()).calls).toBe(1);
  expect((await runs.sync(rows)).counts).toEqual({ unchanged: 12 });
  expect((await runs.sync(rows, { full: true })).counts).toEqual({ created: 1, unchanged: 11 });
  const there = emulator.store.contacts.byEmail('person3@company.example').filter(({ state }) => state === 'live');
  expect(there).toHaveLength(1);
});

test('records that search does not show and that are there are not taken for deleted', slow, async () => {
  const { emulator, runs, full, drift } = await scene();
  emulator.setQuirks({ searchLagMs: 86_400_000 });
  expect(await full()).toMatchObject({ known: 0, total: 0, calls: 13 });
  expect(await full()).not.toHaveProperty('gone');
  expect((await drift({ name: 'drift' }, rows)).json).toEqual([]);
  expect(await runs.preview(rows, undefined, { full: true })).toMatchObject({ streams: [{ unchanged: 12 }] });
  expect(await runs.sync(rows, { full: true })).toMatchObject({ counts: { unchanged: 12 }, calls: {} });
});

test('what there was no time to read is read by the next inventory', slow, async () => {
  const { clock, emulator, runs, byEmail } = await scene();
  for (const n of [1, 2, 5]) emulator.edit({ contacts: [{ id: byEmail(n).id, state: 'deleted' }] });
  clock.advance(60_000);
  expect((await runs.inventory(undefined, { full: true, maxCalls: 2 }))[0]).toMatchObject({ gone: 1, unread: 2 });
  expect((await runs.inventory())[0]).toMatchObject({ gone: 2, calls: 3 });
});

test('a record that may not be seen keeps none from being read', slow, async () => {
  const { clock, emulator, runs, byEmail } = await scene();
  emulator.edit({ contacts: [{ id: byEmail(1).id, state: 'hidden' }] });
  emulator.edit({ contacts: [{ id: byEmail(2).id, state: 'deleted' }] });
  clock.advance(60_000);
  // Which of the two comes first is not known.
  const first = (await runs.inventory(undefined, { full: true, maxCalls: 2 }))[0]!;
  clock.advance(60_000);
  const second = (await runs.inventory(undefined, { maxCalls: 2 }))[0]!;
  expect([(first.gone ?? 0) + (second.gone ?? 0), second.unread]).toEqual([1, 1]);
});
