import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNightly, runs } from '../support/runs.ts';
import { historyOf } from './history.ts';
import { play } from './history-play.ts';

const RUNS = runs(60, 2_000);

// A history with a state store takes twenty times as long as one without; a hunt draws as many of each.
test.each([
  ['contacts', true, 0.015],
  ['accounts', true, 0.015],
  ['contacts', false, 0.5],
  ['accounts', false, 0.47],
] as const)(
  'through any days, edits, faults and kills, each row has one record, and each record one person: %s, with a state store: %s',
  async (object, hasStore, share) => {
    const numRuns = Math.ceil(RUNS * (isNightly ? 0.25 : share));
    await fc.assert(fc.asyncProperty(historyOf(object, hasStore), play), {
      numRuns,
      endOnFailure: hasStore,
    });
    expect(numRuns).toBeGreaterThan(0);
  },
  24 * 3_600_000,
);
