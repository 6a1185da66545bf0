import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf, shown } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const search = 'POST contacts/search';

const row = (id: string, who: string, title = `of ${who}`): TestRow => ({
  id,
  email: `${who}@${who}.example`,
  first_name: who,
  last_name: `${who}son`,
  title,
});

async function setUp(stream: Readonly<Record<string, unknown>> = {}, options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, ...options });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', ...stream } });
  /** A run, judged; a second one that has nothing to do; and what Apollo holds, with ids in the order they were made. */
  const day = async (...rows: readonly TestRow[]) => {
    clock.advance(24 * 3_600_000);
    const { preview, ...ended } = { preview: await runs.preview(rows), ...(await runs.sync(rows)) };
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    expect((await runs.sync(rows)).calls).toEqual({});
    return { ...ended, preview };
  };
  const ids: unknown[] = [];
  const held = () => {
    const all = shown(apollo, 'contacts', ['id', 'email', 'title']);
    for (const { id } of all) if (!ids.includes(id)) ids.push(id);
    return Object.fromEntries(
      all.map(({ id, email, title }) => [ids.indexOf(id), `${String(email).split('@')[0]} ${title}`]),
    );
  };
  return { apollo, clock, runs, day, held };
}

describe('a row whose match key has changed', () => {
  test('renames its record where no other is known by the new key', async () => {
    const { day, held } = await setUp();
    await day(row('1', 'info'));
    const { counts, calls } = await day(row('1', 'ann'));
    expect([counts, calls]).toEqual([{ updated: 1 }, { [search]: 1, [patch]: 1 }]);
    expect(held()).toEqual({ 0: 'ann of ann' });
  });

  test(
    'goes to the record that has the new key, and so does the other: two addresses that are swapped',
    slow,
    async () => {
      const { day, held } = await setUp();
      await day(row('1', 'ann'), row('2', 'bo'));
      const { counts, calls } = await day(row('1', 'bo', 'new'), row('2', 'ann'));
      // Whether the record still has that key is asked before it is written.
      expect([counts, calls]).toEqual([
        { updated: 1, unchanged: 1 },
        { [create]: 1, [patch]: 1 },
      ]);
      expect(held()).toEqual({ 0: 'ann of ann', 1: 'bo new' });
    },
  );

  test('in a chain: each goes to the next record, and the last one gets a new one', slow, async () => {
    const { day, held } = await setUp();
    await day(row('1', 'ann'), row('2', 'bo'), row('3', 'cy'));
    const { counts } = await day(row('1', 'bo'), row('2', 'cy'), row('3', 'dee'));
    expect(counts).toEqual({ created: 1, unchanged: 2 });
    expect(held()).toEqual({ 0: 'ann of ann', 1: 'bo of bo', 2: 'cy of cy', 3: 'dee of dee' });
  });

  test('by a primary key that numbers the rows: what shifts by one stays with its record', slow, async () => {
    const { day, held } = await setUp();
    await day(row('1', 'ann'), row('2', 'bo'), row('3', 'cy'));
    const { counts, calls } = await day(row('1', 'zoe'), row('2', 'ann'), row('3', 'bo'), row('4', 'cy'));
    expect([counts, calls]).toEqual([{ created: 1, unchanged: 3 }, { [create]: 1 }]);
    expect(held()).toEqual({ 0: 'ann of ann', 1: 'bo of bo', 2: 'cy of cy', 3: 'zoe of zoe' });
  });
});

