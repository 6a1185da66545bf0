import { expect, test } from 'vitest';
import { askOf } from '../support/ask-runs.ts';
import { knownPeople, personOf } from '../support/known-people.ts';
import { slow, sweepOver } from '../support/runs.ts';
import type { Runs } from '../support/stateful.ts';

const rows = Array.from({ length: 120 }, (_, n) => personOf(n));

async function scene(stream: Readonly<Record<string, unknown>>, fastMs = 0) {
  const known = await knownPeople(rows, stream, fastMs);
  return { ...known, ask: askOf(known.runs, known.clock) };
}

test('what somebody has changed is listed and told, and left as it is', async () => {
  const { runs, edit, ask, byEmail } = await scene({ drift: 'report' });
  await edit([3, 77], { title: 'edited' });
  const said = await ask({ name: 'drift' }, rows);
  expect(said.json).toEqual(
    ['row 3', 'row 77'].map((primary_key) => ({
      ...{ type: 'drift', stream: 'rows', primary_key, field: 'title' },
      ...{ destination_id: expect.any(String), at: expect.any(String) },
    })),
  );
  const { counts, calls, told } = await runs.sync(rows);
  expect([counts, calls]).toEqual([{ unchanged: 120 }, {}]);
  expect(told.join()).toContain('2 records were changed at the destination');
  expect(byEmail(3).title).toBe('edited');
});

sweepOver([600_000, -600_000])(
  'a change is later than a write by the clock of Apollo: that of the machine is %i ms ahead',
  async (fastMs) => {
    const { clock, emulator, runs, edit, byEmail, ask } = await scene({ drift: 'repair' }, fastMs);
    await edit([3], { title: 'edited' });
    expect(await runs.sync(rows)).toMatchObject({ counts: { updated: 1, unchanged: 119 } });
    await edit([4], { title: 'edited' });
    expect(await runs.sync(rows, { full: true })).toMatchObject({ counts: { updated: 1, unchanged: 119 } });
    expect([byEmail(3).title, byEmail(4).title]).toEqual(['CTO', 'CTO']);
    // An index that lags shows it as somebody had changed it before it was written.
    await edit([5], { title: 'edited' });
    emulator.setQuirks({ searchLagMs: 3_600_000 });
    clock.advance(60_000);
    const now = rows.map((row, n) => (n === 5 ? personOf(5, 'CEO') : row));
    expect((await runs.sync(now)).counts).toEqual({ updated: 1, unchanged: 119 });
    await runs.inventory();
    expect((await ask({ name: 'drift' }, now)).json).toEqual([]);
  },
);

test('repair gives many records back at once what was written, as its preview says', slow, async () => {
  const { runs, edit, byEmail } = await scene({ drift: 'repair' });
  const edited = Array.from({ length: 110 }, (_, n) => n);
  await edit(edited, { title: 'edited' });
  const preview = await runs.preview(rows);
  expect(preview).toMatchObject({
    streams: [{ changed: { min: 110, max: 110 }, unchanged: 10, unknown: 0 }],
    calls: { 'POST contacts/bulk_update': { min: 2, max: 2 } },
  });
  expect(await runs.sync(rows)).toMatchObject({
    counts: { updated: 110, unchanged: 10 },
    calls: { 'POST contacts/bulk_update': 2 },
  });
  expect(edited.every((n) => byEmail(n).title === 'CTO')).toBe(true);
  expect(await runs.sync(rows)).toMatchObject({ counts: { unchanged: 120 }, calls: {} });
});

test('hand edits of protected fields are left alone for good, also when their rows change', slow, async () => {
  const { clock, runs, edit, byEmail } = await scene({ drift: 'repair', protect: ['title'] });
  await edit([5], { title: 'edited', first_name: 'By hand' });
  expect(await runs.sync(rows)).toMatchObject({ counts: { updated: 1, unchanged: 119 } });
  expect(byEmail(5)).toMatchObject({ title: 'edited', first_name: 'First5' });
  clock.advance(60_000);
  const changed = rows.map((row, n) => (n === 5 ? { ...personOf(5, 'CEO'), first_name: 'Ann' } : row));
  await runs.sync(changed);
  expect(byEmail(5)).toMatchObject({ title: 'edited', first_name: 'Ann' });
});

