import { expect, test } from 'vitest';
import { unblocked } from '../../../runtime/airbyte/unblocked.ts';
import { ManualClock, settleDown } from '../../support/manual-clock.ts';

const minute = 60_000;

function open() {
  let given = 0;
  async function* source() {
    for (let i = 0; i < 5; i++) {
      given++;
      yield i;
    }
  }
  const clock = new ManualClock();
  const chunks = unblocked(source(), { everyMs: 10 * minute, clock })[Symbol.asyncIterator]();
  return { clock, chunks, given: () => given };
}

test('a chunk is read ahead when no one has asked for so long, and none is lost or out of order', async () => {
  const { clock, chunks, given } = open();
  expect((await chunks.next()).value).toBe(0);
  await clock.advance(9 * minute);
  expect(given()).toBe(1);
  await clock.advance(2 * minute);
  await clock.advance(10 * minute);
  expect(given()).toBe(3);
  const rest = [await chunks.next(), await chunks.next(), await chunks.next(), await chunks.next()];
  expect(rest.map(({ value }) => value)).toEqual([1, 2, 3, 4]);
  expect((await chunks.next()).done).toBe(true);
});

test('nothing is read ahead for a busy consumer', async () => {
  const { clock, chunks, given } = open();
  for (let i = 0; i < 5; i++) {
    await chunks.next();
    await clock.advance(6 * minute);
    expect(given()).toBe(i + 1);
  }
});

test('a source that is silent is asked once', async () => {
  let asked = 0;
  const silent = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        asked++;
        return new Promise<IteratorResult<number>>(() => undefined);
      },
    }),
  };
  const clock = new ManualClock();
  void unblocked(silent, { everyMs: minute, clock })[Symbol.asyncIterator]().next();
  for (let i = 0; i < 5; i++) await clock.advance(minute);
  expect(asked).toBe(1);
});

test('a failure that was read ahead is for whoever asks', async () => {
  async function* source() {
    yield 1;
    throw new Error('lost');
  }
  const clock = new ManualClock();
  const chunks = unblocked(source(), { everyMs: minute, clock })[Symbol.asyncIterator]();
  await chunks.next();
  await clock.advance(2 * minute);
  await expect(chunks.next()).rejects.toThrow('lost');
});

test('it stops watching when it is closed', async () => {
  const { clock, chunks, given } = open();
  await chunks.next();
  await chunks.return?.();
  await clock.advance(60 * minute);
  await settleDown();
  expect(given()).toBe(1);
});
