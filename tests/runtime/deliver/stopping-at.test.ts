import { expect, test } from 'vitest';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { TransientFailure } from '../../../runtime/contract/failure.ts';
import type { SourceRow } from '../../../runtime/contract/record.ts';
import { noStateStore, type StateStore } from '../../../runtime/contract/state-store.ts';
import type { Step } from '../../../runtime/contract/writer.ts';
import { deliver } from '../../../runtime/deliver/pipeline.ts';
import { keyedWriter } from './keyed.ts';

const limits = { maxRecords: 10, maxBytes: 1e6, maxInFlight: 1, maxWaiting: 100, maxRefused: 8, maxLost: 6 };

/** Ten rows, of which a first step finds all, so that a second one is to write them. */
async function outcomesOver(store: StateStore) {
  const requests: string[] = [];
  const step = (request: string, takes: Step<string>['takes'], status: 'onward' | 'updated'): Step<string> => ({
    request,
    limits,
    idempotent: true,
    takes,
    send: async (records) => {
      requests.push(request);
      return new Map(records.map(({ position, matchKey }) => [position, { status, id: `id of ${matchKey}` }]));
    },
  });
  const writer = keyedWriter([
    step('find', ({ id }) => id === undefined, 'onward'),
    step('write', () => true, 'updated'),
  ]);
  async function* source(): AsyncGenerator<SourceRow[]> {
    yield Array.from({ length: 10 }, (_, key) => ({ position: key, row: { key } }));
  }
  const statuses: string[] = [];
  const run = new AbortController();
  try {
    for await (const some of deliver(source(), writer, { store, run, clock: new VirtualClock(0) }))
      statuses.push(...some.map(({ outcome }) => outcome.status));
  } catch (error) {
    return { requests, statuses, thrown: error };
  }
  return { requests, statuses, thrown: undefined };
}

test('a store that is lost as answers come stops the run, and every row has its outcome all the same', async () => {
  const gone = new TransientFailure('gone', { code: 'state_unreachable', delivery: 'not-delivered' });
  const fails = () => Promise.reject(gone);
  expect(await outcomesOver({ ...noStateStore, holders: fails })).toEqual({
    requests: ['find'],
    statuses: Array(10).fill('deferred'),
    thrown: gone,
  });
  for (const lost of [{ recall: fails }, { resolve: fails }]) {
    const { requests, statuses, thrown } = await outcomesOver({ ...noStateStore, ...lost });
    expect([requests, statuses, thrown]).toEqual([[], Array(10).fill('deferred'), gone]);
  }
  expect((await outcomesOver(noStateStore)).statuses).toEqual(Array(10).fill('updated'));
});

test('nothing is remembered of rows whose records may be those of others', async () => {
  const gone = new TransientFailure('gone', { code: 'state_unreachable', delivery: 'not-delivered' });
  const recorded: unknown[] = [];
  const record: StateStore['record'] = async (settled) => void recorded.push(...settled);
  await outcomesOver({ ...noStateStore, record, holders: () => Promise.reject(gone) });
  expect(recorded).toEqual([]);
  await outcomesOver({ ...noStateStore, record });
  expect(recorded.length).toBe(10);
});
