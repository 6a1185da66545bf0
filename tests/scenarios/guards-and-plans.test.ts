import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { GuardFailure } from '../../runtime/run/preview/guard-changes.ts';
import { readPlan } from '../../runtime/run/preview/plan-file.ts';
import type { Preview } from '../../runtime/run/preview/preview.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { mapped, people } from './scenario.ts';

const patch = 'PATCH contacts/{id}';
const create = 'POST contacts/bulk_create';

const keyed = (count: number, more: (i: number) => TestRow = () => ({})) =>
  people(count, (i) => ({ id: `row ${i}`, title: 'CEO', ...more(i) }));

async function setUp(stream: Readonly<Record<string, unknown>> = {}) {
  const apollo = await startApollo();
  const clock = new EmulatorClock();
  const mapping = mapped('first_name', 'last_name', 'title');
  return { apollo, runs: new Runs(apollo, { clock, stream: { primary_key: 'id', mapping, ...stream } }) };
}

const writes = ({ requests }: Awaited<ReturnType<typeof startApollo>>): number =>
  requests.entries.filter(({ method }) => method !== 'GET').length;

describe('a guard', () => {
  const changed = (share: number) => keyed(10, (i) => (i < share ? { title: 'CTO' } : {}));

  sweepOver([
    ['max_changed_percent', { max_changed_percent: 30 }, {}, changed(4), { stream: 'rows', value: 40, limit: 30 }],
    ['max_creates', { max_creates: 2 }, {}, keyed(13), { value: 3, limit: 2 }],
    [
      'max_clears',
      { max_clears: 1 },
      { nulls: 'clear' },
      keyed(10, (i) => (i < 2 ? { title: null } : {})),
      { value: 2, limit: 1 },
    ],
  ])('%s stops a run before it sends anything, with the preview', async (guard, guards, stream, rows, breach) => {
    const { apollo, runs } = await setUp(stream);
    await runs.sync(keyed(10));
    const before = writes(apollo);
    const failure = await runs.sync(rows, { config: { guards } }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GuardFailure);
    expect((failure as GuardFailure).preview.guards).toEqual([{ guard, ...breach }]);
    expect((failure as GuardFailure).message).toContain(`guards.${guard}`);
    expect(writes(apollo)).toBe(before);
    // What the guard was looked at with leaves no trace: without it the run goes on as if nothing had been.
    expect(await runs.sync(rows)).toMatchObject({ status: 'succeeded' });
  });

  test('that stops a run leaves no trace of rows that had got another primary key either', slow, async () => {
    const { runs } = await setUp();
    await runs.sync(keyed(3));
    const renamed = keyed(4).map((row) => ({ ...row, id: `new ${row['id']}` }));
    const guards = { max_creates: 0 };
    await expect(runs.sync(renamed, { config: { guards } })).rejects.toThrow('guards.max_creates');
    expect(
      await runs.query("select * from journal union all by name from records where outcome = 'superseded'"),
    ).toEqual([]);
    expect(await runs.sync(keyed(3))).toMatchObject({ counts: { unchanged: 3 }, calls: {} });
  });

  test('that is not exceeded changes nothing about the run', slow, async () => {
    const { runs } = await setUp();
    const guards = { max_changed_percent: 30, max_creates: 10, max_clears: 0 };
    expect(await runs.sync(keyed(10), { config: { guards } })).toMatchObject({ counts: { created: 10 } });
    const counts = { created: 2, updated: 3, unchanged: 7 };
    const rows = keyed(12, (i) => (i < 3 ? { title: 'CTO' } : {}));
    expect(await runs.sync(rows, { config: { guards } })).toMatchObject({ counts, calls: { [create]: 1, [patch]: 3 } });
  });

  test('shows in a preview', async () => {
    const { runs } = await setUp();
    const preview = await runs.preview(keyed(4), { guards: { max_creates: 3 } });
    expect(preview.guards).toEqual([{ guard: 'max_creates', value: 4, limit: 3 }]);
  });
});

