import { test } from 'vitest';

/**
 * How many examples a property tries: `few` in `npm test`, enough for a slip to show; `many` in `npm run test:nightly`, which is what a
 * promise is held to. `RUNS=5000` says the number instead.
 */
export const runs = (few: number, many: number = few * 20): number =>
  Number(process.env['RUNS'] ?? (isNightly ? many : few));

/** Whether many examples are tried, so that a test may take hours, and goes on after a failure. */
export const isNightly: boolean = process.env['NIGHTLY'] !== undefined || process.env['RUNS'] !== undefined;

/** Marks a test, or a group of them, that `npm run test:slow` runs and `npm test` leaves out. */
export const slow = { tags: ['slow'] };

const dayMs = 24 * 3_600_000;

/** How many examples of a sweep are tried: in `npm test`, in `npm run test:slow`, and in `npm run test:nightly`. */
interface Sizes {
  readonly few: number;
  readonly some: number;
  readonly many: number;
}

/** A property whose examples take seconds each: a test of a few, and a slow one of some. A hunt for defects has one of many. */
export function sweep(name: string, { few, some, many }: Sizes, holds: (numRuns: number) => Promise<unknown>): void {
  test(name, async () => void (await holds(runs(few, many))), dayMs);
  if (!isNightly) test(`${name} (${some} examples)`, slow, async () => void (await holds(some)));
}

type Arguments<T> = T extends readonly [...infer A] ? A : [T];

/** A test for each case of a table, of which the first ones tell of a slip soon enough: the others are slow tests. */
export const sweepOver =
  <const T>(cases: readonly T[], quick = 1) =>
  (name: string, holds: (...one: Arguments<T>) => unknown): void => {
    test.each(cases.slice(0, quick) as T[])(name, holds as never);
    test.each(cases.slice(quick) as T[])(name, slow, holds as never);
  };
