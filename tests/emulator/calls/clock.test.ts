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
  let machine = 700.5;
  const clock = new ScaledClock(60, 5000, () => machine);
  expect(clock.now()).toBe(5000);
  machine += 2000.25;
  expect(clock.now()).toBe(5000 + 120_015);
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
