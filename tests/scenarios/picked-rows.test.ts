import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const person = (id: number, more: TestRow = {}): TestRow => ({
  id: `C-${id}`,
  email: `p${id}@picked.example`,
  title: 'CTO',
  ...more,
});
const people = (count: number): readonly TestRow[] => Array.from({ length: count }, (_, i) => person(i));

async function place(stream: Readonly<Record<string, unknown>> = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', ...stream } });
  const emails = () => [...apollo.store.contacts.values()].map(({ email }) => email).sort();
  return { runs, apollo, emails };
}

test('one row, then ten: the rows that were not taken are left for later, and taken then', async () => {
  const { runs, emails } = await place();
  const rows = people(25);
  expect(await runs.sync(rows, { pick: { limit: 1 } })).toMatchObject({ status: 'succeeded', counts: { created: 1 } });
  expect(emails()).toEqual(['p0@picked.example']);
  const ten = await runs.sync(rows, { pick: { limit: 10 } });
  expect(ten).toMatchObject({ status: 'succeeded', counts: { created: 9, unchanged: 1 } });
  expect(emails()).toHaveLength(10);
  expect(await runs.sync(rows)).toMatchObject({ counts: { created: 15, unchanged: 10 } });
  expect(emails()).toHaveLength(25);
});

test('a limited run treats no row that it did not take as removed, and no guard takes it for that', async () => {
  const removed = { on_removed: { set_field: { to: 'title', value: 'Gone' } }, max_removed_percent: 10 };
  const { runs, apollo } = await place(removed);
  const rows = people(10);
  await runs.sync(rows);
  const before = JSON.stringify([...apollo.store.contacts.values()]);
  for (const pick of [{ limit: 1 }, { keys: ['C-3'] }]) {
    const { status, counts, removed: gone, calls } = await runs.sync(rows.slice(0, 5), { pick });
    expect({ status, counts, gone, calls }).toEqual({
      status: 'succeeded',
      counts: { unchanged: 1 },
      gone: undefined,
      calls: {},
    });
  }
  expect(JSON.stringify([...apollo.store.contacts.values()])).toBe(before);
  // Whole again, the guard sees what is gone.
  await expect(runs.sync(rows.slice(0, 5))).rejects.toThrow(/max_removed_percent/);
});

test('rows are taken by their primary keys; a key that no row has takes none', async () => {
  const { runs, emails } = await place();
  const rows = people(20);
  expect(await runs.sync(rows, { pick: { keys: ['C-7', 'C-13'] } })).toMatchObject({ counts: { created: 2 } });
  expect(emails()).toEqual(['p13@picked.example', 'p7@picked.example']);
  expect(await runs.sync(rows, { pick: { keys: ['C-7'] } })).toMatchObject({ counts: { unchanged: 1 }, calls: {} });
  expect(await runs.sync(rows, { pick: { keys: ['C-99'] } })).toMatchObject({ counts: {}, calls: {} });
});

test('which row supersedes which, all rows tell', async () => {
  const { runs, apollo } = await place();
  const rows = [person(0, { title: 'early' }), person(1), person(2, { email: 'p0@picked.example', title: 'late' })];
  expect(await runs.sync(rows, { pick: { limit: 1 } })).toMatchObject({ counts: { superseded: 1 }, calls: {} });
  expect(await runs.sync(rows)).toMatchObject({ counts: { created: 2, superseded: 1 } });
  expect([...apollo.store.contacts.values()].map(({ title }) => title).sort()).toEqual(['CTO', 'late']);
});

test('a preview of the same rows says what such a run does', slow, async () => {
  const { runs } = await place();
  const rows = people(10);
  await runs.sync(rows.slice(0, 2));
  const { streams } = await runs.preview(rows, undefined, { pick: { limit: 5 } });
  expect(streams[0]).toMatchObject({ read: 5, unchanged: 2 });
});

test('whatever is taken first, what is whole in the end is as if it had never been taken in parts', slow, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ key: fc.nat(5), title: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.record({ limit: fc.integer({ min: 1, max: 8 }) }), { maxLength: 3 }),
      async (made, picks) => {
        const { runs, apollo } = await place();
        const rows = made.map(({ key, title }, i) => person(i, { email: `k${key}@picked.example`, title }));
        for (const pick of picks) {
          const { counts } = await runs.sync(rows, { pick });
          expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(Math.min(pick.limit, rows.length));
        }
        await runs.sync(rows);
        const last = new Map(rows.map(({ email, title }) => [email, title]));
        const held = [...apollo.store.contacts.values()].map(({ email, title }) => [email, title]);
        expect(new Map(held as [string, string][])).toEqual(last);
        expect(held).toHaveLength(last.size);
      },
    ),
    { numRuns: 4 },
  );
});

test('a key of type decimal is asked for as the number that it is', async () => {
  const query = 'select * replace (cast(replace(id, $$C-$$, $$$$) as decimal(10, 2)) as id) from rows';
  const { runs, emails } = await place({ table: undefined, query });
  const rows = people(20);
  expect(await runs.sync(rows, { pick: { keys: ['14'] } })).toMatchObject({ counts: { created: 1 } });
  expect(await runs.query('select primary_key from records')).toEqual([{ primary_key: '14.00' }]);
  expect(emails()).toEqual(['p14@picked.example']);
  // Known, as it was, and not to be read: counted all the same.
  expect(await runs.sync(rows, { pick: { keys: ['14', '10.0', '1'] } })).toMatchObject({
    counts: { created: 2, unchanged: 1 },
  });
});