describe('a plan', () => {
  async function planned(runs: Runs, preview: Preview) {
    const path = join(runs.folder, 'plan.json');
    writeFileSync(path, JSON.stringify(preview));
    return readPlan(path);
  }

  test('is kept to: what goes beyond it is deferred, and nothing lost', async () => {
    const { runs } = await setUp();
    await runs.sync(keyed(10));
    const few = keyed(10, (i) => (i < 3 ? { title: 'CTO' } : {}));
    const plan = await planned(runs, await runs.preview(few));
    const more = keyed(12, (i) => (i < 5 ? { title: 'CTO' } : {}));
    const run = await runs.sync(more, { plan });
    expect(run).toMatchObject({
      status: 'deferred',
      counts: { updated: 3, unchanged: 5, deferred: 4 },
      codes: { run_limit: 4 },
      calls: { [patch]: 3 },
      withheld: {},
      withheldRecords: { rows: { creates: 2, changes: 2 } },
    });
    expect(await runs.sync(more)).toMatchObject({ counts: { created: 2, updated: 2, unchanged: 8 } });
  });

  test('holds records and not only calls: of a plan of one row, one is created', async () => {
    const { apollo, runs } = await setUp();
    const plan = await planned(runs, await runs.preview(keyed(1)));
    const run = await runs.sync(keyed(100), { plan });
    expect(run).toMatchObject({ status: 'deferred', counts: { created: 1, deferred: 99 }, codes: { run_limit: 99 } });
    expect(run.withheldRecords).toEqual({ rows: { creates: 99 } });
    expect(apollo.store.contacts.size).toBe(1);
  });

  test('holds values that are emptied, and records that are seen to as gone', slow, async () => {
    const stream = {
      nulls: 'clear',
      mode: 'mirror',
      on_removed: { set_field: { to: 'title', value: 'gone' } },
      max_removed_percent: 100,
    };
    const { apollo, runs } = await setUp(stream);
    await runs.sync(keyed(6));
    const few = keyed(5, (i) => (i < 2 ? { title: i === 0 ? null : 'CTO' } : {}));
    const preview = await runs.preview(few);
    expect(preview.streams).toMatchObject([{ changed: { max: 2 }, clears: { max: 1 }, removed: 1 }]);
    const plan = await planned(runs, preview);
    const run = await runs.sync(
      keyed(4, (i) => (i < 2 ? { title: null } : {})),
      { plan },
    );
    expect(run.withheldRecords).toEqual({ rows: { clears: 1, removals: 1 } });
    const titles = [...apollo.store.contacts.values()].map(({ title }) => title);
    expect(titles.filter((title) => title === null)).toHaveLength(1);
    expect(titles.filter((title) => title === 'gone')).toHaveLength(1);
  });

  test('that fits is carried out in full', slow, async () => {
    const { runs } = await setUp();
    const plan = await planned(runs, await runs.preview(keyed(5)));
    expect(await runs.sync(keyed(5), { plan })).toMatchObject({
      status: 'succeeded',
      counts: { created: 5 },
      withheld: {},
    });
  });

  test.each([
    ['another mapping', { mapping: mapped('title') }, /another configuration of stream rows/],
    ['another way to write', { updates: 'bulk' }, /another configuration of stream rows/],
    ['other streams', { name: 'people' }, /was made for the streams rows, and this run has people/],
  ])('made for %s is refused, and nothing is sent', async (_, stream, message) => {
    const { apollo, runs } = await setUp();
    const plan = await planned(runs, await runs.preview(keyed(5)));
    const failure = await runs.sync(keyed(5), { stream, plan }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigFailure);
    expect((failure as Error).message).toMatch(message);
    expect(writes(apollo)).toBe(0);
  });

  test.each([
    ['is not JSON', '{', /is not JSON/],
    ['is a run summary', '{"type":"run_summary"}', /is not a preview/],
    ['lacks numbers', '{"type":"preview","streams":[],"calls":{"GET it":1}}', /says no number of GET it/],
    ['lacks records', '{"type":"preview","streams":[{"name":"a"}],"calls":{}}', /says no number of new of stream a/],
  ])('whose file %s is refused', async (_, text, message) => {
    const { runs } = await setUp();
    const path = join(runs.folder, 'plan.json');
    writeFileSync(path, text);
    await expect(readPlan(path)).rejects.toThrow(message);
    await expect(readPlan(join(runs.folder, 'none.json'))).rejects.toThrow(/cannot be read: ENOENT/);
  });
});
