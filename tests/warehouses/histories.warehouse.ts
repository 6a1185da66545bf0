import fc from 'fast-check';
import { test } from 'vitest';
import { playOverAll, tales } from './same-histories.ts';
import { trustExtensions } from './trusted-extensions.ts';

trustExtensions();

test.each(['contacts', 'accounts'] as const)(
  'any days, edits, faults and kills have the same outcomes, calls and records over a file, PostgreSQL and a lake, and where state moves: %s',
  { timeout: 24 * 3_600_000 },
  (object) =>
    fc.assert(fc.asyncProperty(tales(object), playOverAll), {
      numRuns: Number(process.env['RUNS'] ?? 2),
      seed: Number(process.env['FC_SEED'] ?? 20_261_129),
      endOnFailure: true,
    }),
);
