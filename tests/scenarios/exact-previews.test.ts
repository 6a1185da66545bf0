import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf } from './scenario.ts';

const rowOf = (n: number, title: string): TestRow => ({
  email: `person${n}@company.example`,
  first_name: `First${n}`,
  last_name: 'Last',
  title,
});

async function scene(plan: 'unlimited' | 'free' = 'unlimited') {
  const clock = new EmulatorClock();
  const held = Array.from({ length: 30 }, (_, n) => ({ ...rowOf(n, 'CTO'), id: idOf(n + 1) }));
  const emulator = await startApollo({ clock, plan, data: { contacts: held } });
  return { clock, emulator, runs: new Runs(emulator, { clock, stream: { updates: 'bulk' } }) };
}

const rows = [
  ...Array.from({ length: 20 }, (_, n) => rowOf(n, 'CTO')),
  ...Array.from({ length: 5 }, (_, n) => rowOf(n + 20, 'CEO')),
  ...Array.from({ length: 7 }, (_, n) => rowOf(n + 100, 'CFO')),
];

test(
  'without an inventory only Apollo knows which rows are new; with one, the preview says what the run does',
  slow,
  async () => {
    const { runs } = await scene();
    await runs.sync([rowOf(0, 'CTO')]);
    const [guess] = (await runs.preview(rows)).streams;
    expect(guess).toMatchObject({ unknown: 31, new: { min: 0, max: 31 } });
    const preview = await runs.preview(rows, undefined, { exact: true });
    expect(preview.streams[0]).toMatchObject({
      ...{ unknown: 0, new: { min: 7, max: 7 }, changed: { min: 5, max: 5 }, unchanged: 20 },
      changed_fields: { title: { min: 5, max: 5 } },
    });
    const { counts, calls } = await runs.sync(rows);
    expect(counts).toEqual({ created: 7, updated: 5, unchanged: 20 });
    for (const [request, count] of Object.entries(calls))
      expect(preview.calls[request]).toEqual({ min: count, max: count });
  },
);

test('a configured inventory is read when it is too old, and not before', slow, async () => {
  const { clock, emulator, runs } = await scene();
  const searches = () => emulator.requests.counts['contacts/search']?.[200] ?? 0;
  const inventory = { max_age: '1h' };
  await runs.sync(rows.slice(0, 3), { config: { inventory } });
  expect([searches(), runs.told]).toEqual([1, []]);
  await runs.preview(rows, { inventory });
  expect(searches()).toBe(1);
  clock.advance(3_600_001);
  const { streams } = await runs.preview(rows, { inventory });
  expect([searches(), streams[0]!.unknown]).toEqual([2, 0]);
});

test('a plan without search keeps no run and no preview from going on, and is said', async () => {
  const { runs } = await scene('free');
  const inventory = {};
  const { counts, told } = await runs.sync(rows, { config: { inventory } });
  expect(counts).toEqual({ created: 7, updated: 5, unchanged: 20 });
  expect(await runs.preview(rows, { inventory })).toMatchObject({ streams: [{ unchanged: 32 }] });
  expect(runs.told.join()).toContain('It goes on without one.');
  expect(told).toEqual([]);
  await expect(runs.preview(rows, undefined, { exact: true })).rejects.toMatchObject({ code: 'plan_too_low' });
});
