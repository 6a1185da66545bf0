import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromJSON, tableToIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { people, shown } from './scenario.ts';

const takeOff = 'POST labels/remove_entity_ids_from_label_names';
const addTo = 'POST labels/add_entity_ids_to_label_names';
const stages = 'POST contacts/update_stages';
const bulkUpdate = 'POST contacts/bulk_update';
const patch = 'PATCH contacts/{id}';

const keyed = (count: number, more: (i: number) => TestRow = () => ({})): TestRow[] =>
  people(count, (i) => ({ id: `row ${i}`, ...more(i) }));
const without = (rows: readonly TestRow[], ...gone: number[]): TestRow[] => rows.filter((_, i) => !gone.includes(i));

async function setUp(stream: Readonly<Record<string, unknown>>, options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, ...options });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', ...stream } });
  const object = stream['object'] ?? 'contacts';
  return { apollo, clock, runs, held: (...keys: string[]) => shown(apollo, object, keys) };
}

const mappingOf = (object: string) => [{ to: object === 'contacts' ? 'email' : 'domain', from: 'key' }];
const keyOf = (object: string, i: number) => (object === 'contacts' ? `a${i}@b${i}.example` : `b${i}.example`);
const onList = { lists: ['Customers'] };

describe('records whose rows are gone', () => {
  test('are left as they are where nothing is said of them', async () => {
    const { runs, held } = await setUp(onList);
    await runs.sync(keyed(5));
    const { counts, calls, removed } = await runs.sync(keyed(4));
    expect({ counts, calls, removed }).toEqual({ counts: { unchanged: 4 }, calls: {}, removed: undefined });
    expect(held('lists')).toEqual(Array(5).fill({ lists: ['Customers'] }));
  });

  test('leave the lists of the stream and those that their rows named, many in a request, and once', slow, async () => {
    const tags = (i: number) => ({ lists: i % 2 === 0 ? 'North' : 'South' });
    const { apollo, runs, held } = await setUp({ ...onList, mode: 'mirror', max_removed_percent: 60 });
    await runs.sync(keyed(600, tags));
    const rest = keyed(600, tags).slice(300);
    const second = await runs.sync(rest);
    expect(second).toMatchObject({
      status: 'succeeded',
      counts: { unchanged: 300 },
      removed: { found: 300, updated: 300 },
      calls: { [takeOff]: 2 },
    });
    const isGone = (email: unknown) => !rest.some((row) => row['email'] === email);
    expect(held('email', 'lists').filter(({ lists }) => (lists as []).length === 0)).toHaveLength(300);
    expect(held('email', 'lists').every(({ email, lists }) => isGone(email) === ((lists as []).length === 0))).toBe(
      true,
    );
    expect(apollo.store.labels.members('Customers', 'contacts').size).toBe(300);
    expect(await runs.sync(rest)).toMatchObject({ counts: { unchanged: 300 }, removed: {}, calls: {} });
  });

  test('leave a list that their row named once and no longer does', slow, async () => {
    const { runs, held } = await setUp({ on_removed: 'remove_from_lists', max_removed_percent: 100 });
    await runs.sync(keyed(2, () => ({ lists: 'North' })));
    await runs.sync(keyed(2, () => ({ lists: 'South' })));
    await runs.sync(keyed(1, () => ({ lists: 'South' })));
    expect(held('lists')).toEqual([{ lists: ['North', 'South'] }, { lists: [] }]);
  });

  sweepOver([
    ['contacts', stages, { set_stage: 'Unresponsive' }, { stage: 'Unresponsive' }],
    ['contacts', bulkUpdate, { set_field: { to: 'title', value: 'Gone' } }, { title: 'Gone' }],
    [
      'contacts',
      patch,
      { set_field: { to: 'mobile_phone', value: '+1 202 555 0100' } },
      { phones: { mobile: '+1 202 555 0100' } },
    ],
    ['contacts', addTo, { set_field: { to: 'lists', value: 'Former' } }, { lists: ['Former'] }],
    ['accounts', 'POST accounts/bulk_update', { set_stage: 'Dead Opportunity' }, { stage: 'Dead Opportunity' }],
  ])('of %s make %s where the stream says %j', async (object, request, on_removed, after) => {
    const { runs, held } = await setUp({ object, on_removed, mapping: mappingOf(object) });
    const rows = Array.from({ length: 10 }, (_, i) => ({ id: `row ${i}`, key: keyOf(object, i) }));
    await runs.sync(rows);
    const { removed, calls } = await runs.sync(without(rows, 3, 7));
    expect({ removed, calls }).toEqual({
      removed: { found: 2, updated: 2 },
      calls: { [request]: request === patch ? 2 : 1 },
    });
    const [key] = Object.keys(after);
    expect(held(key!).filter((_, i) => i === 3 || i === 7)).toEqual([after, after]);
    expect(held(key!).filter((one) => JSON.stringify(one) === JSON.stringify(after))).toHaveLength(2);
    expect((await runs.sync(without(rows, 3, 7))).calls).toEqual({});
  });
});

