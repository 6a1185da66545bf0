import { expect, test } from 'vitest';
import { RequestLog } from '../../../emulator/server/request-log.ts';
import { slow } from '../../support/runs.ts';
import { bench, people } from '../client.ts';

test('a bulk_create costs about the same in a workspace fifty times as large', slow, async () => {
  const { emulator, post } = await bench({ plan: 'unlimited' });
  let made = 0;
  const next = (count: number) => {
    made += 1;
    return people(count, `company${made}.example`);
  };
  const fastest = async () => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 25; i++) {
      const contacts = next(100);
      const startedAt = performance.now();
      const { json } = await post('contacts/bulk_create', { contacts, run_dedupe: true, append_label_names: ['L'] });
      best = Math.min(best, performance.now() - startedAt);
      expect(json.created_contacts).toHaveLength(100);
    }
    return best;
  };
  emulator.seed({ contacts: next(1000) });
  const small = await fastest();
  while (emulator.store.contacts.size < 50_000) emulator.seed({ contacts: next(1000) });
  // A scan of all contacts for each item would be some fifty times as slow; five leaves room for a busy machine.
  expect(await fastest()).toBeLessThan(Math.max(small, 2) * 5);
});

test('the request log counts everything and keeps the last entries, bodies only when asked', async () => {
  const log = new RequestLog(3);
  for (let i = 0; i < 8; i++) {
    log.add({
      method: 'GET',
      path: `/${i}`,
      action: i % 2 ? 'a/b' : null,
      status: i === 7 ? 0 : 200,
      at: i,
      records: 0,
    });
  }
  expect(log.entries.map((entry) => [entry.n, entry.path])).toEqual([
    [6, '/5'],
    [7, '/6'],
    [8, '/7'],
  ]);
  expect(log.counts).toEqual({ unknown: { 200: 4 }, 'a/b': { 200: 3, dropped: 1 } });
  expect([log.total, log.count('a/b'), log.count('none')]).toEqual([8, 4, 0]);
  const silent = await bench();
  await silent.post('contacts', { first_name: 'A' });
  expect(silent.emulator.requests.entries[0]).not.toHaveProperty('body');
  const keeping = await bench({ keepBodies: true });
  await keeping.post('contacts/bulk_create', { contacts: people(2) });
  expect(keeping.emulator.requests.entries[0]).toMatchObject({ records: 2, body: { contacts: [{}, {}] }, status: 200 });
});
