import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { closeEmulators } from '../support/emulator.ts';
import { type Mishap, playTeam } from './team.ts';

const WORKERS = 8;
const DAY_MS = 86_400_000;
/** Plan Basic. */
const A_DAY = 2000;

const mishaps: fc.Arbitrary<readonly Mishap[]> = fc.array(
  fc.record({
    worker: fc.integer({ min: 0, max: WORKERS - 1 }),
    kind: fc.constantFrom('kill', 'cut'),
    line: fc.constantFrom('apollo', 'database'),
    after: fc.integer({ min: 0, max: 400 }),
  }),
  { maxLength: 4 },
);

/** Requests of an action in each of its windows of a day, which open with the first request; the last is not full yet. */
function days({ requests }: Emulator, action: string): readonly number[] {
  const counts: number[] = [];
  let opened = Number.NEGATIVE_INFINITY;
  for (const entry of requests.entries.filter((one) => one.action === action)) {
    const { at } = entry;
    if (at >= opened + DAY_MS) {
      opened = at;
      counts.push(0);
    }
    counts[counts.length - 1]! += 1;
  }
  return counts;
}

afterEach(closeEmulators);

test('eight workers of one team use what plan Basic has and no more, whoever is killed or loses the database', {
  timeout: 24 * 3_600_000,
}, async () => {
  const [known, fresh] = [Number(process.env['ROWS'] ?? 300), 20];
  await fc.assert(
    fc.asyncProperty(mishaps, async (all) => {
      const { emulator, runs } = await playTeam({ workers: WORKERS, known, fresh, mishaps: all });
      const { entries } = emulator.requests;
      expect(entries.filter(({ status }) => status === 429)).toEqual([]);
      const used = days(emulator, 'contacts/update');
      const full = used.slice(0, -1);
      expect(
        full.every((count) => count >= 0.98 * A_DAY && count <= A_DAY),
        `used: ${used}`,
      ).toBe(true);
      const held = [...emulator.store.contacts.values()].map(({ email, title }) => `${email} ${title}`);
      expect([held.length, new Set(held).size]).toEqual([WORKERS * (known + fresh), WORKERS * (known + fresh)]);
      expect(held.filter((one) => !one.endsWith(' CEO'))).toEqual([]);
      expect(runs.map((ended) => ended.at(-1)?.counts['deferred'])).toEqual(runs.map(() => undefined));
      await closeEmulators();
    }),
    {
      numRuns: Number(process.env['RUNS'] ?? 2),
      seed: Number(process.env['FC_SEED'] ?? 20_261_129),
      endOnFailure: true,
    },
  );
});
