import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { people, shown } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const addToLists = 'POST labels/add_entity_ids_to_label_names';
const keyed = (count: number, more: (i: number) => TestRow = () => ({})): TestRow[] =>
  people(count, (i) => ({ id: `row ${i}`, ...more(i) }));

async function setUp(stream: Readonly<Record<string, unknown>> = {}, options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, ...options });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', ...stream } });
  return { apollo, clock, runs, held: (...keys: string[]) => shown(apollo, 'contacts', keys) };
}

describe('a second run', () => {
  test('over 10,000 unchanged rows makes no call that writes', slow, async () => {
    const { runs } = await setUp();
    expect((await runs.sync(keyed(10_000))).counts).toEqual({ created: 10_000 });
    expect(await runs.sync(keyed(10_000))).toMatchObject({
      status: 'succeeded',
      counts: { unchanged: 10_000 },
      calls: {},
    });
  });

  test('sends only the rows that changed, by their id, and only the fields that changed', async () => {
    const { apollo, runs } = await setUp();
    const rows = (title: string) => keyed(300, (i) => ({ title: i % 100 === 7 ? title : 'CTO' }));
    await runs.sync(rows('CTO'));
    expect(await runs.sync(rows('CEO'))).toMatchObject({
      counts: { unchanged: 297, updated: 3 },
      calls: { [patch]: 3 },
    });
    const bodies = apollo.requests.entries.filter(({ method }) => method === 'PATCH').map(({ body }) => body);
    expect(bodies).toEqual([{ title: 'CEO' }, { title: 'CEO' }, { title: 'CEO' }]);
  });

  test('says so in a preview, which changes nothing', async () => {
    const { runs } = await setUp();
    await runs.sync(keyed(10));
    const { streams, calls } = await runs.preview(keyed(12, (i) => (i === 0 ? { first_name: 'New' } : {})));
    expect(streams[0]).toMatchObject({ read: 12, to_send: 3, unchanged: 9 });
    expect(streams[0]).toMatchObject({ new: { min: 0, max: 2 }, changed: { min: 1, max: 3 }, unknown: 2, removed: 0 });
    expect(calls).toMatchObject({ [create]: { min: 1, max: 1 }, [patch]: { min: 1, max: 3 } });
    expect(await runs.query('select count(*)::int as n from runs')).toEqual([{ n: 1 }]);
  });
});

test('--full sends every row again, by the id it has, where Apollo cannot be asked what it has', async () => {
  const { runs } = await setUp({}, { plan: 'free' });
  await runs.sync(keyed(5));
  expect(await runs.sync(keyed(5), { full: true })).toMatchObject({ counts: { updated: 5 }, calls: { [patch]: 5 } });
  expect(await runs.sync(keyed(5))).toMatchObject({ counts: { unchanged: 5 }, calls: {} });
});

describe('a mapping that changed', () => {
  const columns = (...names: string[]) => ({ mapping: names.map((name) => ({ to: name, from: name })) });
  const rows = keyed(4, () => ({ title: 'CTO' }));

  test('is compared by what it makes of the rows: what comes out the same is unchanged, and learned', async () => {
    const { runs } = await setUp(columns('email', 'title'));
    await runs.sync(rows);
    const stream = {
      mapping: [
        { to: 'email', from: 'email' },
        { to: 'title', constant: 'CTO' },
      ],
    };
    expect(await runs.sync(rows, { stream })).toMatchObject({ counts: { unchanged: 4 }, calls: {} });
    const versions = await runs.query(
      'select count(distinct mapping_version)::int as n, min(run_id) as run from records',
    );
    const again = await runs.sync(rows, { stream });
    expect(again.counts).toEqual({ unchanged: 4 });
    expect(
      await runs.query('select count(distinct mapping_version)::int as n, min(run_id) as run from records'),
    ).toEqual(versions);
  });

  test('sends the field that was added, and nothing else', async () => {
    const { apollo, runs } = await setUp(columns('email'));
    await runs.sync(rows);
    expect((await runs.sync(rows, { stream: columns('email', 'title') })).calls).toEqual({ [patch]: 4 });
    expect(apollo.requests.entries.at(-1)?.body).toEqual({ title: 'CTO' });
  });

  test('from skip to update brings skipped records to what their rows say', slow, async () => {
    const { runs, held } = await setUp({ on_existing: 'skip' }, { data: { contacts: people(2) } });
    expect((await runs.sync(rows)).counts).toEqual({ created: 2, skipped: 2 });
    expect((await runs.sync(rows)).counts).toEqual({ unchanged: 2, skipped: 2 });
    const { counts, calls } = await runs.sync(rows, { stream: { on_existing: 'update' } });
    expect({ counts, calls }).toEqual({ counts: { unchanged: 2, updated: 2 }, calls: { [patch]: 2 } });
    expect(held('title')).toEqual(Array(4).fill({ title: 'CTO' }));
  });
});

