import { expect, test } from 'vitest';
import { apollo as apolloDestination } from '../../connector/apollo.ts';
import { undoPlanSaid } from '../../runtime/commands/undo.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { shown } from './scenario.ts';

const ada: TestRow = { id: '1', email: 'ada@navy.example', title: 'CTO', mobile_phone: '+1 415 555 0132' };
const bob: TestRow = { id: '2', email: 'bob@army.example', title: 'CEO', mobile_phone: null };
const held = [
  { email: 'ada@navy.example', title: 'Admiral', mobile_phone: '+1 415 555 0199' },
  { email: 'bob@army.example', title: 'General' },
];
const show = 'GET contacts/{id}';
const patch = 'PATCH contacts/{id}';

async function setUp(stream: Readonly<Record<string, unknown>> = {}, more: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, data: { contacts: held }, ...more });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', read_before_update: true, ...stream } });
  const titles = () => shown(apollo, 'contacts', ['email', 'title', 'phones']);
  const undo = (undone: string, options: object = {}) => runs.sync([ada], { undone, ...options });
  return { apollo, clock, runs, titles, undo };
}

test('an undone run leaves existing records as they were before it, and the next run leaves them so', async () => {
  const { runs, titles, undo } = await setUp();
  const before = titles();
  await runs.sync([ada, bob], { runId: 'first' });
  expect(titles()).not.toEqual(before);
  expect(await undo('first')).toMatchObject({ status: 'succeeded', counts: { updated: 2 }, calls: { [patch]: 2 } });
  expect(titles()).toEqual(before);
  expect(await runs.sync([ada, bob])).toMatchObject({ counts: { unchanged: 2 }, calls: {} });
  // What the next change of a row is compared with is what was restored.
  expect(await runs.sync([{ ...ada, mobile_phone: '+1 415 555 0133' }, bob])).toMatchObject({ calls: { [patch]: 1 } });
  expect(titles()).toContainEqual({ email: 'ada@navy.example', title: 'CTO', phones: { mobile: '+1 415 555 0133' } });
});

test('the plan says what can be given back, what no one has seen, and the calls at most', async () => {
  const { apollo, runs } = await setUp({ read_before_update: false });
  await runs.sync([ada, bob, { ...bob, id: '3', email: 'new@army.example' }], { runId: 'first-run' });
  const { json, folder } = await runs.configuration([ada]);
  const before = apollo.requests.entries.length;
  const session = {
    destination: async () => apolloDestination,
    configured: async () => apolloDestination.configure(json, 'sync', {}),
    stateAt: async () => runs.state,
    source: { temporaryDirectory: folder },
    dependencies: { clock: new EmulatorClock(), environment: {}, version: '0.0.0', notice: () => undefined },
    run: new AbortController(),
  };
  const { json: lines, text } = await undoPlanSaid({ config: 'config', run: 'first' }, session);
  expect(lines).toEqual([
    {
      type: 'undo_plan',
      run_id: 'first-run',
      streams: [{ name: 'rows', object: 'contacts', records: 2, restorable: { title: 2 }, lost: { mobile_phone: 1 } }],
      created: 1,
      created_unfinished: 0,
      calls: { [show]: 2, [patch]: 2 },
    },
  ]);
  expect(text).toContain('Nothing was sent.');
  expect(apollo.requests.entries.length).toBe(before);
});

test('what somebody has changed since then is left alone', async () => {
  const { apollo, runs, titles, undo } = await setUp();
  await runs.sync([ada, bob], { runId: 'first' });
  const contact = [...apollo.store.contacts.values()].find(({ email }) => email === 'ada@navy.example')!;
  Object.assign(contact, { title: 'Rear Admiral' });
  expect((await undo('first')).counts).toEqual({ updated: 2 });
  expect(titles()).toEqual([
    { email: 'ada@navy.example', title: 'Rear Admiral', phones: { mobile: '+1 415 555 0199' } },
    { email: 'bob@army.example', title: 'General', phones: {} },
  ]);
});

