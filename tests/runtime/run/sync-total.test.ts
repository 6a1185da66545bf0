import { expect, test } from 'vitest';
import { sync } from '../../../runtime/run/sync.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { ToyDestination, toyConfig } from '../../support/toy-destination.ts';
import { makeWarehouse } from '../../support/warehouse.ts';
import { temporaryFolder } from '../listeners/folder.ts';

/** How far each step of a run said that it is: rows that are done, of all. */
async function steps(
  folder: string,
  table: { table: string } | { query: string },
  rows: readonly { key: string; v: number }[],
) {
  const database = `${folder}/warehouse.duckdb`;
  await makeWarehouse(database, { people: rows });
  const config = toyConfig({
    source: { type: 'duckdb', database },
    streams: [{ name: 'people', ...table, object: 'people', mode: 'upsert' }],
    rejects: { path: `${folder}/rejects.jsonl`, fail_above_percent: 100 },
    state: { type: 'duckdb', path: `${folder}/state.duckdb` },
  });
  const options = { only: [], source: { temporaryDirectory: folder }, run: new AbortController() };
  const around = { clock: new ManualClock(), environment: {}, version: '1', notice: () => undefined };
  const found: (readonly [number, number | undefined])[] = [];
  const events = sync(new ToyDestination({ maxRecords: 2 }), { config, warnings: [], secrets: [] }, options, around);
  for await (const event of events) if (event.type === 'progress') found.push([event.stream.read, event.total]);
  return found;
}

test.each([[{ table: 'people' }], [{ query: 'select * from people' }]])(
  'a run knows how many rows it has to do before the first is done, also of those that have not changed: %j',
  async (from) => {
    const folder = temporaryFolder();
    const rows = [1, 2, 3, 4, 5].map((i) => ({ key: `k${i}`, v: 0 }));
    const first = await steps(folder, from, rows);
    expect([new Set(first.map(([, total]) => total)), first.at(-1)]).toEqual([new Set([5]), [5, 5]]);
    const second = await steps(folder, from, [...rows.slice(0, 4), { key: 'k5', v: 1 }, { key: 'k6', v: 1 }]);
    expect([new Set(second.map(([, total]) => total)), second.at(-1)]).toEqual([new Set([6]), [6, 6]]);
  },
);
