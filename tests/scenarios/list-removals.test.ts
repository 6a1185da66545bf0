import { expect, test } from 'vitest';
import { askOf } from '../support/ask-runs.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { people } from './scenario.ts';

const takeOff = 'POST labels/remove_entity_ids_from_label_names';
const hour = 3_600_000;
const rows = people(40, (i) => ({ key: `row ${i}` }));
const rest = rows.slice(20);

/** Forty people on a list, of whom twenty have left the source; Apollo has taken some of them off, and says that it took all. */
async function scene(stream: Readonly<Record<string, unknown>> = {}) {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const mirror = { mode: 'mirror', lists: ['Customers'], max_removed_percent: 60 };
  const runs = new Runs(emulator, { clock, stream: { primary_key: 'key', ...mirror, ...stream } });
  const members = () => emulator.store.labels.members('Customers', 'contacts').size;
  const reads = () => emulator.requests.counts['contacts/show']?.[200] ?? 0;
  await runs.sync(rows);
  clock.advance(60_000);
  emulator.setQuirks({ lostRemovalsPercent: 30 });
  await runs.sync(rest);
  emulator.setQuirks({ lostRemovalsPercent: 0 });
  clock.advance(60_000);
  const lost = members() - 20;
  return { clock, emulator, runs, members, reads, lost, drift: askOf(runs, clock) };
}

test('removals that were confirmed and not done are found by an inventory, listed, and made again', async () => {
  const { runs, members, reads, lost, drift, clock } = await scene();
  expect(lost).toBeGreaterThan(2);
  expect(await runs.sync(rest)).toMatchObject({ counts: { unchanged: 20 }, calls: {} });
  const [found] = await runs.inventory();
  expect([found!.unremoved, reads()]).toEqual([lost, 20]);
  const said = await drift({ name: 'drift', showValues: true }, rest);
  expect(said.json).toHaveLength(lost);
  expect(said.json[0]).toEqual({
    ...{ type: 'drift', stream: 'rows', primary_key: expect.any(String), destination_id: expect.any(String) },
    ...{ field: 'lists', ours: [], theirs: ['Customers'], at: expect.any(String) },
  });
  expect(await runs.preview(rest)).toMatchObject({ calls: { [takeOff]: { min: 1, max: 1 } } });
  expect(await runs.sync(rest)).toMatchObject({
    ...{ counts: { unchanged: 20 }, removed: { found: lost, updated: lost }, calls: { [takeOff]: 1 } },
  });
  expect(members()).toBe(20);
  expect((await drift({ name: 'drift' }, rest)).json).toEqual([]);
  clock.advance(60_000);
  expect((await runs.inventory())[0]!.unremoved).toBeUndefined();
  expect(await runs.sync(rest)).toMatchObject({ counts: { unchanged: 20 }, calls: {} });
  await runs.inventory();
  expect(reads()).toBe(20 + lost);
});

test(
  'what search shows long after a removal needs no read, but for those that are still on the list',
  slow,
  async () => {
    const { clock, runs, reads, lost } = await scene();
    clock.advance(hour);
    expect((await runs.inventory(undefined, { full: true }))[0]!.unremoved).toBe(lost);
    expect(reads()).toBe(lost);
  },
);

test('an index that lags behind a removal has none of them made again', slow, async () => {
  const { clock, emulator, runs, members, lost } = await scene();
  emulator.setQuirks({ searchLagMs: 24 * hour });
  clock.advance(2 * hour);
  expect((await runs.inventory(undefined, { full: true }))[0]!.unremoved).toBe(lost);
  expect((await runs.sync(rest)).removed).toEqual({ found: lost, updated: lost });
  expect(members()).toBe(20);
});

test('who was put on a list by hand, after a removal was seen to be done, stays there', slow, async () => {
  const { clock, emulator, runs, members } = await scene();
  await runs.inventory();
  await runs.sync(rest);
  const gone = [...emulator.store.contacts.values()].find(({ label_ids }) => label_ids.length === 0)!;
  emulator.edit({ contacts: [{ id: gone.id, label_names: ['Customers'] }] });
  clock.advance(2 * hour);
  expect((await runs.inventory(undefined, { full: true }))[0]).toMatchObject({ complete: true });
  const { removed } = await runs.sync(rest);
  expect([removed, members()]).toEqual([{}, 21]);
});

test('a list that a row is to lose is lost by the next run (membership)', slow, async () => {
  const { clock, emulator, runs, members } = await scene();
  const remove = {
    ...{ name: 'gone', membership: { list: 'Customers', behaviour: 'remove' } },
    ...{ mode: undefined, lists: undefined, max_removed_percent: undefined },
  };
  const some = rows.slice(20);
  const before = members();
  emulator.setQuirks({ lostRemovalsPercent: 40 });
  expect((await runs.sync(some, { stream: remove })).counts).toEqual({ updated: 20 });
  emulator.setQuirks({ lostRemovalsPercent: 0 });
  const lost = members() - (before - 20);
  clock.advance(60_000);
  expect(lost).toBeGreaterThan(2);
  await runs.inventory();
  const { counts, calls } = await runs.sync(some, { stream: remove });
  expect([counts, calls]).toEqual([{ updated: lost, unchanged: 20 - lost }, { [takeOff]: 1 }]);
  expect(members()).toBe(before - 20);
});
