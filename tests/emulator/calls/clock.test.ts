import { expect, test } from 'vitest';
import { AdvanceableClock, ManualClock, ScaledClock } from '../../../emulator/calls/clock.ts';

test('a manual clock moves only when it is moved, and ends the waits it has passed', async () => {
  const clock = new ManualClock(1000);
  const ended: string[] = [];
  const short = clock.waitMs(10).then(() => ended.push('short'));
  const long = clock.waitMs(20).then(() => ended.push('long'));
  await clock.waitMs(0);
  clock.advance(10);
  await short;
  expect([clock.now(), ended]).toEqual([1010, ['short']]);
  clock.advance(10);
  await long;
  expect(ended).toEqual(['short', 'long']);
});

test('a scaled clock starts where it is set and runs faster than the machine', () => {
  const clock = new ScaledClock(1_000_000, 5000);
  const origin = performance.now();
  expect(clock.now()).toBeGreaterThanOrEqual(5000);
  while (performance.now() - origin < 2) {
    // Two milliseconds of the machine, no timer.
  }
  expect(clock.now()).toBeGreaterThan(5000 + 1_000_000);
});

test('any clock can be moved forward; a manual one moves itself', () => {
  const still = { now: () => 100 };
  const ahead = new AdvanceableClock(still);
  ahead.advance(5);
  expect(ahead.now()).toBe(105);
  const manual = new ManualClock(100);
  const wrapped = new AdvanceableClock(manual);
  wrapped.advance(5);
  expect([wrapped.now(), manual.now()]).toEqual([105, 105]);
});
