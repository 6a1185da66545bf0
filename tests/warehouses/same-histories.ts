import fc from 'fast-check';
import { expect } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { killedState } from '../support/killed-state.ts';
import type { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

/** Runs over a store of the kind that is tried, an Apollo of their own, and what makes a row. */
interface Place {
  readonly emulator: Pick<Emulator, 'store'>;
  readonly runs: Runs;
  readonly row: (id: number, title: string) => TestRow;
}

/** A day: the rows that there are, and after how many commits its run is killed, if it is. */
const days = fc.array(
  fc.record({
    rows: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.constantFrom('CEO', 'CTO', 'no/title')), {
      selector: ([id]) => id,
      minLength: 1,
      maxLength: 12,
    }),
    killedAfter: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 3, nil: undefined }),
  }),
  { minLength: 2, maxLength: 4 },
);

/** Plays histories over a kind of store and over a DuckDB file, and expects the same of both. */
export const sameAsWithFile = (place: () => Promise<Place>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(days, async (history) => {
      expect(await told(await place(), history, 'own')).toEqual(await told(await place(), history, 'file'));
    }),
    { numRuns: Number(process.env['RUNS'] ?? 4), seed: Number(process.env['FC_SEED'] ?? 20_261_129) },
  );

type History = typeof days extends fc.Arbitrary<infer T> ? T : never;

/** What each run of a history has said, and what Apollo holds at its end. */
async function told({ emulator, runs, row }: Place, history: History, store: 'own' | 'file') {
  const said: unknown[] = [];
  for (const { rows, killedAfter } of history) {
    const ended = await runs.sync(
      rows.map(([id, title]) => row(id, title)),
      {
        ...(store === 'file' && { config: { state: { type: 'duckdb', path: runs.state } } }),
        ...(killedAfter !== undefined && killedState(killedAfter)),
      },
    );
    said.push([ended.status, ended.counts, ended.calls, ended.removed, ended.codes, String(ended.cause ?? '')]);
  }
  const records = [...emulator.store.contacts.values()].map(({ email, title }) => [email, title]);
  return { said, records: records.sort() };
}
