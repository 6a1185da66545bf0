import { expect, test } from 'vitest';
import { Crash, type Death, type Remains } from '../support/crash.ts';

// Each place that a run passes, so many times. `CRASH=all` tries every one of them; otherwise a few of each.
const places: readonly Death['at'][] = ['request', 'applied', 'answered', 'commit', 'committed'];
const everyTime = process.env['CRASH'] === 'all';
const timesOf: Record<Death['at'], readonly number[]> = everyTime
  ? { request: upTo(60), applied: upTo(60), answered: upTo(60), commit: upTo(80), committed: upTo(80) }
  : { request: [3, 9], applied: [1, 4, 20], answered: [2, 12], commit: [4, 12], committed: [3, 9] };

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

async function undisturbed(): Promise<Remains> {
  const crash = await Crash.prepare();
  try {
    await crash.live();
    return await crash.remains();
  } finally {
    await crash.close();
  }
}

test(
  'a run that is killed anywhere and made again ends as one that nobody disturbed',
  async () => {
    const expected = await undisturbed();
    const died: Death[] = [];
    for (const at of places) {
      for (const n of timesOf[at]) {
        const crash = await Crash.prepare();
        try {
          const printed = await crash.die({ at, n });
          // It had come to its end before the nth time.
          if (printed !== undefined) break;
          died.push({ at, n });
          await crash.live();
          expect(await crash.remains(), `killed at ${at} ${n}`).toEqual(expected);
        } finally {
          await crash.close();
        }
      }
    }
    expect(new Set(died.map(({ at }) => at)).size).toBe(places.length);
    console.log(
      `killed at ${died.length} places: ${places.map((at) => `${at} ${died.filter((one) => one.at === at).length}`).join(', ')}`,
    );
  },
  everyTime ? 3_600_000 : 180_000,
);
