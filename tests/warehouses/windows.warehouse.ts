import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { Leave, SharedPermit, WindowLimit } from '../../runtime/contract/rate-limit-window.ts';
import { ServerClient } from '../../runtime/state/server/client.ts';
import { prepareSchema } from '../../runtime/state/server/server-schema.ts';
import { SharedWindows } from '../../runtime/state/server/shared-windows.ts';
import { closeEmulators } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { newSchema, psql, storeIn } from './support.ts';

const limits: readonly WindowLimit[] = [
  { name: 'minute', periodMs: 60_000, limit: 200 },
  { name: 'hour', periodMs: 3_600_000, limit: 400 },
  { name: 'day', periodMs: 86_400_000, limit: 2000 },
];

/** Runs that share windows, each with a connection of its own. */
async function shared(count: number, clock = new EmulatorClock()) {
  const schema = newSchema();
  const at = storeIn(schema);
  const workers: SharedWindows[] = [];
  for (let i = 0; i < count; i++) {
    const client = new ServerClient(at);
    onTestFinished(() => client.close());
    await prepareSchema(client, at);
    workers.push(new SharedWindows(client, { schema, token: `${i}` }, { clock, ready: async () => undefined }));
  }
  return { schema, clock, workers };
}

const isPermit = (leave: Leave): leave is SharedPermit => !('until' in leave);

