import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import { sync } from '../../runtime/run/sync.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow } from '../support/runs.ts';
import { makeWarehouse, type TestRow } from '../support/warehouse.ts';

describe('a record that a row of another stream has', () => {
  const one = (email: string) => ({ id: email, email });
  const streams = [
    {
      name: 'leads',
      object: 'contacts',
      table: 'leads',
      primary_key: 'id',
      lists: ['Shared', 'Leads'],
      on_removed: 'remove_from_lists',
      max_removed_percent: 100,
    },
    { name: 'customers', object: 'contacts', table: 'customers', primary_key: 'id', lists: ['Shared'] },
  ];

  const place = async (all: readonly Readonly<Record<string, unknown>>[]) => {
    const clock = new EmulatorClock();
    const emulator = await startApollo({ clock });
    const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const run = async (tables: Readonly<Record<string, readonly TestRow[]>>) => {
      const database = join(folder, 'w.duckdb');
      rmSync(database, { force: true });
      await makeWarehouse(database, tables);
      const json = {
        credentials: { auth_type: 'api_key', api_key: API_KEY },
        api_base_url: emulator.url,
        source: { type: 'duckdb', database, memory_limit: '99MB' },
        streams: all,
        rejects: { path: join(folder, 'rejects.jsonl') },
        state: { type: 'duckdb', path: join(folder, 'state.duckdb') },
      };
      const around = { clock, environment: {}, version: '0', notice: () => undefined };
      const options = { only: [], run: new AbortController(), source: { temporaryDirectory: folder } };
      for await (const event of sync(apollo, apollo.configure(json, 'sync', {}), options, around)) {
        if (event.type === 'finished') return event.summary;
      }
      throw new Error('no summary');
    };
    const shown = () =>
      Object.fromEntries(
        [...emulator.store.contacts.values()].map((contact) => [
          contact.email,
          [
            ...emulator.store
              .labelsOf(contact)
              .map(({ name }) => name)
              .sort(),
            emulator.store.contactStages.get(contact.contact_stage_id ?? '')?.name,
          ].join(', '),
        ]),
      );
    return { run, shown };
  };

  test('stays on the list that both put it on, and leaves the others; whoever comes first', slow, async () => {
    for (const order of [streams, streams.toReversed()]) {
      const { run, shown } = await place(order);
      const [a, b] = ['a@shared.example', 'b@shared.example'];
      await run({ leads: [one(a!), one(b!)], customers: [one(b!)] });
      const { streams: reports } = await run({
        leads: [{ id: 'x', email: 'x@shared.example' }],
        customers: [one(a!), one(b!)],
      });
      expect(reports.find(({ name }) => name === 'leads')?.removed).toMatchObject({ found: 2 });
      expect(shown()).toMatchObject({ [a!]: 'Shared, New', [b!]: 'Shared, New' });
    }
  });

  test('keeps the stage that the other writes, and gets that of those who left once both are gone', slow, async () => {
    const mapping = ['email', 'stage'].map((name) => ({ to: name, from: name }));
    const more = { mapping, lists: [], on_removed: { set_stage: 'Unresponsive' }, max_removed_percent: 100 };
    const { run, shown } = await place(streams.map((stream) => ({ ...stream, ...more })));
    const row = (email: string, stage: string) => ({ id: email, email, stage });
    const other = row('other@shared.example', 'New');
    await run({ leads: [row('a@shared.example', 'New'), other], customers: [row('a@shared.example', 'Customer')] });
    await run({ leads: [other], customers: [row('a@shared.example', 'Customer')] });
    expect(shown()).toMatchObject({ 'a@shared.example': 'Customer' });
    await run({ leads: [other], customers: [other] });
    expect(shown()).toMatchObject({ 'a@shared.example': 'Unresponsive' });
  });

  test('is seen to where both rows are gone in one run', async () => {
    const { run, shown } = await place(streams);
    const [a, b] = ['a@shared.example', 'b@shared.example'].map(one);
    await run({ leads: [a!, b!], customers: [a!, b!] });
    await run({ leads: [b!], customers: [b!] });
    expect(shown()).toEqual({ 'a@shared.example': 'New', 'b@shared.example': 'Leads, Shared, New' });
  });
});
