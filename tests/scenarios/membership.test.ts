import { describe, expect, test } from 'vitest';
import { planOf } from '../../runtime/run/preview/plan-file.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf, people } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const addTo = 'POST labels/add_entity_ids_to_label_names';
const takeOff = 'POST labels/remove_entity_ids_from_label_names';

const contacts = { name: 'contacts', object: 'contacts' };
const hot = (behaviour: string, more = {}) => ({ name: 'hot', membership: { list: 'Hot', behaviour }, ...more });

async function setUp(options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, ...options });
  const runs = new Runs(apollo, { clock });
  const members = () =>
    [...apollo.store.labels.members('Hot', 'contacts')].map((id) => apollo.store.contacts.get(id)?.email).sort();
  return { apollo, runs, members };
}

const emails = (...numbers: number[]): TestRow[] => people(10).filter((_, i) => numbers.includes(i));
const names = (...numbers: number[]) => emails(...numbers).map(({ email }) => email);

describe('a list', () => {
  sweepOver(['add', 'mirror'])(
    'gets the records of its rows (%s), which other streams have synced, and costs nothing then',
    async (behaviour) => {
      const { runs, members } = await setUp();
      await runs.sync(people(10), { stream: contacts });
      const first = await runs.sync(emails(1, 2, 3), { stream: hot(behaviour) });
      expect(first).toMatchObject({ status: 'succeeded', counts: { updated: 3 }, calls: { [addTo]: 1 } });
      expect(members()).toEqual(names(1, 2, 3));
      expect(await runs.sync(emails(1, 2, 3), { stream: hot(behaviour) })).toMatchObject({
        counts: { unchanged: 3 },
        calls: {},
      });
    },
  );

  test(
    'loses only whom this sync has put on it, and who is gone (mirror), as many in a call as the stream says',
    slow,
    async () => {
      const { apollo, runs, members } = await setUp({
        data: { contacts: [{ email: 'z@z.example', label_names: ['Hot'] }] },
      });
      await runs.sync(people(10), { stream: contacts });
      const stream = { ...hot('mirror'), max_removed_percent: 70 };
      await runs.sync(emails(1, 2, 3), { stream });
      const { removed, counts, calls } = await runs.sync(emails(3, 4), { stream });
      expect({ removed, counts, calls }).toEqual({
        removed: { found: 2, updated: 2 },
        counts: { unchanged: 1, updated: 1 },
        calls: { [addTo]: 1, [takeOff]: 1 },
      });
      expect(members()).toEqual([...names(3, 4), 'z@z.example'].sort());
      const three = { ...stream, membership: { list: 'Hot', behaviour: 'mirror', ids_per_call: 3 } };
      expect((await runs.sync(people(10), { stream: three })).calls).toEqual({ [addTo]: 3 });
      expect(members()).toHaveLength(11);
      expect(apollo.requests.entries.every(({ body }) => (body as { async?: boolean })?.async !== true)).toBe(true);
    },
  );

  test('keeps whom add has put on it, and is not emptied by an empty source (mirror)', slow, async () => {
    const { runs, members } = await setUp();
    await runs.sync(people(10), { stream: contacts });
    const empty = { table: undefined, query: 'select * from rows where false' };
    await runs.sync(emails(1, 2), { stream: hot('add') });
    expect(await runs.sync(emails(1), { stream: { ...hot('add'), ...empty } })).toMatchObject({
      status: 'succeeded',
      calls: {},
    });
    await runs.sync(emails(1, 2), { stream: { ...hot('mirror'), name: 'mirror' } });
    await expect(runs.sync(emails(1), { stream: { ...hot('mirror'), ...empty, name: 'mirror' } })).rejects.toThrow(
      /streams\[0\]\.membership: this stream has synced 2 rows, and the source has no rows at all/,
    );
    expect(members()).toEqual(names(1, 2));
  });

  test('loses the records of its rows (remove)', slow, async () => {
    const { runs, members } = await setUp();
    await runs.sync(people(10), { stream: { ...contacts, lists: ['Hot'] } });
    const { counts, calls } = await runs.sync(emails(0, 1, 2, 3, 4, 5, 6, 7), { stream: hot('remove') });
    expect({ counts, calls }).toEqual({ counts: { updated: 8 }, calls: { [takeOff]: 1 } });
    expect(members()).toEqual(names(8, 9));
    expect((await runs.sync(emails(0, 1, 2), { stream: hot('remove') })).calls).toEqual({});
  });

  test('creates whom Apollo lacks, finds whom it has, and changes none of them (upsert)', async () => {
    const { apollo, runs, members } = await setUp({
      data: { contacts: emails(0).map((one) => ({ ...one, first_name: 'Old', last_name: 'Name' })) },
    });
    await runs.sync(emails(1), { stream: contacts });
    const { counts, calls } = await runs.sync(emails(0, 1, 2), { stream: hot('upsert') });
    expect({ counts, calls }).toEqual({ counts: { created: 1, updated: 2 }, calls: { [create]: 1, [addTo]: 1 } });
    expect(members()).toEqual(names(0, 1, 2));
    expect([...apollo.store.contacts.values()].map(({ first_name }) => first_name).sort()).toEqual([
      'First1',
      'First2',
      'Old',
    ]);
    expect((await runs.sync(emails(0, 1, 2), { stream: hot('upsert') })).calls).toEqual({});
    expect((await runs.sync(emails(0), { stream: hot('upsert') })).calls).toEqual({});
    expect(members()).toEqual(names(0, 1, 2));
  });

  test('gets everybody again by --full, which reads what Apollo has otherwise', slow, async () => {
    const { apollo, runs, members } = await setUp();
    await runs.sync(people(10), { stream: contacts });
    await runs.sync(emails(1, 2), { stream: hot('add') });
    const [one] = [...apollo.store.contacts.byEmail(String(names(1)[0]))];
    apollo.edit({ contacts: [{ id: one!.id, label_names: [] }] });
    expect(await runs.sync(emails(1, 2), { stream: hot('add'), full: true })).toMatchObject({
      ...{ counts: { updated: 2 }, calls: { [addTo]: 1 } },
    });
    expect(members()).toEqual(names(1, 2));
  });

  test('has accounts for members as well', async () => {
    const { apollo, runs } = await setUp();
    const rows = [{ domain: 'a.example' }, { domain: 'b.example' }];
    await runs.sync(rows, { stream: { name: 'accounts', object: 'accounts' } });
    const stream = { ...hot('mirror'), object: 'accounts' };
    expect((await runs.sync(rows, { stream })).counts).toEqual({ updated: 2 });
    expect(apollo.store.labels.members('Hot', 'accounts').size).toBe(2);
  });

  test('takes ids from a column, without a state store as well', async () => {
    const { apollo, runs, members } = await setUp({ data: { contacts: people(4) } });
    const rows = [...apollo.store.contacts.values()].slice(0, 2).map(({ id }) => ({ who: id }));
    const stream = { ...hot('add'), apollo_id: 'who' };
    const config = { state: { type: 'none' } };
    expect(await runs.sync(rows, { stream, config })).toMatchObject({ counts: { updated: 2 }, calls: { [addTo]: 1 } });
    expect(members()).toHaveLength(2);
  });
});