/** Takes until there is no more, by turns; how many it had, and what was said then. */
async function spend(worker: SharedWindows, windows = limits, reserve = 0) {
  for (let used = 0; ; used++) {
    const leave = await worker.take('contacts/update', windows, reserve);
    if (!isPermit(leave)) return { used, leave };
    leave.answered();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

afterEach(closeEmulators);

test('eight runs use exactly what each window has, and learn when there is more', async () => {
  const { clock, workers, schema } = await shared(8);
  const minutes: number[] = [];
  for (let minute = 0; minute < 3; minute++) {
    const spent = await Promise.all(workers.map((worker) => spend(worker)));
    minutes.push(sum(spent.map(({ used }) => used)));
    const { leave } = spent[0]!;
    expect(leave.reason).toBe(minute === 0 ? 'minute' : 'hour');
    expect(leave.until).toBeGreaterThan(clock.now());
    clock.advance(66_000);
  }
  expect(minutes).toEqual([200, 200, 0]);
  clock.advance(3_600_000);
  expect(sum((await Promise.all(workers.map((worker) => spend(worker)))).map(({ used }) => used))).toBe(200);
  expect(psql(`select window_name, used_count from ${schema}.windows order by limit_count`).split('\n')).toEqual([
    'minute|200',
    'hour|200',
    'day|600',
  ]);
});

test('what a run has taken and not used it gives back, and what one that was killed had comes back with the window', async () => {
  const { clock, workers, schema } = await shared(3);
  const [first, killed, last] = workers as [SharedWindows, SharedWindows, SharedWindows];
  for (const worker of [first, killed]) {
    const leave = await worker.take('contacts/update', limits, 0);
    if (isPermit(leave)) leave.answered();
  }
  expect(used(schema)).toBe('20');
  await first.close();
  expect(used(schema)).toBe('11');
  expect((await spend(last)).used).toBe(189);
  clock.advance(3_666_000);
  expect((await spend(last)).used).toBe(200);
});

/** What every window counts, as an answer says it. */
const said = (used: number) => limits.map(({ name, limit }) => ({ name, limit, used }));
const used = (schema: string) => psql(`select used_count from ${schema}.windows where window_name = 'hour'`);
/** A minute passes, by the clock of the database, since anything was taken by one of them. */
const minuteOf = (schema: string, token: string): string =>
  psql(`update ${schema}.windows set blocks =
    jsonb_set(blocks::jsonb, array['${token}', '1'], to_jsonb((blocks::jsonb -> '${token}' ->> 1)::float8 - 60001))::text`);

test('what a run had that is gone for a minute comes back with the next answer, by what Apollo has counted; what others have does not', async () => {
  const { workers, schema } = await shared(4);
  const [killed, other, third, last] = workers as [SharedWindows, SharedWindows, SharedWindows, SharedWindows];
  for (const worker of [killed, other]) {
    const leave = await worker.take('contacts/update', limits, 0);
    if (isPermit(leave)) leave.answered(said(1));
  }
  // Both may still send nine each.
  const early = (await third.take('contacts/update', limits, 0)) as SharedPermit;
  early.answered(said(3));
  await third.close();
  expect(used(schema)).toBe('21');
  minuteOf(schema, '0');
  const late = (await last.take('contacts/update', limits, 0)) as SharedPermit;
  late.answered(said(4));
  await last.close();
  // Of nine that the first had, and ten that the other may have sent or not: this answer counts itself as one of those.
  expect(used(schema)).toBe(`${22 - (31 - 20 - 4)}`);
  // The run that is gone gives nothing back: it has none by now.
  await killed.close();
  expect(used(schema)).toBe('15');
  await other.close();
  expect(used(schema)).toBe('6');
});

test('a run that was forgotten while it was stopped gives nothing back of what it had before', async () => {
  const { clock, workers, schema } = await shared(2);
  const [stopped, other] = workers as [SharedWindows, SharedWindows];
  const permits = [];
  for (let n = 0; n < 3; n++) permits.push((await stopped.take('contacts/update', limits, 0)) as SharedPermit);
  minuteOf(schema, '0');
  const leave = (await other.take('contacts/update', limits, 0)) as SharedPermit;
  leave.answered(said(1));
  await other.close();
  // Apollo has counted one request; that it is of this run's own ten is not known.
  expect(used(schema)).toBe('2');
  clock.advance(59_500);
  // It goes on, finds its permits too old, and asks for leave again: some are handed back before it has that, and some after.
  permits[0]!.unsent();
  const again = await stopped.take('contacts/update', limits.slice(1), 0);
  for (const permit of permits.slice(1)) permit.unsent();
  if (isPermit(again)) again.answered(said(2));
  await stopped.close();
  expect(used(schema)).toBe('3');
});

test('a permit that was not used in time needs leave again', async () => {
  const { clock, workers } = await shared(1);
  const leave = (await workers[0]!.take('contacts/update', limits, 0)) as SharedPermit;
  expect(leave.isStale()).toBe(false);
  clock.advance(59_500);
  expect(leave.isStale()).toBe(true);
  leave.unsent();
  const none = limits.map((window) => ({ ...window, limit: 0 }));
  const free = (await workers[0]!.take('contacts/search', none, 0)) as SharedPermit;
  clock.advance(86_400_000);
  expect(free.isStale()).toBe(false);
  free.unsent();
});

test('answers correct limits, and counts upwards; a pause holds all of them', async () => {
  const { clock, workers } = await shared(2);
  const [one, other] = workers as [SharedWindows, SharedWindows];
  const leave = (await one.take('contacts/update', limits, 0)) as SharedPermit;
  leave.answered([
    { name: 'minute', limit: 50, used: 31 },
    { name: 'hour', limit: 400, used: 31 },
  ]);
  await one.close();
  expect((await spend(other)).used).toBe(50 - 31);
  clock.advance(66_000);
  const again = (await other.take('contacts/update', limits, 0)) as SharedPermit;
  again.refused(120_000);
  await other.close();
  const held = await one.take('contacts/update', limits, 0);
  expect(held).toMatchObject({ reason: 'paused' });
  clock.advance(130_000);
  expect(isPermit(await one.take('contacts/update', limits, 0))).toBe(true);
});

test('a window without a limit is never in the way, not even as it closes', async () => {
  const { clock, workers } = await shared(1);
  const none = limits.map((window) => ({ ...window, limit: 0 }));
  const [one] = workers as [SharedWindows];
  for (const advance of [0, 59_500, 100, 3_600_000, 86_400_000 - 500, 400]) {
    clock.advance(advance);
    const leave = await one.take('contacts/update', none, 0);
    expect(isPermit(leave)).toBe(true);
    if (isPermit(leave)) leave.answered();
    await one.close();
  }
});

test('a share that is left to other tools is left to them by all runs together', async () => {
  const { workers } = await shared(4);
  const spent = await Promise.all(workers.map((worker) => spend(worker, limits.slice(1), 25)));
  expect(sum(spent.map(({ used }) => used))).toBe(300);
});
