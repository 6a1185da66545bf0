import fc from 'fast-check';
import { sweep } from '../support/runs.ts';
import { historyOf } from './history.ts';
import { play } from './history-play.ts';

// A history with a state store takes twenty times as long as one without; a hunt draws as many of each. Sixty are played in `npm test`.
const withStore = { few: 1, some: 2, many: 500 };
const withoutStore = { few: 29, some: 60, many: 500 };

for (const object of ['contacts', 'accounts'] as const) {
  for (const hasStore of [true, false]) {
    sweep(
      `through any days, edits, faults and kills, each row has one record, and each record one person: ${object}, with a state store: ${hasStore}`,
      hasStore ? withStore : withoutStore,
      (numRuns) =>
        fc.assert(
          fc.asyncProperty(historyOf(object, hasStore), (history) => play(history)),
          { numRuns, endOnFailure: hasStore },
        ),
    );
  }
}