describe('a row whose record no one knows', () => {
  sweepOver(['add', 'mirror', 'remove'])(
    'is rejected by %s, with what to do, and is found once another stream has synced it',
    async (behaviour) => {
      const { runs, members } = await setUp();
      const rejected = await runs.sync(emails(1, 2), { stream: hot(behaviour) });
      expect(rejected).toMatchObject({ counts: { rejected: 2 }, codes: { missing_apollo_id: 2 }, calls: {} });
      expect(JSON.parse(runs.rejects()[0]!).message).toBe(
        'No stream has synced a contact with this email, so its Apollo id is not known. Put a stream of contacts before this one, give the column of the id as apollo_id, or take behaviour upsert.',
      );
      expect(await runs.sync(emails(1, 2), { stream: hot(behaviour) })).toMatchObject({ counts: { rejected: 2 } });
      expect(runs.rejects()).toHaveLength(2);
      await runs.sync(emails(1), { stream: contacts });
      const { counts } = await runs.sync(emails(1, 2), { stream: hot(behaviour) });
      expect(counts).toMatchObject({ rejected: 1 });
      expect(members()).toEqual(behaviour === 'remove' ? [] : names(1));
    },
  );

  test('is not acknowledged where Apollo knows none of the ids, and Apollo says nothing of one among others', async () => {
    const { runs, apollo, members } = await setUp({ data: { contacts: emails(1) } });
    const stream = { ...hot('add'), apollo_id: 'who' };
    expect(await runs.sync([{ who: idOf(1) }], { stream })).toMatchObject({ codes: { not_acknowledged: 1 } });
    const [known] = [...apollo.store.contacts.values()].map(({ id }) => id);
    const both = await runs.sync([{ who: idOf(2) }, { who: known! }], { stream });
    expect(both.counts).toEqual({ updated: 2 });
    expect(members()).toEqual(names(1));
  });
});

