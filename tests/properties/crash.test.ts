import { expect, test } from 'vitest';
import { Crash, type Death, type Remains, removals, type Story } from '../support/crash.ts';
import { isNightly } from '../support/runs.ts';

// Each place that a run passes, so many times. `npm run test:nightly` and `CRASH=all` try every one of them; otherwise one or two of each.
const places: readonly Death['at'][] = ['request', 'applied', 'answered', 'commit', 'committed'];
const everyTime = isNightly || process.env['CRASH'] === 'all';
const timesOf: Record<Death['at'], readonly number[]> = everyTime
  ? { request: upTo(60), applied: upTo(60), answered: upTo(60), commit: upTo(80), committed: upTo(80) }
  : { request: [3], applied: [4, 20], answered: [12], commit: [4], committed: [9] };

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

async function undisturbed(story?: Story): Promise<Remains> {
  const crash = await Crash.prepare(story);
  try {
    await crash.live();
    return await crash.remains();
  } finally {
    await crash.close();
  }
}

/** Kills a run at each of these places, makes it again, and returns where it died. */
async function killed(times: Record<Death['at'], readonly number[]>, story?: Story): Promise<readonly Death[]> {
  const expected = await undisturbed(story);
  const died: Death[] = [];
  for (const at of places) {
    for (const n of times[at]) {
      const crash = await Crash.prepare(story);
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
  console.log(
    `killed at ${died.length} places: ${places.map((at) => `${at} ${died.filter((one) => one.at === at).length}`).join(', ')}`,
  );
  return died;
}

const limit = everyTime ? 3_600_000 : undefined;

test(
  'a run that is killed anywhere and made again ends as one that no one disturbed',
  async () => {
    const died = await killed(timesOf);
    expect(new Set(died.map(({ at }) => at)).size).toBe(places.length);
  },
  limit,
);

test(
  'so does one that is killed while it sees to removed rows',
  async () => {
    const few = { request: [5], applied: [4], answered: [5], commit: [6], committed: [7] };
    const died = await killed(everyTime ? timesOf : few, removals);
    expect(new Set(died.map(({ at }) => at)).size).toBe(places.length);
  },
  limit,
);
