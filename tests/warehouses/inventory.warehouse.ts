import { afterEach, expect, test } from 'vitest';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { newSchema, psql, storeIn } from './support.ts';

const rows = (from: number, to: number): readonly TestRow[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    id: `${from + i}`,
    email: `p${from + i}@state.example`,
    title: 'CEO',
  }));

/** Runs that keep what they know in PostgreSQL. */
async function place(stream: Readonly<Record<string, unknown>> = {}, config: Readonly<Record<string, unknown>> = {}) {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const schema = newSchema();
  const more = { primary_key: 'id', max_removed_percent: 100, ...stream };
  const runs = new Runs(emulator, { clock, stream: more, config: { state: storeIn(schema), ...config } });
  const searches = () => emulator.requests.counts['contacts/search']?.[200] ?? 0;
  return { clock, emulator, runs, schema, searches };
}

afterEach(closeEmulators);

test('removals that were not done are found, and made again', async () => {
  const { clock, emulator, runs, schema } = await place({ mode: 'mirror', lists: ['Customers'] });
  const members = () => emulator.store.labels.members('Customers', 'contacts').size;
  await runs.sync(rows(1, 40));
  clock.advance(90_000);
  emulator.setQuirks({ lostRemovalsPercent: 30 });
  await runs.sync(rows(21, 40));
  emulator.setQuirks({ lostRemovalsPercent: 0 });
  const lost = members() - 20;
  expect(lost).toBeGreaterThan(2);
  expect((await runs.inventory())[0]!.unremoved).toBe(lost);
  expect(psql(`select count(*) from ${schema}.changes where still <> '[]'`)).toBe(`${lost}`);
  expect((await runs.sync(rows(21, 40))).removed).toEqual({ found: lost, updated: lost });
  expect(members()).toBe(20);
});

test('a first run of everything asks what one over a file does', async () => {
  const { emulator, runs } = await place();
  expect((await runs.sync(rows(1, 6), { full: true })).counts).toEqual({ created: 6 });
  expect(emulator.requests.counts).toMatchObject({ 'users/api_profile': { 200: 1 } });
});

test('records that search does not show are read by their ids', async () => {
  const { clock, emulator, runs } = await place();
  await runs.sync(rows(1, 6));
  await runs.inventory();
  const [first, second] = [...emulator.store.contacts.values()];
  emulator.edit({ contacts: [first!, second!].map(({ id }) => ({ id, state: 'deleted' })) });
  clock.advance(90_000);
  expect((await runs.inventory(undefined, { full: true, maxCalls: 2 }))[0]).toMatchObject({ gone: 1, unread: 1 });
  emulator.edit({ contacts: [{ id: second!.id, state: 'live' }] });
  emulator.setQuirks({ searchLagMs: 3_600_000 });
  expect((await runs.inventory(undefined, { full: true }))[0]).toMatchObject({ known: 0 });
  expect((await runs.sync(rows(1, 6), { full: true })).counts).toEqual({ created: 1, unchanged: 5 });
});

test('an inventory that is configured is read before runs, and not while another run has a part of the store', async () => {
  const { clock, emulator, runs, schema, searches } = await place(
    { drift: 'repair' },
    { inventory: { max_age: '1m' } },
  );
  await runs.sync(rows(1, 5));
  clock.advance(90_000);
  const [one] = [...emulator.store.contacts.values()];
  emulator.edit({ contacts: [{ id: one!.id, title: 'edited' }] });
  clock.advance(90_000);
  expect((await runs.sync(rows(1, 5))).counts).toEqual({ updated: 1, unchanged: 4 });
  clock.advance(90_000);
  const before = searches();
  psql(
    `insert into ${schema}.leases values ('elsewhere', 'another run', 'a host', 'a token', now() at time zone 'utc', now() at time zone 'utc' + interval '1 h')`,
  );
  const { counts } = await runs.sync(rows(1, 5), { only: ['rows'] });
  expect([counts, searches()]).toEqual([{ unchanged: 5 }, before]);
});