describe('a record whose id is known', () => {
  test('is left alone by insert, though its row has changed, without a call', slow, async () => {
    const { runs, held } = await setUp({ mode: 'insert' });
    await runs.sync(keyed(2, () => ({ title: 'CTO' })));
    const { counts, calls } = await runs.sync(keyed(2, () => ({ title: 'CEO' })));
    expect({ counts, calls }).toEqual({ counts: { skipped: 2 }, calls: {} });
    expect((await runs.sync(keyed(2, () => ({ title: 'CEO' })))).counts).toEqual({ skipped: 2 });
    expect(held('title')).toEqual([{ title: 'CTO' }, { title: 'CTO' }]);
  });

  test('has filled what was blank, and is not asked about what is known to be filled', slow, async () => {
    const { apollo, runs, held } = await setUp(
      { on_existing: 'fill_blanks' },
      { data: { contacts: people(1).map((one) => ({ ...one, title: 'Old' })) } },
    );
    const row = (title: string, organization_name: string) => keyed(1, () => ({ title, organization_name }));
    expect((await runs.sync(row('New', 'Acme'))).counts).toEqual({ updated: 1 });
    expect(await runs.sync(row('Newer', 'Bolt'))).toMatchObject({ counts: { unchanged: 1 }, calls: {} });
    expect(apollo.requests.count('contacts/show')).toBe(0);
    expect(held('title', 'organization_name')).toEqual([{ title: 'Old', organization_name: 'Acme' }]);
  });

  test('is emptied once where nulls clear, and filled again', slow, async () => {
    const { apollo, runs } = await setUp({ nulls: 'clear' });
    const row = (title: string | null) => keyed(1, () => ({ title, city: 'Oslo' }));
    await runs.sync(row('CTO'));
    expect((await runs.sync(row(null))).calls).toEqual({ [patch]: 1 });
    expect(apollo.requests.entries.at(-1)?.body).toEqual({ title: '' });
    expect((await runs.sync(row(null))).calls).toEqual({});
    expect((await runs.sync(row('CTO'))).counts).toEqual({ updated: 1 });
    expect(await runs.query('select "values" from records')).toEqual([
      { values: expect.stringContaining('"title":"CTO"') },
    ]);
  });

  test('that Apollo has deleted is matched again, once, and gets its new id', async () => {
    const { apollo, runs, held } = await setUp();
    const rows = (title: string) => keyed(3, () => ({ title }));
    await runs.sync(rows('CTO'));
    const gone = [...apollo.store.contacts.values()][1]!;
    gone.state = 'deleted';
    expect(await runs.sync(rows('CEO'))).toMatchObject({
      counts: { created: 1, updated: 2 },
      calls: { [patch]: 3, [create]: 1 },
    });
    expect(held('email', 'title')).toHaveLength(3);
    const ids = await runs.query('select destination_id from records');
    expect(ids).not.toContainEqual({ destination_id: gone.id });
    expect((await runs.sync(rows('CEO'))).calls).toEqual({});
  });

  test('that the row itself names is rejected when Apollo has deleted it', slow, async () => {
    const { apollo, runs } = await setUp();
    await runs.sync(keyed(1));
    const [contact] = apollo.store.contacts.values();
    const row = (title: string) => [{ id: 'row 0', apollo: contact!.id, title }];
    const stream = { mode: 'update', apollo_id: 'apollo', mapping: [{ to: 'title', from: 'title' }] };
    expect((await runs.sync(row('CTO'), { stream })).counts).toEqual({ updated: 1 });
    expect((await runs.sync(row('CTO'), { stream })).calls).toEqual({});
    contact!.state = 'deleted';
    expect(await runs.sync(row('CEO'), { stream })).toMatchObject({
      codes: { record_deleted: 1 },
      calls: { [patch]: 1 },
    });
  });
});