test('records that the run has created stay, and values that no one has seen are not made up', async () => {
  const { apollo, runs, titles, undo } = await setUp({ read_before_update: false });
  await runs.sync([ada, { ...bob, id: '3', email: 'new@army.example' }], { runId: 'first' });
  expect((await undo('first')).counts).toEqual({ updated: 1 });
  expect(apollo.requests.entries.filter(({ method }) => method === 'PATCH').at(-1)?.body).toEqual({ title: 'Admiral' });
  expect(titles()).toHaveLength(3);
});

test('to undo a run twice changes nothing, and costs nothing', async () => {
  const { runs, undo } = await setUp();
  await runs.sync([ada, bob], { runId: 'first' });
  await undo('first');
  expect(await undo('first')).toMatchObject({ status: 'succeeded', counts: {}, calls: {} });
});

test('an undoing can be undone', async () => {
  const { runs, titles, undo } = await setUp();
  await runs.sync([ada, bob], { runId: 'first' });
  const after = titles();
  await undo('first', { runId: 'back' });
  expect((await undo('back')).counts).toEqual({ updated: 2 });
  expect(titles()).toEqual(after);
});

test('an undoing that was cut off after Apollo took a value goes on where it was', async () => {
  const { apollo, runs, titles, undo } = await setUp();
  const before = titles();
  await runs.sync([ada, bob], { runId: 'first' });
  apollo.addTrouble([{ match: { path: 'contacts/update', times: 1 }, fault: { kind: 'applied-then-drop' } }]);
  expect(await undo('first', { config: { retries: { max_retries: 0 } } })).toMatchObject({
    status: 'deferred',
    counts: { updated: 1, deferred: 1 },
  });
  expect(await undo('first')).toMatchObject({ status: 'succeeded', counts: { unchanged: 1 }, calls: {} });
  expect(titles()).toEqual(before);
});

test('a run that no one knows cannot be undone, nor one of a store that keeps nothing', async () => {
  const { runs, undo } = await setUp();
  await runs.sync([ada], { runId: 'first' });
  await expect(undo('other')).rejects.toThrow('--run other: the state store has no such run');
  await expect(undo('first', { config: { state: { type: 'none' } } })).rejects.toThrow('is not known');
});

test('a spent quota defers the rest, and says when to come back', slow, async () => {
  const { runs, undo } = await setUp();
  await runs.sync([ada, bob], { runId: 'first' });
  const limits = { rate_limits: { plan: 'custom', per_minute: 1, per_hour: 1, per_day: 1, max_wait_seconds: 1 } };
  expect(await undo('first', { config: limits })).toMatchObject({ status: 'deferred', codes: { quota_exhausted: 2 } });
  expect((await undo('first')).status).toBe('succeeded');
});

test('a record that two streams wrote gets back what it held before either', async () => {
  const { runs, titles, undo } = await setUp();
  const stream = (name: string, title: string) => ({
    ...{ name, table: 'rows', object: 'contacts', primary_key: 'id' },
    mapping: [
      { from: 'email', to: 'email' },
      { from: title, to: 'title' },
    ],
  });
  const config = { streams: [stream('a', 'title'), stream('b', 'rank')] };
  const before = titles();
  await runs.sync([{ ...ada, rank: 'Captain' }], { runId: 'first', config });
  expect(titles()).toContainEqual(expect.objectContaining({ email: ada['email'], title: 'Captain' }));
  expect(await undo('first', { config })).toMatchObject({ status: 'succeeded', calls: { [patch]: 2 } });
  expect(titles()).toEqual(before);
});

test('lists, of which no answer tells, stay as they are, and cost no call', slow, async () => {
  const { apollo, runs, undo } = await setUp({ mode: 'mirror', lists: ['Hot'], max_removed_percent: 100 });
  await runs.sync([ada, bob]);
  await runs.sync([ada], { runId: 'first' });
  const before = apollo.requests.entries.filter(({ path }) => path.includes('contacts')).length;
  expect(await undo('first')).toMatchObject({ status: 'succeeded', counts: { skipped: 1 }, calls: {} });
  expect(apollo.requests.entries.filter(({ path }) => path.includes('contacts'))).toHaveLength(before);
});
