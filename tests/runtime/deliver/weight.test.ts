import { expect, test } from 'vitest';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';
import type { Step } from '../../../runtime/contract/writer.ts';
import { batch } from '../../../runtime/deliver/batch.ts';
import { Aside } from '../../../runtime/deliver/refused/aside.ts';
import { WAITING_MAX, weightOf } from '../../../runtime/deliver/weight.ts';
import { ManualClock } from '../../support/manual-clock.ts';

test('a row of usual width counts as one record, and a wider one as what it takes', () => {
  const usual = 4000;
  const weigh = (row: Record<string, unknown>): number => weightOf(row, usual);
  expect(weigh({ id: '1', email: 'ada@acme.example', age: 36, vip: true, note: null })).toBe(1);
  expect(weigh({ note: 'x'.repeat(10_000) })).toBeCloseTo(3, 1);
  expect(weigh({ nested: { list: [{ note: 'x'.repeat(5000) }, 'x'.repeat(5000)] } })).toBeCloseTo(3, 1);
  expect(weigh({ nested: JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) })).toBe(1);
  expect(weigh(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, null])))).toBeGreaterThan(4);
});

const recordOf = (position: number, weight: number): PreparedRecord<string> => ({
  ...{ position, row: {}, primaryKey: `${position}`, matchKey: `${position}`, record: `kind ${position}` },
  ...{ bytes: 10, weight, fingerprint: '', id: undefined },
});

/** Takes records of which none may share a request with another. */
const step: Step<string> = {
  request: 'POST things',
  limits: { maxRecords: 100, maxBytes: 1e6, maxInFlight: 1, maxWaiting: 0, maxRefused: 0, maxLost: 8 },
  idempotent: true,
  takes: () => true,
  sharing: { key: ({ record }) => record },
  send: () => Promise.resolve(new Map()),
};

/** How many records wait at most. */
async function waitingAtMost(weight: number): Promise<number> {
  let read = 0;
  let sent = 0;
  let most = 0;
  async function* chunks() {
    for (; read < 2 * WAITING_MAX; read += 1000) {
      most = Math.max(most, read - sent);
      yield Array.from({ length: 1000 }, (_, i) => recordOf(read + i, weight));
    }
  }
  for await (const part of batch(chunks(), step)) if ('send' in part) sent += part.send.length;
  expect(sent).toBe(read);
  return most;
}

test('of records that weigh more fewer wait for others of their kind', async () => {
  expect(await waitingAtMost(1)).toBe(WAITING_MAX);
  expect(await waitingAtMost(50)).toBe(WAITING_MAX / 50);
});

test('of refused requests as many wait to be searched as there is room for their records', () => {
  const refused = [1, 2, 3].map((at) => ({ records: [recordOf(at, 40), recordOf(at + 10, 40)] }) as never);
  expect(new Aside<string>(250, new ManualClock()).put(refused)).toHaveLength(0);
  expect(new Aside<string>(200, new ManualClock()).put(refused)).toHaveLength(1);
  expect(new Aside<string>(50, new ManualClock()).put(refused)).toHaveLength(3);
});