describe('rejected rows', () => {
  const refuse = {
    match: { path: 'contacts/bulk_create' },
    fault: { kind: 'reject', where: { field: 'title', equals: 'bad' }, naming: 'none' },
  } as const;

  test('are not sent again while nothing changes, stay in the summary, and are written down once', slow, async () => {
    const { apollo, runs } = await setUp({}, { trouble: [refuse] });
    const rows = keyed(8, (i) => ({ title: i === 3 ? 'bad' : 'good' }));
    const first = await runs.sync(rows);
    expect(first.counts).toEqual({ created: 7, rejected: 1 });
    const again = await runs.sync(rows);
    expect(again).toMatchObject({ counts: { unchanged: 7, rejected: 1 }, codes: { apollo_rejected: 1 }, calls: {} });
    expect(again.savedCalls).toBeGreaterThan(1);
    expect(runs.rejects()).toHaveLength(1);
    expect(await runs.query('select count(*)::int as n from rejects')).toEqual([{ n: 1 }]);
    apollo.clearTrouble();
    expect((await runs.sync(rows, { retryRejects: true })).counts).toEqual({ unchanged: 7, created: 1 });
  });

  test('are sent again when the row changes', async () => {
    const { runs } = await setUp({}, { trouble: [refuse] });
    const rows = (title: string) => keyed(2, (i) => ({ title: i === 1 ? title : 'good' }));
    await runs.sync(rows('bad'));
    expect(await runs.sync(rows('better'))).toMatchObject({
      counts: { unchanged: 1, created: 1 },
      calls: { [create]: 1 },
    });
  });

  test('of the mapping are looked at in every run, and written down once', slow, async () => {
    const { runs } = await setUp();
    const rows = keyed(2, (i) => (i === 1 ? { email: 'nonsense' } : {}));
    expect((await runs.sync(rows)).codes).toEqual({ invalid_email: 1 });
    expect((await runs.sync(rows)).codes).toEqual({ invalid_email: 1 });
    expect(runs.rejects()).toHaveLength(1);
  });
});

describe('a run with limits', () => {
  test('defers what is beyond max_records, and the next one takes it', slow, async () => {
    const { runs } = await setUp();
    const config = { limits: { max_records: 150 } };
    const first = await runs.sync(keyed(400), { config });
    expect(first).toMatchObject({
      status: 'deferred',
      counts: { created: 150, deferred: 250 },
      codes: { run_limit: 250 },
    });
    expect((await runs.sync(keyed(400), { config })).counts).toEqual({ unchanged: 150, created: 150, deferred: 100 });
    expect(await runs.sync(keyed(400), { config })).toMatchObject({
      status: 'succeeded',
      counts: { unchanged: 300, created: 100 },
    });
  });

  test('makes no more than max_calls calls', slow, async () => {
    const { clock, runs } = await setUp();
    const config = { limits: { max_calls: 3 } };
    const first = await runs.sync(keyed(500), { config });
    expect(first).toMatchObject({ status: 'deferred', calls: { [create]: 2 }, codes: { run_limit: 300 } });
    expect(first.retryAt).toBe(new Date(clock.now()).toISOString());
    expect((await runs.sync(keyed(500), { config })).counts).toEqual({ unchanged: 200, created: 200, deferred: 100 });
  });

  test('makes no more than max_calls_per_day calls a day, over all runs', slow, async () => {
    const { clock, runs } = await setUp();
    const config = { limits: { max_calls_per_day: 4 } };
    const { start } = clock;
    expect((await runs.sync(keyed(700), { config })).counts).toEqual({ created: 300, deferred: 400 });
    clock.advance(3_600_000);
    const second = await runs.sync(keyed(700), { config });
    expect(second).toMatchObject({ status: 'deferred', calls: {} });
    expect(second.retryAt).toBe(new Date(start + 24 * 3_600_000).toISOString());
    clock.advance(24 * 3_600_000);
    expect((await runs.sync(keyed(700), { config })).counts).toEqual({ unchanged: 300, created: 300, deferred: 100 });
    expect(clock.start).toBe(start);
  });

  test('makes as many calls a day as max_calls_per_day says by now, of which those count that were made', async () => {
    const { runs } = await setUp();
    const ofDay = (max_calls_per_day: number) => ({ config: { limits: { max_calls_per_day } } });
    expect((await runs.sync(keyed(700), ofDay(4))).counts).toEqual({ created: 300, deferred: 400 });
    const more = await runs.sync(keyed(700), ofDay(7));
    expect(more.counts).toEqual({ unchanged: 300, created: 200, deferred: 200 });
  });
});

