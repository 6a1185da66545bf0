import { expect, test } from 'vitest';
import { RequestLog } from '../../../emulator/server/request-log.ts';
import { bench, people } from '../client.ts';

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
