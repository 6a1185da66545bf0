import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { closeEmulators } from '../support/emulator.ts';
import { identityFaults } from '../support/one-record-a-row.ts';
import {
  type Moment,
  type Past,
  type Played,
  type PlayOptions,
  playProcesses,
  rowsOf,
  streamName,
} from './process-team.ts';
import { MAPPING, psql } from './support.ts';

const WORKERS = 8;
const DAY_MS = 86_400_000;
const isLong = process.env['NIGHTLY'] !== undefined;

/**
 * Plan Basic for five days, or an eighth of it for two. What dead runs had taken is a larger share of the small one: a window that is not
 * used to its end by `share` fails.
 */
const { moments, days, limits, share } = isLong
  ? {
      moments: Number(process.env['MOMENTS'] ?? 200),
      days: Number(process.env['DAYS'] ?? 5),
      limits: { minute: 200, hour: 400, day: 2000 },
      share: 0.98,
    }
  : { moments: 10, days: 2, limits: { minute: 60, hour: 120, day: 240 }, share: 0.95 };

/** Pieces that pass between two moments of one process, on the average twice as many calls. */
const most = { apollo: 60, database: 150 };

const moment: fc.Arbitrary<Moment> = fc
  .record({
    kind: fc.constantFrom('kill' as const, 'stop' as const, 'cut' as const),
    line: fc.constantFrom('apollo' as const, 'database' as const),
    share: fc.integer({ min: 0, max: 999 }),
    resumedAfterMs: fc.option(fc.integer({ min: 0, max: 4000 }), { nil: undefined }),
  })
  .map(({ share, ...one }) => ({ ...one, after: Math.floor((share * most[one.line]) / 1000) }));

/** Requests of an action in each of its windows of a day, which open with the first request; the last is not full yet. */
function windowsOf({ requests }: Emulator, action: string): readonly number[] {
  const counts: number[] = [];
  let opened = Number.NEGATIVE_INFINITY;
  for (const { at } of requests.entries.filter((one) => one.action === action && one.status !== 429)) {
    if (at >= opened + DAY_MS) {
      opened = at;
      counts.push(0);
    }
    counts[counts.length - 1]! += 1;
  }
  return counts;
}

/** How a process may end, by what befell it: `null` is by a signal. */
const endings: Readonly<Record<Moment['kind'] | 'nothing', readonly (number | null)[]>> = {
  nothing: [0, 75],
  kill: [null, 0, 75],
  stop: [0, 75],
  cut: [0, 75],
};

/**
 * A run that cannot ask whose workspace it writes to, since its lease is lost or the quota for that is spent, goes by the address, and
 * that differs here by the port of its line: it sends nothing.
 */
const isAtOtherAddress = ({ code, said }: Past): boolean =>
  code === 2 && said.includes('was written for the workspace');

const isOdd = (one: Past): boolean => !endings[one.befell].includes(one.code) && !isAtOtherAddress(one);

/** What is wrong with the rows of a stream, by what the store has and what Apollo holds. */
function faultsOf({ emulator, store }: Played, worker: number, { known, fresh }: PlayOptions): readonly string[] {
  const rows = new Map(rowsOf(worker, known + fresh).map((row) => [String(row['id']), row]));
  const told = psql(`select primary_key, outcome, destination_id, match_key from ${store.schema}.records
    where stream = '${streamName(worker)}'`)
    .split('\n')
    .map((line) => {
      const [primaryKey = '', outcome = '', id = '', matchKey = ''] = line.split('|');
      return { primaryKey, outcome, id, matchKey, row: rows.get(primaryKey) };
    });
  const missing = [...rows.keys()].filter((key) => !told.some(({ primaryKey }) => primaryKey === key));
  const without = missing.map((key) => `${streamName(worker)}: row ${key} has no outcome`);
  return [...without, ...identityFaults(emulator, { object: 'contacts', primary_key: 'id', mapping: MAPPING }, told)];
}

afterEach(closeEmulators);

test('eight processes of one team use what a plan has and no more, whichever are killed, stopped or cut off', {
  timeout: 24 * 3_600_000,
}, async () => {
  const everyone = Array.from({ length: WORKERS }, (_, worker) => worker);
  const known = Math.ceil((limits.day * days) / WORKERS) + 10;
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: moments, maxLength: moments }), async (all) => {
      const options = { workers: WORKERS, known, fresh: 20, limits, moments: all };
      const began = performance.now();
      const played = await playProcesses(options);
      const { emulator, past, last } = played;
      const used = windowsOf(emulator, 'contacts/update');
      tell({ past, used, seconds: Math.round((performance.now() - began) / 1000) });
      expect(emulator.requests.entries.filter(({ status }) => status === 429)).toEqual([]);
      expect(past.filter(isOdd)).toEqual([]);
      const full = used.slice(0, -1);
      expect(full.length).toBeGreaterThanOrEqual(days);
      expect(
        full.every((count) => count >= share * limits.day && count <= limits.day),
        `used: ${used}`,
      ).toBe(true);
      const held = [...emulator.store.contacts.values()].map(({ email, first_name }) => `${email} ${first_name}`);
      const rows = everyone.flatMap((worker) => rowsOf(worker, known + options.fresh));
      expect(held.sort()).toEqual(rows.map(({ email, first_name }) => `${email} ${first_name}`).sort());
      expect(last.runs[0]?.streams.map(({ unchanged }) => unchanged)).toEqual(
        everyone.map(() => known + options.fresh),
      );
      expect(everyone.flatMap((worker) => faultsOf(played, worker, options))).toEqual([]);
      // How many befall before the work is done differs from machine to machine: most do.
      const befallen = past.filter(({ befell }) => befell !== 'nothing').length;
      expect(befallen).toBeGreaterThanOrEqual(0.75 * moments);
      await closeEmulators();
    }),
    {
      numRuns: Number(process.env['RUNS'] ?? 1),
      seed: Number(process.env['FC_SEED'] ?? 20_261_129),
      endOnFailure: true,
    },
  );
});

/** Figures of a play: what is written down of the long one. */
function tell({ past, used, seconds }: { past: readonly Past[]; used: readonly number[]; seconds: number }): void {
  const kinds = Object.keys(endings).map((kind) => `${kind} ${past.filter(({ befell }) => befell === kind).length}`);
  console.log(
    `${past.length} processes: ${kinds.join(', ')}; requests in windows of a day: ${used.join(', ')}; ${seconds} s`,
  );
}