test('an index that lags shows no drift and undoes no write', slow, async () => {
  const { clock, emulator, runs, byEmail, ask } = await scene({ drift: 'repair' });
  emulator.setQuirks({ searchLagMs: 3_600_000 });
  await runs.sync(rows.map((row, n) => (n < 9 ? personOf(n, 'CEO') : row)));
  clock.advance(3_600_000 - 60_000);
  await runs.inventory();
  const now = rows.map((row, n) => (n < 9 ? personOf(n, 'CEO') : row));
  expect((await ask({ name: 'drift' }, now)).json).toEqual([]);
  expect(await runs.sync(now)).toMatchObject({ counts: { unchanged: 120 }, calls: {} });
  expect(byEmail(0).title).toBe('CEO');
});

test('a protected field is called as the mapping calls it, and one that is not written is refused', slow, async () => {
  const mapping = ['email', 'first_name', 'mobile_phone'].map((name) => ({ to: name, from: name }));
  const { runs, edit, byEmail } = await scene({
    ...{ drift: 'repair', protect: ['Job title'] },
    mapping: [...mapping, { to: 'Job title', from: 'title' }],
  });
  await edit([5], { title: 'edited' });
  expect(await runs.sync(rows)).toMatchObject({ counts: { unchanged: 120 } });
  expect(byEmail(5).title).toBe('edited');
  await expect(runs.sync(rows, { stream: { protect: ['facebook_url'] } })).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining('streams[0].protect[0]: facebook_url is not a field that this stream writes'),
  });
});

/** The row of a person under the primary key that another one usually has. */
const rowAs = (place: number, n: number, title = 'CTO', first_name = 'Ann') => ({
  ...personOf(n, title),
  ...{ key: `row ${place}`, first_name },
});

/** Three people, of whom somebody has changed the protected title of the first by hand. */
async function oneProtected() {
  const { runs, clock, edit, emulator } = await knownPeople(
    [0, 1, 2].map((n) => personOf(n)),
    { protect: ['title'] },
  );
  const sync = async (...rows: Parameters<Runs['sync']>[0]) => {
    await runs.sync(rows);
    clock.advance(60_000);
  };
  const contact = (n: number) =>
    emulator.store.contacts.byEmail(`person${n}@company.example`).find(({ state }) => state === 'live');
  await edit([0], { title: 'by hand' });
  await sync(personOf(0), personOf(1), personOf(2));
  return { sync, edit, contact };
}

test('a record keeps its protected fields when it comes to another row, which brings none along', slow, async () => {
  const { sync, contact } = await oneProtected();
  await sync(rowAs(1, 0, 'CEO', 'Ann'), rowAs(0, 1), personOf(2));
  expect(contact(0)).toMatchObject({ title: 'by hand', first_name: 'Ann' });
  await sync(rowAs(1, 0, 'COO', 'Anne'), rowAs(0, 1, 'CPO'), personOf(2));
  expect(contact(0)).toMatchObject({ title: 'by hand', first_name: 'Anne' });
  expect(contact(1)).toMatchObject({ title: 'CPO' });
});

test('a record that is created again has no protected field', slow, async () => {
  const { sync, edit, contact } = await oneProtected();
  await edit([0], { state: 'deleted' });
  await sync(rowAs(0, 0), personOf(1), personOf(2));
  expect(contact(0)).toMatchObject({ title: 'CTO' });
  await sync(rowAs(0, 0, 'CEO'), personOf(1), personOf(2));
  expect(contact(0)).toMatchObject({ title: 'CEO' });
});

test('a record that no row has any more does not drift', slow, async () => {
  const { runs, clock, edit } = await knownPeople(
    [0, 1, 2, 3, 4].map((n) => personOf(n)),
    { drift: 'report' },
  );
  // Primary keys that are numbers of rows name the next one each, once a row comes in before them.
  const shifted = [9, 0, 1, 2, 3].map((n, place) => rowAs(place, n, 'CTO', `First${n}`));
  await runs.sync(shifted);
  clock.advance(60_000);
  await edit([4], { title: 'edited' });
  expect((await askOf(runs, clock)({ name: 'drift' }, shifted)).json).toEqual([]);
  expect((await runs.sync(shifted)).told).toEqual([]);
});