describe('primary keys that number the rows, where some have left and others have come', () => {
  test('do not give a newcomer the record of somebody who has left', slow, async () => {
    const { day, held } = await setUp();
    await day(row('1', 'ann'), row('2', 'bo'), row('3', 'cy'), row('4', 'dee'));
    const { counts } = await day(row('1', 'bo'), row('2', 'zoe'), row('3', 'yul'), row('4', 'dee'));
    expect(counts).toEqual({ created: 2, unchanged: 2 });
    expect(held()).toEqual({
      ...{ 0: 'ann of ann', 1: 'bo of bo', 2: 'cy of cy', 3: 'dee of dee' },
      ...{ 4: 'zoe of zoe', 5: 'yul of yul' },
    });
  });

  test('do so in a large table, where three or more have shifted', slow, async () => {
    const { runs, apollo } = await setUp();
    const names = Array.from({ length: 100 }, (_, i) => `p${i}`);
    const keyed = (all: readonly string[]) => all.map((name, i) => row(`${i}`, name));
    await runs.sync(keyed(names));
    // p95 and p99 leave, x and y come.
    const later = [...names.slice(0, 95), 'p96', 'p97', 'p98', 'x', 'y'];
    expect((await runs.sync(keyed(later))).counts).toEqual({ unchanged: 98, created: 2 });
    expect(shown(apollo, 'contacts', ['email'])).toHaveLength(102);
    expect(await runs.identityFaults(apollo, keyed(later))).toEqual([]);
  });

  test('two swapped addresses in a large table are no such sign: a third row renames its record', slow, async () => {
    const { runs, apollo } = await setUp();
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const keyed = (all: readonly string[]) => all.map((name, i) => row(`${i}`, name));
    await runs.sync(keyed(names));
    await runs.sync(keyed(['p1', 'p0', 'new', ...names.slice(3)]));
    expect(shown(apollo, 'contacts', ['email'])).toHaveLength(20);
  });
});

describe('an address that is used again', () => {
  sweepOver([['before'], ['after']])(
    'by a new row %s the one that gives it up is a record of its own',
    async (where) => {
      const { day, held } = await setUp();
      await day(row('1', 'info', 'first'));
      const rows = [row('1', 'ann', 'first'), row('2', 'info', 'second')];
      const { counts, calls, preview } = await day(...(where === 'after' ? rows : rows.toReversed()));
      expect([counts, calls]).toEqual([
        { updated: 1, created: 1 },
        { [search]: 1, [patch]: 1, [create]: 1 },
      ]);
      expect(held()).toEqual({ 0: 'ann first', 1: 'info second' });
      expect(preview.calls).toMatchObject({
        [search]: { min: 1, max: 1 },
        [patch]: { min: 1 },
        [create]: { min: 1, max: 1 },
      });
    },
  );

  test('is not taken from a record whose renaming is refused, or deferred', slow, async () => {
    const { apollo, runs, held, clock } = await setUp();
    await runs.sync([row('1', 'info', 'first')]);
    const rows = [row('1', 'ann', 'first'), row('2', 'info', 'second')];
    const refused = { kind: 'reject', where: { field: 'email', contains: 'ann' }, naming: 'none' } as const;
    apollo.addTrouble([{ match: { path: 'contacts/update', nth: 1, times: 1 }, fault: refused }]);
    expect((await runs.sync(rows)).codes).toEqual({ apollo_rejected: 1, match_conflict: 1 });
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    expect(held()).toEqual({ 0: 'info first' });
    apollo.addTrouble([{ match: { path: 'contacts/update', nth: 1 }, fault: { kind: 'status', status: 500 } }]);
    const config = { retries: { max_retries: 0 } };
    expect((await runs.sync(rows, { retryRejects: true, config })).codes).toEqual({ apollo_unavailable: 2 });
    expect(held()).toEqual({ 0: 'info first' });
    apollo.clearTrouble();
    clock.advance(3_600_000);
    expect((await runs.sync(rows)).counts).toEqual({ updated: 1, created: 1 });
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    expect(held()).toEqual({ 0: 'ann first', 1: 'info second' });
  });
});

test('two rows that shared an address by mistake, and part again, have their own records again', slow, async () => {
  const { day, held } = await setUp();
  await day(row('1', 'ann'), row('2', 'bo'));
  expect((await day(row('1', 'ann'), row('2', 'ann', 'of bo'))).counts).toEqual({ superseded: 1, updated: 1 });
  expect(held()).toEqual({ 0: 'ann of bo', 1: 'bo of bo' });
  const { counts } = await day(row('1', 'ann'), row('2', 'bo'));
  expect(counts).toEqual({ updated: 1, unchanged: 1 });
  expect(held()).toEqual({ 0: 'ann of ann', 1: 'bo of bo' });
});

