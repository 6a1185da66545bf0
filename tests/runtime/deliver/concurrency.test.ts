import { describe, expect, test } from 'vitest';
import { mapConcurrent } from '../../../runtime/deliver/concurrency.ts';

const atMost = (inFlight: number) => ({ inFlight, waiting: 0, weigh: () => 1 });
const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('mapConcurrent', () => {
  test('a consumer that leaves closes the source and waits for what is in flight', async () => {
    let closed = false;
    let active = 0;
    async function* source() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    }
    const slow = async () => {
      active++;
      await tick();
      await tick();
      active--;
    };
    for await (const _ of mapConcurrent(source(), slow, atMost(3))) break;
    expect({ closed, active }).toEqual({ closed: true, active: 0 });
  });

  test.each(['source', 'call'])(
    'when the %s fails, what is in flight is yielded before the failure is thrown',
    async (who) => {
      const started: number[] = [];
      const yielded: number[] = [];
      let read = 0;
      async function* source() {
        for (let i = 0; i < 20; i++) {
          if (who === 'source' && i === 5) throw new Error('lost');
          read++;
          yield i;
          await tick();
        }
      }
      const map = async (i: number) => {
        if (who === 'call' && i === 5) throw new Error('lost');
        started.push(i);
        for (let t = 0; t < 6; t++) await tick();
        return i;
      };
      const consume = async () => {
        for await (const i of mapConcurrent(source(), map, atMost(4))) yielded.push(i);
      };
      await expect(consume()).rejects.toThrow('lost');
      expect(yielded.sort()).toEqual(started.sort());
      expect(read).toBeLessThanOrEqual(8);
    },
  );

  test('an idle source holds no result back', async () => {
    let arrived = (): void => {};
    const result = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    async function* source() {
      yield 1;
      await result;
      yield 2;
    }
    const seen: number[] = [];
    for await (const i of mapConcurrent(source(), async (i) => i, atMost(4))) {
      seen.push(i);
      arrived();
    }
    expect(seen).toEqual([1, 2]);
  });

  test('what needs no call overtakes what waits for one, as far as there is room for that', async () => {
    let free = (): void => {};
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    let read = 0;
    async function* source() {
      // Odd numbers need a call; none of them ends before all that may wait is read.
      for (let i = 0; i < 100; i++) {
        read++;
        yield i;
      }
    }
    const limits = { inFlight: 2, waiting: 10, weigh: (i: number) => i % 2 };
    const seen: number[] = [];
    const mapped = mapConcurrent(source(), async (i) => (i % 2 ? freed.then(() => i) : i), limits);
    for await (const i of mapped) {
      seen.push(i);
      // 2 calls in flight, 10 that wait, and as many that need none.
      if (seen.length === 12) await tick();
      if (seen.length === 12) expect([read, seen.every((one) => one % 2 === 0)]).toEqual([24, true]);
      if (seen.length === 12) free();
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
