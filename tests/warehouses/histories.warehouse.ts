import fc from 'fast-check';
import { expect, test } from 'vitest';
import { historyOf } from '../properties/history.ts';
import { traced } from '../properties/history-play.ts';
import { newSchema, storeIn } from './support.ts';

test.each(['contacts', 'accounts'] as const)(
  'any days, edits, faults and kills have the same outcomes, calls and records over a file and over PostgreSQL: %s',
  { timeout: 24 * 3_600_000 },
  async (object) => {
    await fc.assert(
      fc.asyncProperty(historyOf(object, true), async (history) => {
        const file = await traced(history);
        expect(await traced(history, storeIn(newSchema()))).toEqual(file);
      }),
      {
        numRuns: Number(process.env['RUNS'] ?? 2),
        seed: Number(process.env['FC_SEED'] ?? 20_261_129),
        endOnFailure: true,
      },
    );
  },
);
