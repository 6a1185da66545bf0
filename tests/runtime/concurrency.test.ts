import { describe, expect, test } from 'vitest';
import { mapConcurrent } from '../../runtime/concurrency.ts';

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
    for await (const _ of mapConcurrent(source(), slow, 3)) break;
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
        for await (const i of mapConcurrent(source(), map, 4)) yielded.push(i);
      };
      await expect(consume()).rejects.toThrow('lost');
      expect(yielded.sort()).toEqual(started.sort());
      expect(read).toBeLessThanOrEqual(8);
    },
  );

  test('an idle source holds no result back', { timeout: 5000 }, async () => {
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
    for await (const i of mapConcurrent(source(), async (i) => i, 4)) {
      seen.push(i);
      arrived();
    }
    expect(seen).toEqual([1, 2]);
  });
});
