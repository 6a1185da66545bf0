/**
 * How many examples a property tries: `few` in `npm test`, enough for a slip to show; `many` in `npm run test:nightly`, which is what a
 * promise is held to. `RUNS=5000` says the number instead.
 */
export const runs = (few: number, many: number = few * 20): number =>
  Number(process.env['RUNS'] ?? (isNightly ? many : few));

/** Whether many examples are tried, so that a test may take hours, and goes on after a failure. */
export const isNightly: boolean = process.env['NIGHTLY'] !== undefined || process.env['RUNS'] !== undefined;
