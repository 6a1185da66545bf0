import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const mobile = (number: string) => ({ mobile_phone: number });
const ada: TestRow = { id: '1', email: 'ada@navy.example', title: 'CTO', ...mobile('+1 415 555 0132') };
const held = {
  email: 'ada@navy.example',
  title: 'Admiral',
  mobile_phone: '+1 415 555 0199',
};

async function setUp(stream: Readonly<Record<string, unknown>> = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, data: { contacts: [held] } });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', ...stream } });
  const changes = () =>
    runs.query('select run_id, primary_key, field, before, after from changes order by run_id, field');
  return { apollo, runs, changes };
}

test('of a record that Apollo had, the values are kept that it showed before they were changed', async () => {
  const { runs, changes } = await setUp();
  expect((await runs.sync([ada], { runId: 'first' })).counts).toEqual({ updated: 1 });
  const of = { run_id: 'first', primary_key: '1' };
  expect(await changes()).toEqual([
    // The answer that finds a contact shows no phone number.
    { ...of, field: 'mobile_phone', before: null, after: '"+1 415 555 0132"' },
    { ...of, field: 'title', before: '"Admiral"', after: '"CTO"' },
  ]);
});

test('with read_before_update, all of them are', async () => {
  const { apollo, runs, changes } = await setUp({ read_before_update: true });
  await runs.sync([ada], { runId: 'first' });
  expect((await changes()).map(({ field, before }) => [field, before])).toEqual([
    ['mobile_phone', '"+1 415 555 0199"'],
    ['title', '"Admiral"'],
  ]);
  expect(apollo.requests.count('contacts/show')).toBe(1);
});

test('what an earlier run has written is what the next one found', async () => {
  const { runs, changes } = await setUp();
  await runs.sync([ada], { runId: 'first' });
  await runs.sync([{ ...ada, ...mobile('+1 415 555 0133') }], { runId: 'second' });
  expect((await changes()).at(-1)).toEqual({
    run_id: 'second',
    primary_key: '1',
    field: 'mobile_phone',
    before: '"+1 415 555 0132"',
    after: '"+1 415 555 0133"',
  });
});

test('nothing is kept of records that a run has created, whatever is written to them later in that run', async () => {
  const { runs, changes } = await setUp();
  await runs.sync([{ ...ada, id: '2', email: 'grace@navy.example' }]);
  expect(await changes()).toEqual([]);
});