test('a row that another one has superseded has its record back where that gets a new address', slow, async () => {
  const { day, held } = await setUp();
  await day(row('1', 'ann'));
  expect((await day(row('1', 'ann'), row('2', 'ann', 'of cy'))).counts).toEqual({ superseded: 1, updated: 1 });
  expect(held()).toEqual({ 0: 'ann of cy' });
  const { counts } = await day(row('1', 'ann'), row('2', 'cy'));
  expect(counts).toEqual({ updated: 1, created: 1 });
  expect(held()).toEqual({ 0: 'ann of ann', 1: 'cy of cy' });
});

describe('a new address that a contact has of which the state store knows nothing', () => {
  /** One row is synced; then somebody makes another contact at Apollo, and the row is given the address of that. */
  const met = async (...[stream, options]: Parameters<typeof setUp>) => {
    const all = await setUp(stream, options);
    const { runs, apollo } = all;
    await runs.sync([row('1', 'ann', 'CTO')]);
    apollo.seed({
      contacts: [{ id: idOf(7), email: 'bo@bo.example', title: 'by hand', created_at: '2020-01-01T00:00:00Z' }],
    });
    const rows = [row('1', 'bo', 'CTO')];
    const ended = await runs.sync(rows);
    return { ...all, rows, ended };
  };
  const withoutSearch = {
    keys: [{ key: 'emulator-key', scopes: ['bulk_create', 'update'].map((name) => `api/v1/contacts/${name}`) }],
  };

  sweepOver(['accepted', '422', 'kept', 'merged'] as const)(
    'is a conflict, by a search before the update, whatever an update would do: %s',
    async (takenEmail) => {
      const { runs, apollo, held, rows, ended } = await met({}, { quirks: { takenEmail } });
      expect([ended.codes, ended.calls]).toEqual([{ match_conflict: 1 }, { [search]: 1 }]);
      expect(held()).toEqual({ 0: 'ann CTO', 1: 'bo by hand' });
      expect(await runs.identityFaults(apollo, rows)).toEqual([]);
      expect(runs.rejects().join()).toContain('has the email of this row by now');
      // Once a person has seen to the other one, the row is written.
      apollo.store.contacts.change(apollo.store.contacts.get(idOf(7))!, { state: 'deleted' });
      expect((await runs.sync(rows)).counts).toEqual({ updated: 1 });
      expect(held()).toEqual({ 0: 'bo CTO' });
    },
  );

  sweepOver(['422', 'kept'] as const)(
    'is a conflict where the key may not search and Apollo does not give it: %s',
    async (takenEmail) => {
      const { apollo, runs, rows, held, ended } = await met({}, { quirks: { takenEmail }, ...withoutSearch });
      expect(ended.codes).toEqual({ match_conflict: 1 });
      expect(await runs.identityFaults(apollo, rows)).toEqual([]);
      expect(held()).toEqual({ 0: 'ann CTO', 1: 'bo by hand' });
    },
  );

  test(
    'is the record of the row from then on, where the key may not search and Apollo merges the two',
    slow,
    async () => {
      const { runs, rows, held, ended } = await met({}, { quirks: { takenEmail: 'merged' }, ...withoutSearch });
      expect(ended.counts).toEqual({ updated: 1 });
      expect(held()).toEqual({ 0: 'bo CTO' });
      expect(await runs.query('select destination_id from records')).toEqual([{ destination_id: idOf(7) }]);
      expect((await runs.sync(rows)).calls).toEqual({});
    },
  );

  sweepOver([403, 404, 422, 200])('is not asked about again where a search is answered with %s', async (status) => {
    const trouble = [
      { match: { path: 'contacts/search', every: 1 }, fault: { kind: 'status', status, body: '<html>' } },
    ];
    const { runs, apollo } = await setUp({}, { trouble: trouble as never });
    const rows = (n: number) => Array.from({ length: 3 }, (_, i) => row(`${i}`, `p${n + i}`));
    await runs.sync(rows(0));
    const { counts } = await runs.sync(rows(10));
    expect(counts).toEqual({ updated: 3 });
    expect(await runs.identityFaults(apollo, rows(10))).toEqual([]);
  });

  test('waits for a search that is not to be had for the time being', slow, async () => {
    const trouble = [
      {
        match: { path: 'contacts/search', every: 1 },
        fault: { kind: 'status', status: 429, retryAfterSeconds: 90_000 },
      },
    ];
    const { ended, runs, apollo, rows } = await met({}, { trouble: trouble as never });
    expect(ended.codes).toEqual({ quota_exhausted: 1 });
    apollo.clearTrouble();
    expect((await runs.sync(rows)).codes).toEqual({ match_conflict: 1 });
  });

  test('of an account is found by the name of the row', slow, async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock });
    const runs = new Runs(apollo, { clock, stream: { object: 'accounts', primary_key: 'id' } });
    await runs.sync([{ id: '1', domain: 'acme.example', name: 'Acme' }]);
    apollo.seed({ accounts: [{ id: idOf(7), domain: 'acme.test.example', name: 'Acme Inc' }] });
    const rows = [{ id: '1', domain: 'acme.test.example', name: 'Acme' }];
    expect((await runs.sync(rows)).codes).toEqual({ match_conflict: 1 });
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    const domains = shown(apollo, 'accounts', ['domain']).map(({ domain }) => domain);
    expect(domains.toSorted()).toEqual(['acme.example', 'acme.test.example']);
  });
});