describe('the guard', () => {
  const empty = { stream: { table: undefined, query: 'select * from rows where false' } };

  sweepOver<[string, TestRow[], object, RegExp]>([
    [
      'an empty source',
      keyed(10),
      empty,
      /synced 10 rows, and the source has no rows at all.*max_removed_percent: 100/s,
    ],
    ['more than 20 % gone', keyed(7), {}, /synced 10 rows, and 3 of them are gone \(30 %\)/],
  ])('stops a run before anything is sent: %s', async (_, rows, more, message) => {
    const { apollo, runs, held } = await setUp({ ...onList, mode: 'mirror' });
    await runs.sync(keyed(10));
    const before = apollo.requests.entries.length;
    await expect(runs.sync(rows, more)).rejects.toThrow(message);
    expect(apollo.requests.entries.slice(before).filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(held('lists')).toEqual(Array(10).fill({ lists: ['Customers'] }));
    expect(await runs.sync(keyed(8))).toMatchObject({ removed: { found: 2, updated: 2 } });
  });

  test('holds for all streams before the first is sent', async () => {
    const { runs } = await setUp({});
    const streams = [
      { name: 'all', table: 'rows', object: 'contacts', primary_key: 'id' },
      { name: 'some', table: 'rows', object: 'contacts', primary_key: 'id', mode: 'mirror', lists: ['L'] },
    ];
    await runs.sync(keyed(4), { config: { streams } });
    const changed = keyed(2, () => ({ title: 'CEO' }));
    await expect(runs.sync(changed, { config: { streams } })).rejects.toThrow('streams[1].on_removed');
    expect((await runs.sync(changed, { config: { streams }, only: ['all'] })).counts).toEqual({ updated: 2 });
  });

  test('lets an empty source pass at 100 %, and counts no row twice', slow, async () => {
    const { runs } = await setUp({ ...onList, mode: 'mirror' });
    await runs.sync(keyed(10));
    expect((await runs.sync(keyed(8))).removed).toEqual({ found: 2, updated: 2 });
    // Two of ten were gone yesterday: today it is one of eight.
    expect((await runs.sync(keyed(7))).removed).toEqual({ found: 1, updated: 1 });
    const all = await runs.sync(keyed(7), { stream: { ...empty.stream, max_removed_percent: 100 } });
    expect(all).toMatchObject({ status: 'succeeded', counts: {}, removed: { found: 7, updated: 7 } });
    expect(await runs.sync(keyed(7), empty)).toMatchObject({ status: 'succeeded', removed: {}, calls: {} });
  });

  test('refuses a primary key that SQL cannot compare', async () => {
    const { runs } = await setUp({ ...onList, mode: 'mirror' });
    const rows = (count: number) => people(count, (i) => ({ id: i + 0.5 }));
    await expect(runs.sync(rows(4))).rejects.toThrow(/on_removed: this primary key does not show which rows are gone/);
  });
});

describe('a row that comes back', () => {
  test('has again what was changed while it was gone, by its id, and nothing else is sent', slow, async () => {
    const mapping = ['email', 'title', 'stage', 'lists'].map((name) => ({ to: name, from: name }));
    const stream = { mapping, on_removed: { set_stage: 'Unresponsive' }, updates: 'bulk', max_removed_percent: 50 };
    const { apollo, runs, held } = await setUp(stream);
    const rows = keyed(4, () => ({ title: 'CTO', stage: 'Approaching', lists: 'North' }));
    await runs.sync(rows);
    await runs.sync(without(rows, 0));
    expect(held('stage')[0]).toEqual({ stage: 'Unresponsive' });
    const before = apollo.requests.entries.length;
    expect(await runs.sync(rows)).toMatchObject({ counts: { updated: 1, unchanged: 3 }, calls: { [stages]: 1 } });
    expect(apollo.requests.entries.slice(before).filter(({ method }) => method !== 'GET')).toHaveLength(1);
    expect(held('stage', 'title', 'lists')).toEqual(
      Array(4).fill({ stage: 'Approaching', title: 'CTO', lists: ['North'] }),
    );
    expect((await runs.sync(rows)).calls).toEqual({});
  });

  test('is put on its lists again, and is never created a second time', slow, async () => {
    const { apollo, runs, held } = await setUp({ ...onList, mode: 'mirror', max_removed_percent: 50 });
    const rows = keyed(4);
    await runs.sync(rows);
    await runs.sync(without(rows, 1));
    expect(await runs.sync(rows)).toMatchObject({ counts: { updated: 1, unchanged: 3 }, calls: { [addTo]: 1 } });
    expect(held('lists')).toEqual(Array(4).fill({ lists: ['Customers'] }));
    await runs.sync(without(rows, 1));
    const changed = rows.map((row, i) => (i === 1 ? { ...row, title: 'CEO' } : row));
    expect((await runs.sync(changed)).counts).toEqual({ updated: 1, unchanged: 3 });
    expect(apollo.store.contacts.size).toBe(4);
  });
});

describe('a row is not gone', () => {
  const stream = { ...onList, mode: 'mirror', max_removed_percent: 60 };

  test('whose record another row has by now, under another primary key', slow, async () => {
    const { runs, held } = await setUp(stream);
    const rows = keyed(4);
    await runs.sync(rows);
    const renamed = rows.map((row, i) => (i < 2 ? { ...row, id: `new ${i}` } : row));
    expect(await runs.sync(renamed)).toMatchObject({ status: 'succeeded', removed: {} });
    expect(held('lists')).toEqual(Array(4).fill({ lists: ['Customers'] }));
    // Once that row goes as well, the record does.
    expect((await runs.sync(renamed.slice(1))).removed).toEqual({ found: 1, updated: 1 });
    expect(held('lists').filter(({ lists }) => (lists as []).length > 0)).toHaveLength(3);
  });

  test('nor is any, where everybody has got a new primary key: the guard lets that pass', slow, async () => {
    const { runs } = await setUp({ ...onList, mode: 'mirror' });
    await runs.sync(keyed(5));
    const renamed = keyed(5, (i) => ({ id: `new ${i}` }));
    expect(await runs.sync(renamed)).toMatchObject({ status: 'succeeded', removed: {} });
  });

  test('whose record another row has found under another key', async () => {
    const { runs, held } = await setUp({ ...stream, mapping: ['email', 'hubspot_id'].map((to) => ({ to, from: to })) });
    await runs.sync(people(3, (i) => ({ id: `row ${i}`, hubspot_id: `${i}` })));
    const rows = people(3, (i) => ({ id: `row ${i}`, hubspot_id: `${i}` })).map((row, i) =>
      i === 0 ? { ...row, id: 'other', email: null } : row,
    );
    const { removed, counts } = await runs.sync(rows);
    expect({ removed, counts }).toEqual({ removed: {}, counts: { updated: 1, unchanged: 2 } });
    expect(held('lists')).toEqual(Array(3).fill({ lists: ['Customers'] }));
  });

  // The row that took another row's address lets go of its own record: no row has that address any more.
  test('that is there and rejected, or twice there; a record whose address no row has any more is', slow, async () => {
    const { runs, held } = await setUp(stream);
    const rows = keyed(6);
    await runs.sync(rows);
    const spoilt = rows.map((row, i) =>
      i === 0 ? { ...row, email: 'nonsense' } : i === 1 ? { ...rows[2], id: 'row 1' } : row,
    );
    const { counts, removed } = await runs.sync([...spoilt, { ...rows[5], title: 'CEO' }]);
    expect({ counts, removed }).toEqual({
      counts: { rejected: 1, superseded: 2, unchanged: 3, updated: 1 },
      removed: { found: 1, updated: 1 },
    });
    const lists = held('lists').map((record) => record['lists']);
    expect(lists.toSorted()).toEqual([[], ...Array(5).fill(['Customers'])]);
  });

  test('whose name only its match key is', slow, async () => {
    const mapping = ['email', 'hubspot_id'].map((to) => ({ to, from: to }));
    const { runs } = await setUp({ ...onList, mode: 'mirror', mapping, primary_key: undefined });
    const rows = [...people(9), { email: null, hubspot_id: '77' }].map((row) => ({ hubspot_id: null, ...row }));
    expect((await runs.sync(rows)).counts).toEqual({ created: 10 });
    expect(await runs.sync(rows)).toMatchObject({ removed: {}, status: 'succeeded' });
  });
});

describe('what is to be done for removed rows', () => {
  const gone = (count: number) => keyed(300).slice(count);

  test('is deferred when a quota is used up, and done by the next run', slow, async () => {
    const stream = { ...onList, mode: 'mirror', max_removed_percent: 100, membership: undefined };
    const { runs, apollo } = await setUp(stream);
    await runs.sync(keyed(300));
    const first = await runs.sync(gone(200), { config: { limits: { max_records: 50 } } });
    expect(first).toMatchObject({
      status: 'deferred',
      removed: { found: 200, updated: 50, deferred: 150 },
      codes: { run_limit: 150 },
    });
    expect(apollo.store.labels.members('Customers', 'contacts').size).toBe(250);
    expect((await runs.sync(gone(200))).removed).toEqual({ found: 150, updated: 150 });
  });

  test('is deferred when Apollo is down, and says so by the exit code', slow, async () => {
    const { runs, apollo } = await setUp({ ...onList, mode: 'mirror' });
    await runs.sync(keyed(10));
    apollo.addTrouble([
      { match: { path: 'labels/remove_entity_ids_from_label_names' }, fault: { kind: 'status', status: 503 } },
    ]);
    const { status, removed, retryAt, codes } = await runs.sync(keyed(9));
    expect({ status, removed, codes }).toEqual({
      status: 'deferred',
      removed: { found: 1, deferred: 1 },
      codes: { apollo_unavailable: 1 },
    });
    expect(retryAt).not.toBeNull();
    apollo.clearTrouble();
    expect(await runs.sync(keyed(9))).toMatchObject({ status: 'succeeded', removed: { found: 1, updated: 1 } });
  });

  test('waits until the next run when the stream itself is stopped', slow, async () => {
    const { runs, apollo } = await setUp({ ...onList, mode: 'mirror' });
    await runs.sync(keyed(10));
    apollo.addTrouble([{ match: { path: 'contacts/bulk_create' }, fault: { kind: 'status', status: 401 } }]);
    const rows = [...keyed(9), ...people(1, () => ({ id: 'new', email: 'n@n.example' }))];
    await expect(runs.sync(rows)).rejects.toThrow(/refused the API key/);
    expect(apollo.store.labels.members('Customers', 'contacts').size).toBe(10);
  });

  test('is unchanged where Apollo has lost the record, by whichever request it shows', slow, async () => {
    for (const on_removed of [
      'remove_from_lists',
      { set_stage: 'Unresponsive' },
      { set_field: { to: 'mobile_phone', value: '+1 202 555 0100' } },
    ]) {
      const { runs, apollo } = await setUp({ ...onList, on_removed });
      await runs.sync(keyed(10));
      for (const contact of apollo.store.contacts.values())
        if (contact.email?.startsWith('person9@')) contact.state = 'deleted';
      const { status, removed } = await runs.sync(keyed(9));
      expect({ status, found: removed?.['found'], rejected: removed?.['rejected'] }).toEqual({
        status: 'succeeded',
        found: 1,
        rejected: undefined,
      });
      expect((await runs.sync(keyed(9))).calls).toEqual({});
    }
  });

  test('is rejected once, stays in the summary, and is not sent again', slow, async () => {
    const { runs, apollo } = await setUp({ on_removed: { set_field: { to: 'title', value: 'Gone' } } });
    await runs.sync(keyed(10));
    apollo.addTrouble([
      {
        match: { path: 'contacts/bulk_update' },
        fault: { kind: 'reject', where: { field: 'title', equals: 'Gone' }, naming: 'none' },
      },
    ]);
    expect(await runs.sync(keyed(9))).toMatchObject({
      removed: { found: 1, rejected: 1 },
      codes: { apollo_rejected: 1 },
    });
    expect(runs.rejects()).toHaveLength(1);
    expect(JSON.parse(runs.rejects()[0]!)).toMatchObject({
      primary_key: 'row 9',
      record: { match_key: expect.stringContaining('person9') },
    });
    expect(await runs.sync(keyed(9))).toMatchObject({ removed: { found: 1, rejected: 1 }, calls: {} });
    apollo.clearTrouble();
    expect(await runs.sync(keyed(9), { retryRejects: true })).toMatchObject({ removed: { found: 1, updated: 1 } });
  });
});

test('mode update sees to removed rows too', slow, async () => {
  const { runs, apollo, held } = await setUp(
    {
      mode: 'update',
      apollo_id: 'apollo_id',
      mapping: [{ to: 'title', from: 'title' }],
      on_removed: { set_stage: 'Unresponsive' },
    },
    { data: { contacts: people(6) } },
  );
  const rows = [...apollo.store.contacts.values()].map(({ id }, i) => ({
    id: `row ${i}`,
    apollo_id: id,
    title: 'CTO',
  }));
  await runs.sync(rows);
  expect((await runs.sync(rows.slice(1))).removed).toEqual({ found: 1, updated: 1 });
  expect(held('stage')[0]).toEqual({ stage: 'Unresponsive' });
});

test('a record that another row had in the meantime is written in full, with or without on_removed', slow, async () => {
  for (const stream of [{}, { mode: 'mirror', lists: ['L'], max_removed_percent: 100 }]) {
    const { runs, held } = await setUp(stream);
    const row = (id: string, title: string) => keyed(1, () => ({ id, title }));
    await runs.sync(row('a', 'CTO'));
    await runs.sync(row('b', 'CEO'));
    await runs.sync(row('a', 'CTO'));
    expect(held('title')).toEqual([{ title: 'CTO' }]);
    expect((await runs.sync(row('a', 'CTO'))).calls).toEqual({});
    await runs.sync(row('b', 'CEO'));
    expect(held('title')).toEqual([{ title: 'CEO' }]);
  }
});

test('an Arrow file is a source like any other', slow, async () => {
  const { runs, apollo } = await setUp({ ...onList, mode: 'mirror', table: undefined });
  const sync = (rows: readonly TestRow[]) => {
    const path = join(runs.folder, 'rows.arrow');
    writeFileSync(path, tableToIPC(tableFromJSON(rows as Record<string, unknown>[]), 'file'));
    return runs.sync(keyed(1), { config: { source: { type: 'arrow', path } } });
  };
  await sync(keyed(10));
  expect(await sync(keyed(9))).toMatchObject({ counts: { unchanged: 9 }, removed: { found: 1, updated: 1 } });
  await expect(sync(keyed(2))).rejects.toThrow(/7 of them are gone/);
  expect(await sync(keyed(10))).toMatchObject({ counts: { unchanged: 9, updated: 1 } });
  expect(apollo.store.labels.members('Customers', 'contacts').size).toBe(10);
});

test('preview counts the rows that are gone and their calls, and stops where the run would', async () => {
  const { runs, held } = await setUp({ ...onList, mode: 'mirror' });
  await runs.sync(keyed(10));
  const { streams, calls } = await runs.preview(keyed(9));
  expect(streams[0]).toMatchObject({ read: 9, unchanged: 9, removed: 1 });
  expect(calls[takeOff]).toEqual({ min: 1, max: 1 });
  expect(held('lists')).toEqual(Array(10).fill({ lists: ['Customers'] }));
  await expect(runs.preview(keyed(5))).rejects.toThrow(/5 of them are gone/);
});

test('preview counts removed rows among those that limits defer', slow, async () => {
  const { runs } = await setUp({ ...onList, mode: 'mirror', max_removed_percent: 60 });
  const rows = keyed(4, () => ({ title: 'CTO' }));
  await runs.sync(rows);
  const next = rows.slice(0, 2).map((row) => ({ ...row, title: 'CEO' }));
  const limits = { max_records: 2 };
  expect(Object.keys((await runs.preview(next, { limits })).calls)).not.toContain(takeOff);
  expect((await runs.preview(next)).calls[takeOff]).toEqual({ min: 1, max: 1 });
  expect(await runs.sync(next, { config: { limits } })).toMatchObject({
    calls: { [patch]: 2 },
    removed: { deferred: 2 },
  });
});