describe('a quota that is used up', () => {
  test('defers the rest until it has room, and the next run knows before its first call', slow, async () => {
    const limits = { 'contacts/bulk_create': { minute: null, hour: null, day: 5 } };
    const { apollo, clock, runs } = await setUp({}, { limits });
    const first = await runs.sync(keyed(800));
    const opensAt = new Date(clock.now() + 24 * 3_600_000).toISOString();
    expect(first).toMatchObject({
      status: 'deferred',
      counts: { created: 500, deferred: 300 },
      codes: { quota_exhausted: 300 },
      retryAt: opensAt,
    });
    expect(first.told).toEqual([`${create} has used 4 of the 5 requests that it has a day.`]);
    expect(first.notices).toEqual([
      { code: 'quota_nearly_spent', message: `${create} has used 4 of the 5 requests that it has a day.` },
    ]);
    const before = apollo.requests.count('contacts/bulk_create');
    clock.advance(3_600_000);
    const second = await runs.sync(keyed(800));
    expect(second).toMatchObject({ status: 'deferred', counts: { unchanged: 500, deferred: 300 }, retryAt: opensAt });
    expect(apollo.requests.count('contacts/bulk_create')).toBe(before);
    clock.advance(23 * 3_600_000);
    expect(await runs.sync(keyed(800))).toMatchObject({
      status: 'succeeded',
      counts: { unchanged: 500, created: 300 },
    });
  });

  test(
    'between two requests of a record leaves the second to the next run, and the record is created',
    slow,
    async () => {
      const limits = { 'contacts/update': { minute: null, hour: null, day: 2 } };
      const { clock, runs, held } = await setUp({ lists: ['L'] }, { limits });
      const rows = keyed(5, () => ({ mobile_phone: '+1 202 555 0101' }));
      expect((await runs.sync(rows)).counts).toEqual({ created: 2, deferred: 3 });
      expect(
        await runs.query(`select outcome, count(destination_id)::int as ids from records group by 1 order by 1`),
      ).toEqual([
        { outcome: 'created', ids: 2 },
        { outcome: 'deferred', ids: 3 },
      ]);
      clock.advance(24 * 3_600_000);
      expect(await runs.sync(rows)).toMatchObject({
        counts: { unchanged: 2, created: 2, deferred: 1 },
        calls: { [patch]: 2 },
      });
      clock.advance(24 * 3_600_000);
      expect((await runs.sync(rows)).counts).toEqual({ unchanged: 4, created: 1 });
      expect(held('phones')).toEqual(Array(5).fill({ phones: { mobile: '+1 202 555 0101' } }));
    },
  );
});