describe('a renaming of which no one learned whether it was done', () => {
  const lost = { match: { path: 'contacts/update', nth: 1 }, fault: { kind: 'applied-then-drop' } } as const;
  const once = { config: { retries: { max_retries: 0 } } };

  sweepOver([
    ['the old address', 'ann'],
    ['the new one', 'bo'],
    ['a third one', 'cy'],
  ])('is made again, by what the row says then: %s', async (_, who) => {
    const { apollo, runs, held } = await setUp();
    await runs.sync([row('1', 'ann', 'CTO')]);
    apollo.addTrouble([lost]);
    expect((await runs.sync([row('1', 'bo', 'CTO')], once)).codes).toEqual({ apollo_unavailable: 1 });
    const rows = [row('1', who, 'CTO')];
    expect((await runs.sync(rows)).counts).toEqual({ updated: 1 });
    expect(held()).toEqual({ 0: `${who} CTO` });
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    expect((await runs.sync(rows)).calls).toEqual({});
  });

  test('is made again where the row names its record by an id', slow, async () => {
    const { apollo, runs, held } = await setUp({ mode: 'update', apollo_id: 'apollo_id' });
    apollo.seed({ contacts: [{ id: idOf(1), email: 'ann@ann.example', created_at: '2020-01-01T00:00:00Z' }] });
    const rows = (who: string) => [{ ...row('1', who, 'CTO'), apollo_id: idOf(1) }];
    await runs.sync(rows('ann'));
    apollo.addTrouble([lost]);
    await runs.sync(rows('bo'), once);
    expect((await runs.sync(rows('ann'))).counts).toEqual({ updated: 1 });
    expect(held()).toEqual({ 0: 'ann CTO' });
  });
});

test('in mode mirror a record that its row has left for another one leaves the list', async () => {
  const { apollo, runs } = await setUp({ mode: 'mirror', lists: ['All'], max_removed_percent: 100 });
  await runs.sync([row('1', 'ann'), row('2', 'bo')]);
  expect((await runs.sync([row('1', 'bo'), row('2', 'cy')])).removed).toEqual({ found: 1, updated: 1 });
  const lists = shown(apollo, 'contacts', ['first_name', 'lists']);
  expect(lists).toEqual([
    { first_name: 'ann', lists: [] },
    { first_name: 'bo', lists: ['All'] },
    { first_name: 'cy', lists: ['All'] },
  ]);
});

