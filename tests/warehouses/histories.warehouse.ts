import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type History, historyOf } from '../properties/history.ts';
import { traced } from '../properties/history-play.ts';
import { newSchema, storeIn } from './support.ts';

/** Where a run is stopped, and in which order requests are made at once, depends on how fast its store is. */
const withoutKills = (history: History): History => ({
  ...history,
  concurrency: 1,
  days: history.days.map((day) => ({ ...day, killedAt: undefined })),
});

test.each(['contacts', 'accounts'] as const)(
  'any days, edits and faults have the same outcomes, calls and records over a file and over PostgreSQL: %s',
  { timeout: 24 * 3_600_000 },
  async (object) => {
    await fc.assert(
      fc.asyncProperty(historyOf(object, true), async (history) => {
        const steady = withoutKills(history);
        const file = await traced(steady);
        expect(await traced(steady, storeIn(newSchema()))).toEqual(file);
      }),
      {
        numRuns: Number(process.env['RUNS'] ?? 2),
        seed: Number(process.env['FC_SEED'] ?? 20_261_129),
        endOnFailure: true,
      },
    );
  },
);
