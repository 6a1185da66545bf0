import { expect, test } from 'vitest';
import type { EstimableWriter } from '../../../../runtime/contract/estimate.ts';
import type { Item, SourceRow } from '../../../../runtime/contract/record.ts';
import { noStateStore } from '../../../../runtime/contract/state-store.ts';
import { rowsForEach } from '../../../../runtime/run/preview/prepared-rows.ts';

const rows: SourceRow[] = [1, 2, 3].map((n) => ({ position: n, row: { n } }));

async function* source(read: number[]): AsyncGenerator<readonly SourceRow[]> {
  for (const row of rows) {
    read.push(row.position);
    yield [row];
  }
}

const writerOf = (mapped: number[]): EstimableWriter<string> => ({
  columns: ['n'],
  key: { columns: [], matchKeyOf: () => undefined },
  map: ({ n }) => {
    mapped.push(Number(n));
    return { ok: true, primaryKey: `${n}`, matchKey: `key:${n}`, record: `record ${n}`, content: n };
  },
  steps: [],
  estimated: () => ({ steps: [] }),
});

const all = async (items: AsyncIterable<readonly Item<string>[]>): Promise<readonly Item<string>[]> => {
  const list: Item<string>[] = [];
  for await (const some of items) list.push(...some);
  return list;
};

test.each([
  { knows: 'the same', times: 1 },
  { knows: 'other records', times: 4 },
] as const)('estimates that know $knows map each row $times times, and read it once', async ({ knows, times }) => {
  const [read, mapped]: [number[], number[]] = [[], []];
  const writers = Array.from({ length: 4 }, () => writerOf(mapped));
  const around = { store: undefined, run: new AbortController(), retryRejects: false, known: new Map(), knows };
  const copies = rowsForEach(source(read), writers, around);
  const prepared = await Promise.all(copies.map((rowsOf) => all(rowsOf(noStateStore))));
  expect(prepared).toHaveLength(4);
  for (const items of prepared)
    expect(items).toMatchObject([1, 2, 3].map((n) => ({ position: n, matchKey: `key:${n}` })));
  expect(read).toEqual([1, 2, 3]);
  expect(mapped).toHaveLength(3 * times);
});
