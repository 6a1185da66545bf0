import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { runSync } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { people } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const keyed = (count: number, more: (i: number) => TestRow = () => ({})): TestRow[] =>
  people(count, (i) => ({ id: `row ${i}`, ...more(i) }));
const impatient = { rate_limits: { plan: 'organization', max_wait_seconds: 0 } };
const HOUR = 3_600_000;

async function setUp(stream: Readonly<Record<string, unknown>> = {}, options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, ...options });
  return { apollo, clock, runs: new Runs(apollo, { clock, stream: { primary_key: 'id', ...stream } }) };
}

describe('rows that cannot be sent', () => {
  test('beyond max_records are counted, not mapped, and the next run takes them', slow, async () => {
    const { apollo, runs } = await setUp();
    const rows = keyed(5_000);
    const config = { limits: { max_records: 300 } };
    expect(await runs.sync(rows, { config })).toMatchObject({
      status: 'deferred',
      counts: { created: 300, deferred: 4_700 },
      codes: { run_limit: 4_700 },
    });
    expect(runs.mapped).toBe(300);
    expect(await runs.query('select outcome, count(*)::int as rows from records group by all')).toEqual([
      { outcome: 'created', rows: 300 },
    ]);
    expect((await runs.sync(rows, { config })).counts).toEqual({ unchanged: 300, created: 300, deferred: 4_400 });
    expect(runs.mapped).toBe(300);
    expect(apollo.store.contacts.size).toBe(600);
  });

  test('for want of calls are counted from the next page on', slow, async () => {
    const { apollo, clock, runs } = await setUp();
    const rows = keyed(5_000);
    const config = { limits: { max_calls: 4 } };
    expect(await runs.sync(rows, { config })).toMatchObject({
      status: 'deferred',
      counts: { created: 300, deferred: 4_700 },
      codes: { run_limit: 4_700 },
      retryAt: new Date(clock.now()).toISOString(),
    });
    expect(runs.mapped).toBeLessThan(4_500);
    expect((await runs.sync(rows, { config })).counts).toEqual({ unchanged: 300, created: 300, deferred: 4_400 });
    expect(apollo.store.contacts.size).toBe(600);
  });

  test('for want of quota are counted from the next page on, to be retried when there is room', slow, async () => {
    const { apollo, clock, runs } = await setUp(
      {},
      { limits: { 'contacts/bulk_create': { minute: null, hour: 3, day: null } } },
    );
    const rows = keyed(5_000);
    const retryAt = new Date(clock.now() + HOUR).toISOString();
    const first = await runs.sync(rows, { config: impatient });
    expect(first).toMatchObject({ status: 'deferred', counts: { created: 300, deferred: 4_700 }, retryAt });
    expect(first.codes).toEqual({ quota_exhausted: 4_700 });
    expect(runs.mapped).toBeLessThan(4_500);
    clock.advance(HOUR + 1);
    expect((await runs.sync(rows, { config: impatient })).counts).toEqual({
      unchanged: 300,
      created: 300,
      deferred: 4_400,
    });
    expect(apollo.store.contacts.size).toBe(600);
  });

  test('leave rows their turn that another request can still write', slow, async () => {
    const limits = { 'contacts/bulk_create': { minute: null, hour: 3, day: null } };
    const { apollo, runs } = await setUp({}, { limits });
    const known = (title: string) => keyed(200, () => ({ title }));
    await runs.sync(known('CTO'), { config: impatient });
    // The rows that are known come last.
    const rows = [...keyed(5_000).slice(200), ...known('CEO')];
    expect(await runs.sync(rows, { config: impatient })).toMatchObject({
      counts: { created: 100, updated: 200, deferred: 4_700 },
      codes: { quota_exhausted: 4_700 },
    });
    expect(runs.mapped).toBeLessThan(4_500);
    expect([...apollo.store.contacts.values()].filter(({ title }) => title === 'CEO')).toHaveLength(200);
  });

  test('are superseded where another row is sent for their record, and rejected once they are mapped', async () => {
    const { runs } = await setUp();
    const twice = people(50, (i) => ({ id: `twin ${i}` }));
    const rows = [...keyed(800), ...twice, ...twice.map((row) => ({ ...row, id: `last ${row['id']}` }))];
    rows[750] = { ...rows[750]!, email: 'not an address' };
    const first = await runs.sync(rows, { config: { limits: { max_records: 256 } } });
    // The first 50 people come three times.
    expect(first.counts).toEqual({ created: 256, superseded: 100, deferred: 544 });
    expect(await runs.sync(rows)).toMatchObject({
      counts: { unchanged: 256, superseded: 100, rejected: 1, created: 543 },
      codes: { invalid_email: 1 },
    });
  });

  test('of one stream leave the next one its turn', slow, async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({
      clock,
      limits: { 'contacts/bulk_create': { minute: null, hour: 3, day: null } },
    });
    const companies = Array.from({ length: 150 }, (_, i) => ({ name: `Company ${i}`, domain: `company-${i}.example` }));
    const { summary } = await runSync({
      apollo,
      clock,
      tables: { people: people(6_000), companies },
      streams: [
        { name: 'people', table: 'people', object: 'contacts' },
        { name: 'companies', table: 'companies', object: 'accounts' },
      ],
      config: impatient,
    });
    expect(summary.streams.map(({ read, created, deferred }) => ({ read, created, deferred }))).toEqual([
      { read: 6_000, created: 300, deferred: 5_700 },
      { read: 150, created: 150, deferred: 0 },
    ]);
  });

  test('keep a row from the address that another one has not let go of', slow, async () => {
    const { apollo, runs } = await setUp();
    const rows = keyed(400);
    await runs.sync(rows);
    // The last one has a new address, and the first one takes its old one.
    const moved = rows.map((row, i) => {
      if (i === 0) return { ...row, id: 'newcomer', email: rows[399]!['email']! };
      return { ...row, title: 'CEO', ...(i === 399 && { email: 'moved@acme.example' }) };
    });
    const result = await runs.sync(moved, { config: { limits: { max_records: 20 } } });
    expect(result.codes).toEqual({ run_limit: expect.any(Number) });
    expect(apollo.store.contacts.size).toBe(400);
    await runs.sync(moved);
    expect(await runs.identityFaults(apollo, moved)).toEqual([]);
  });
});

test(
  'whatever the limits, so many clean rows are sent as they allow, and every row is counted once',
  slow,
  async () => {
    const limits = fc.oneof(
      fc.record({ max_records: fc.integer({ min: 1, max: 600 }) }),
      fc.record({ max_calls: fc.integer({ min: 2, max: 7 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2_500 }), limits, async (count, limit) => {
        const { apollo, runs } = await setUp();
        const allowed = 'max_records' in limit ? limit.max_records : (limit.max_calls - 1) * 100;
        const created = Math.min(count, allowed);
        const { counts, calls } = await runs.sync(keyed(count), { config: { limits: limit } });
        expect(counts).toEqual({ created, ...(count > created && { deferred: count - created }) });
        expect(calls).toEqual({ [create]: Math.ceil(created / 100) });
        expect(apollo.store.contacts.size).toBe(created);
      }),
      { numRuns: 5 },
    );
  },
);