test('one run syncs people and then their list', async () => {
  const { runs, members } = await setUp();
  const streams = [
    { ...contacts, table: 'rows' },
    {
      ...hot('mirror'),
      object: 'contacts',
      query: "select email from rows where title = 'CEO'",
      max_removed_percent: 60,
    },
  ];
  const rows = (...ceos: number[]) => people(10).map((row, i) => ({ ...row, title: ceos.includes(i) ? 'CEO' : 'CTO' }));
  await runs.sync(rows(1, 2), { config: { streams } });
  expect(members()).toEqual(names(1, 2));
  await runs.sync(rows(2, 3), { config: { streams } });
  expect(members()).toEqual(names(2, 3));
});

describe('a preview', () => {
  const table = { table: 'rows' };
  const onList = { ...hot('add'), object: 'contacts', ...table };

  test('finds whom other streams have synced, and takes off whom remove names', async () => {
    const { runs } = await setUp();
    await runs.sync(people(10), { stream: contacts });
    const streams = [onList, { ...onList, name: 'off', membership: { list: 'Cold', behaviour: 'remove' } }];
    const { calls, streams: previewed } = await runs.preview(emails(1, 2), { streams });
    expect(calls).toMatchObject({ [addTo]: { min: 1, max: 1 }, [takeOff]: { min: 1, max: 1 } });
    expect(previewed).toMatchObject([{ rejected: 0, unknown: 0 }, { rejected: 0 }]);
  });

  test('knows for certain that no record is found where no stream has synced one', async () => {
    const { runs } = await setUp();
    const { calls, streams } = await runs.preview(emails(1, 2), { streams: [onList] });
    expect(calls[addTo]).toBeUndefined();
    expect(streams).toMatchObject([{ rejected: 2, unknown: 0 }]);
  });

  test('leaves open whom an earlier stream of the run may find, so that a plan lets it pass', async () => {
    const { runs, members } = await setUp();
    const streams = [{ ...contacts, ...table }, onList];
    const preview = await runs.preview(emails(1, 2), { streams });
    expect(preview.calls[addTo]).toEqual({ min: 0, max: 1 });
    expect(preview.streams[1]).toMatchObject({ rejected: 0, unknown: 2, changed: { min: 0, max: 2 } });
    const plan = planOf('plan.json', preview);
    expect(await runs.sync(emails(1, 2), { config: { streams }, plan })).toMatchObject({ status: 'succeeded' });
    expect(members()).toEqual(names(1, 2));
  });
});

test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  ['mirror without a state store', { ...hot('mirror'), apollo_id: 'x' }, /membership: needs a state store/],
  ['a key without a state store', hot('add'), /membership: needs a state store/],
  ['a mode beside it', { ...hot('upsert'), mode: 'upsert' }, /mode: is not allowed with membership/],
  [
    'fields that would not be written',
    { ...hot('add'), mapping: [{ to: 'title', from: 'title' }] },
    /mapping: expected email alone/,
  ],
])('%s is refused', async (_, stream, message) => {
  const { runs } = await setUp();
  await expect(runs.sync(emails(1), { stream, config: { state: { type: 'none' } } })).rejects.toThrow(message);
});

test('a corrected apollo_id is followed: the record that it names is put on the list', async () => {
  const ids = [idOf(1), idOf(2)];
  const contacts = ids.map((id) => ({ id, email: `${id}@own.example`, created_at: '2020-01-01T00:00:00Z' }));
  const { runs, members } = await setUp({ data: { contacts } });
  const stream = { ...hot('add'), primary_key: 'key', apollo_id: 'apollo_id' };
  await runs.sync([{ key: '1', apollo_id: ids[0]! }], { stream });
  expect((await runs.sync([{ key: '1', apollo_id: ids[1]! }], { stream })).counts).toEqual({ updated: 1 });
  expect(members()).toEqual(contacts.map(({ email }) => email));
  expect((await runs.sync([{ key: '1', apollo_id: ids[1]! }], { stream })).calls).toEqual({});
});