describe('an answer that was lost', () => {
  test('in a run that was stopped there: the next one knows that it created the records', async () => {
    const trouble = [{ match: { path: 'contacts/bulk_create' }, fault: { kind: 'applied-then-drop' } }] as const;
    const { apollo, runs, held } = await setUp(
      { mode: 'insert' },
      { trouble, data: { contacts: people(1, () => ({ created_at: '2020-01-01T00:00:00Z' })) } },
    );
    const rows = keyed(3, () => ({ mobile_phone: '+1 202 555 0101' }));
    const config = { retries: { max_retries: 0 } };
    expect(await runs.sync(rows, { config })).toMatchObject({
      counts: { deferred: 3 },
      codes: { apollo_unavailable: 3 },
    });
    apollo.clearTrouble();
    expect(await runs.sync(rows, { config })).toMatchObject({
      counts: { created: 2, skipped: 1 },
      calls: { [create]: 1, [patch]: 2 },
    });
    expect(held('phones').filter(({ phones }) => Object.keys(phones as object).length > 0)).toHaveLength(2);
    expect((await runs.sync(rows)).calls).toEqual({});
  });

  test('in a run that goes on: the records count as created', async () => {
    const trouble = [
      { match: { path: 'contacts/bulk_create', nth: 1 }, fault: { kind: 'applied-then-drop' } },
    ] as const;
    const { runs } = await setUp({ mode: 'insert' }, { trouble });
    expect((await runs.sync(keyed(3, () => ({ mobile_phone: '+1 202 555 0101' })))).counts).toEqual({ created: 3 });
  });

  test('of a row that has changed since: what it says now is written', async () => {
    const trouble = [{ match: { path: 'contacts/bulk_create' }, fault: { kind: 'applied-then-drop' } }] as const;
    const { apollo, runs, held } = await setUp({ mode: 'insert' }, { trouble });
    const config = { retries: { max_retries: 0 } };
    await runs.sync(
      keyed(1, () => ({ title: 'CTO' })),
      { config },
    );
    apollo.clearTrouble();
    expect(
      (
        await runs.sync(
          keyed(1, () => ({ title: 'CEO' })),
          { config },
        )
      ).counts,
    ).toEqual({ created: 1 });
    expect(held('title')).toEqual([{ title: 'CEO' }]);
  });

  test('of an update, of a row that is as it was before: Apollo is brought back to it', slow, async () => {
    const trouble = [{ match: { path: 'contacts/update' }, fault: { kind: 'applied-then-drop' } }] as const;
    const { apollo, runs, held } = await setUp();
    const config = { retries: { max_retries: 0 } };
    await runs.sync(keyed(1, () => ({ title: 'CTO' })));
    apollo.addTrouble(trouble);
    await runs.sync(
      keyed(1, () => ({ title: 'CEO' })),
      { config },
    );
    expect(held('title')).toEqual([{ title: 'CEO' }]);
    apollo.clearTrouble();
    expect((await runs.sync(keyed(1, () => ({ title: 'CTO' })))).counts).toEqual({ updated: 1 });
    expect(held('title')).toEqual([{ title: 'CTO' }]);
  });
});

test('a row that another one superseded is written in full when that one has gone', slow, async () => {
  const { runs, held } = await setUp();
  const one = (id: string, title: string) => ({ id, email: 'one@acme.example', title });
  await runs.sync([one('a', 'CTO')]);
  expect((await runs.sync([one('a', 'CTO'), one('b', 'CEO')])).counts).toEqual({ superseded: 1, updated: 1 });
  expect((await runs.sync([one('a', 'CTO'), one('b', 'CEO')])).counts).toEqual({ superseded: 1, unchanged: 1 });
  expect((await runs.sync([one('a', 'CTO')])).counts).toEqual({ updated: 1 });
  expect(held('title')).toEqual([{ title: 'CTO' }]);
});

test('a run is in `runs` with its counts, and each request in `calls`', async () => {
  const { runs } = await setUp({ lists: ['L'] });
  await runs.sync(keyed(3), { runId: 'first' });
  expect(
    await runs.query(
      'select run_id, status, read::int as read, created::int as created, calls::int as calls from runs',
    ),
  ).toEqual([{ run_id: 'first', status: 'succeeded', read: 3, created: 3, calls: 2 }]);
  expect(await runs.query(`select endpoint, action, status, records from calls where endpoint like 'POST%'`)).toEqual([
    { endpoint: create, action: 'contacts/bulk_create', status: 200, records: 3 },
  ]);
  expect(addToLists).toMatch(/^POST/);
});
