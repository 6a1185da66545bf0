import { describe, expect, test } from 'vitest';
import { Crash, type Death, type Remains, removals, type Story } from '../support/crash.ts';
import { isNightly, slow } from '../support/runs.ts';

type Times = Readonly<Partial<Record<Death['at'], readonly number[]>>>;

// `npm run test:nightly` and `CRASH=all` kill a run at every one of its places; otherwise once or twice at each kind of them.
const everyTime = isNightly || process.env['CRASH'] === 'all';
const all: Times = { request: upTo(60), applied: upTo(60), answered: upTo(60), commit: upTo(80), committed: upTo(80) };

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

/** Kills a run at each of these places, makes it again, and compares what is there then with what an undisturbed run leaves. */
async function killed(times: Times, story?: Story): Promise<void> {
  const expected = await undisturbed(story);
  const died: Death[] = [];
  for (const [at, places] of Object.entries(times) as [Death['at'], readonly number[]][]) {
    for (const n of places) {
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
  const kinds = Object.keys(times);
  expect(new Set(died.map(({ at }) => at)).size).toBe(kinds.length);
  console.log(
    `killed at ${died.length} places: ${kinds.map((kind) => `${kind} ${died.filter(({ at }) => at === kind).length}`).join(', ')}`,
  );
}

const limit = everyTime ? 3_600_000 : undefined;

test('a run that is killed before it knows what Apollo did ends, made again, as one that no one disturbed', () =>
  killed({ applied: [4] }));

describe('wherever a run is killed', slow, () => {
  test(
    'it ends, made again, as one that no one disturbed',
    () => killed(everyTime ? all : { request: [3], applied: [4, 20], answered: [12], commit: [4], committed: [9] }),
    limit,
  );

  test(
    'so does one that sees to removed rows',
    () =>
      killed(everyTime ? all : { request: [5], applied: [4], answered: [5], commit: [6], committed: [7] }, removals),
    limit,
  );
});