sweepOver([{ on_existing: 'skip' }, { on_existing: 'fill_blanks' }, { mode: 'insert' }])(
  'a row that may not rename its record, with %j, is looked for by its new key',
  async (stream) => {
    const { day, held } = await setUp(stream);
    await day(row('1', 'info'));
    expect((await day(row('1', 'ann'))).counts).toEqual({ created: 1 });
    expect(held()).toEqual({ 0: 'info of info', 1: 'ann of ann' });
  },
);

describe('primary keys that name other rows than before', () => {
  const rows = (count: number, key: (i: number) => number): TestRow[] =>
    Array.from({ length: count }, (_, i) => row(`${i}`, `p${key(i)}`));

  test('stop the run before anything is sent, and show in a preview', slow, async () => {
    const { runs, apollo } = await setUp();
    await runs.sync(rows(104, (i) => i));
    const before = apollo.requests.entries.length;
    const shifted = rows(104, (i) => (i < 21 ? i + 1000 : i));
    await expect(runs.sync(shifted)).rejects.toMatchObject({
      code: 'too_many_rekeyed',
      message: expect.stringMatching(
        /^streams\[0\]\.max_rekeyed_percent: of 104 rows .* 21 \(20.1 %\) .*row_number\(\)/,
      ),
    });
    const writes = apollo.requests.entries.slice(before).filter(({ method }) => method !== 'GET');
    expect(writes).toEqual([]);
    const { guards } = await runs.preview(shifted);
    expect(guards).toEqual([{ guard: 'max_rekeyed_percent', stream: 'rows', value: 20.1, limit: 20 }]);
  });

  test('are believed up to a share, up to 20, and where a person says so', slow, async () => {
    const { runs } = await setUp();
    await runs.sync(rows(20, (i) => i));
    expect((await runs.sync(rows(20, (i) => i + 1000))).status).toBe('succeeded');
    await runs.sync(rows(105, (i) => i + 1000));
    expect((await runs.sync(rows(105, (i) => (i < 21 ? i + 2000 : i + 1000)))).status).toBe('succeeded');
    const all = { stream: { max_rekeyed_percent: 100 } };
    expect(
      (
        await runs.sync(
          rows(105, (i) => i + 3000),
          all,
        )
      ).counts,
    ).toEqual({ updated: 105 });
  });
});

test('a record that a row of another stream has in this run is not renamed: the row that has left it is looked for', async () => {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock });
  const runs = new Runs(apollo, { clock });
  const stream = (name: string, where: string, fields: readonly string[]) => ({
    name,
    object: 'contacts',
    query: `select * from rows where ${where}`,
    primary_key: 'id',
    mapping: ['email', ...fields].map((field) => ({ to: field, from: field })),
  });
  const streams = [stream('titles', `id <> '1'`, ['title']), stream('names', 'true', ['first_name', 'last_name'])];
  const day = async (...rows: readonly TestRow[]) => {
    const ended = await runs.sync(rows, { config: { streams } });
    expect(ended.cause).toBeUndefined();
    return runs.summary.streams.map(({ created, updated, unchanged }) => ({ created, updated, unchanged }));
  };
  await day(row('1', 'info'), row('3', 'eve'));
  // The address goes to a new person. The stream of titles has never had the row that had it.
  const rows = [row('1', 'ann'), { ...row('2', 'info'), first_name: 'bob', last_name: 'bobson' }, row('3', 'eve')];
  await day(...rows);
  await day(...rows);
  expect(await day(...rows)).toMatchObject([{ unchanged: 2 }, { unchanged: 3 }]);
  expect(shown(apollo, 'contacts', ['email', 'first_name', 'title'])).toEqual([
    { email: 'eve@eve.example', first_name: 'eve', title: 'of eve' },
    { email: 'info@info.example', first_name: 'bob', title: 'of info' },
    { email: 'ann@ann.example', first_name: 'ann', title: null },
  ]);
});
