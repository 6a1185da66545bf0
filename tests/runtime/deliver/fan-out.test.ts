import { expect, test } from 'vitest';
import { fanOut } from '../../../runtime/deliver/fan-out.ts';

async function* numbers(count: number, read: number[]) {
  for (let i = 0; i < count; i++) {
    read.push(i);
    yield i;
  }
}

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

test('every reader gets every item, and the source is read once', async () => {
  const read: number[] = [];
  const lists = await Promise.all(fanOut(numbers(5, read), 3).map(all));
  expect(lists).toEqual([0, 0, 0].map(() => [0, 1, 2, 3, 4]));
  expect(read).toEqual([0, 1, 2, 3, 4]);
});

test('a reader that leaves holds no other one up', async () => {
  const [hasty, patient] = fanOut(numbers(5, []), 2);
  const first = (async () => {
    for await (const item of hasty!) return item;
    return undefined;
  })();
  expect(await Promise.all([first, all(patient!)])).toEqual([0, [0, 1, 2, 3, 4]]);
});

test('what the source throws reaches every reader', async () => {
  async function* broken() {
    yield 1;
    throw new Error('cut');
  }
  const ends = await Promise.allSettled(fanOut(broken(), 2).map(all));
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
