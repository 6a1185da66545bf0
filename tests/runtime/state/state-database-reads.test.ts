import { expect, test } from 'vitest';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import type { WorkDatabase } from '../../../runtime/duckdb/work-database.ts';
import { StateDatabase } from '../../../runtime/state/state-database.ts';
import { place, settled } from './stores.ts';

const of = { stream: 'people', version: 'v1', idsOnly: false };
const compared = { key: { columns: [], matchKeyOf: () => undefined }, columns: [], version: 'v1' };
const asked = {
  'whom it belongs to': (state) => state.ownership(),
  'limits that were kept': (state) => state.quota(),
  'rejections of earlier runs': (state) => state.unfiledRejects(),
  'earlier runs': (state) => state.earlierRuns(),
  'what a run has changed': (state) => state.changesOfRun('a run').catch(() => undefined),
  'a stream': (state) => state.stream(of),
  'a stream that is looked into': async (state) => (await state.look(of)).recall(['1']),
  'how many rows a comparison has found': async (state) => (await state.stream(of)).countPlaces('select 1'),
  'what rows are compared with': async (state) => (await state.stream(of)).comparison(compared, async () => undefined),
} as const satisfies Readonly<Record<string, (state: StateDatabase) => Promise<unknown>>>;

/** Counts statements of the connections that are opened from now on which begin while one of theirs is under way. */
function overlapping(work: WorkDatabase): { count: number } {
  const overlaps = { count: 0 };
  const connect = work.connect.bind(work);
  work.connect = async () => {
    const connection = await connect();
    const run = connection.run.bind(connection);
    let underWay = 0;
    connection.run = async (...statement) => {
      if (underWay++ > 0) overlaps.count += 1;
      return run(...statement).finally(() => underWay--);
    };
    return connection;
  };
  return overlaps;
}

// What is read while a transaction is open on its connection sees what may be taken back, and fails with it.
test.each(Object.entries(asked))('%s: no call is committed while that is read', async (_, ask) => {
  const { path, source } = await place();
  const overlaps = overlapping(source.work);
  const commits = { maxRows: 1, maxAgeMs: 1_000 };
  const state = await StateDatabase.open(source.work, { path, runId: 'a run', clock: new VirtualClock(), commits });
  await (await state.stream(of)).record([settled('1')]);
  for (let call = 0; call < 10; call++) {
    const answer = ask(state);
    // Its commit begins at any moment of what is read.
    for (let turn = 0; turn < call; turn++) await Promise.resolve();
    state.noteCall({ request: 'GET contacts/{id}', startedAt: call, ms: 1, attempt: 1 });
    await answer;
    await state.flush();
  }
  await state.close();
  await source.close();
  expect(overlaps.count).toBe(0);
});
