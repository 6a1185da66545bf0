import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { ConfigFailure, TransientFailure } from '../../../runtime/contract/failure.ts';
import { decide, retry } from '../../../runtime/http/retry.ts';
import { runs } from '../../support/runs.ts';

type Decision = ReturnType<typeof decide>;

type Delivery = TransientFailure['delivery'];

const policy = { maxRetries: 3, baseMs: 100, capMs: 1000, maxWaitMs: 60_000 };
const transient = (delivery: Delivery, retryAfterMs?: number) =>
  new TransientFailure('no', { code: 'x', delivery, retryAfterMs });
const { signal } = new AbortController();

describe('one failure', () => {
  const facts = { idempotent: true, policy, spent: { retries: 0, waits: 0 }, elapsedMs: 0, random: 0.5 };
  const cases: [string, Parameters<typeof decide>[0], Partial<typeof facts>, Decision][] = [
    [
      'a lost request is sent again after half of the first ceiling',
      transient('unknown'),
      {},
      { again: true, waitMs: 50, spent: { retries: 1, waits: 0 } },
    ],
    [
      'the ceiling doubles with each retry',
      transient('not-delivered'),
      { spent: { retries: 2, waits: 0 } },
      { again: true, waitMs: 200, spent: { retries: 3, waits: 0 } },
    ],
    [
      'the ceiling stops at the cap',
      transient('not-delivered'),
      { spent: { retries: 8, waits: 0 }, policy: { ...policy, maxRetries: 20 } },
      { again: true, waitMs: 500, spent: { retries: 9, waits: 0 } },
    ],
    [
      'after the last retry it is over',
      transient('unknown'),
      { spent: { retries: 3, waits: 0 } },
      { again: false, because: 'retries_spent' },
    ],
    [
      'what may have arrived is not sent twice when twice does harm',
      transient('unknown'),
      { idempotent: false },
      { again: false, because: 'unsafe' },
    ],
    [
      'what was not delivered may be sent twice',
      transient('not-delivered'),
      { idempotent: false },
      { again: true, waitMs: 50, spent: { retries: 1, waits: 0 } },
    ],
    [
      'a request to wait spends no retry',
      transient('not-delivered', 5000),
      { spent: { retries: 3, waits: 0 } },
      { again: true, waitMs: 5000, spent: { retries: 3, waits: 1 } },
    ],
    [
      'an outage that names a time spends a retry all the same, and waits that long',
      transient('unknown', 5000),
      {},
      { again: true, waitMs: 5000, spent: { retries: 1, waits: 0 } },
    ],
    [
      'each answer that asks for "at once" waits longer than the last',
      transient('not-delivered', 0),
      { spent: { retries: 0, waits: 3 } },
      { again: true, waitMs: 800, spent: { retries: 0, waits: 4 } },
    ],
    [
      'a wait that ends too late is not begun',
      transient('not-delivered', 60_001),
      {},
      { again: false, because: 'patience_spent' },
    ],
    [
      'what was waited before counts',
      transient('not-delivered', 1000),
      { elapsedMs: 59_001 },
      { again: false, because: 'patience_spent' },
    ],
    [
      'backoff asks no patience',
      transient('unknown'),
      { policy: { ...policy, maxWaitMs: 0 } },
      { again: true, waitMs: 50, spent: { retries: 1, waits: 0 } },
    ],
  ];
  test.each(cases)('%s', (_, failure, more, decision) => {
    expect(decide(failure, { ...facts, ...more })).toEqual(decision);
  });
});

test('a request is sent again only when that is safe, within its retries and its patience', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          delivery: fc.constantFrom<Delivery>('unknown', 'not-delivered'),
          retryAfterMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
        }),
        { maxLength: 40 },
      ),
      fc.boolean(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      async (failures, idempotent, random) => {
        const clock = new VirtualClock(0);
        clock.chance = () => random;
        const attempts: number[] = [];
        const attempt = async (number: number) => {
          attempts.push(number);
          const failure = failures[number - 1];
          if (failure) throw transient(failure.delivery, failure.retryAfterMs);
          return 'ok';
        };
        const result = await retry(attempt, { idempotent, policy, clock, signal }).catch(() => 'gave up');
        expect(attempts).toEqual(attempts.map((_, i) => i + 1));
        expect(result).toBe(attempts.length > failures.length ? 'ok' : 'gave up');
        const resent = failures.slice(0, attempts.length - 1);
        if (!idempotent) expect(resent.every(({ delivery }) => delivery === 'not-delivered')).toBe(true);
        const spends = (one: (typeof failures)[number]) => one.delivery === 'unknown' || one.retryAfterMs === undefined;
        expect(resent.filter(spends).length).toBeLessThanOrEqual(policy.maxRetries);
        expect(clock.sleeps).toHaveLength(resent.length);
        resent.forEach(({ retryAfterMs }, i) => {
          expect(clock.sleeps[i]).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
        });
        expect(clock.time).toBeLessThanOrEqual(policy.maxWaitMs + policy.maxRetries * policy.capMs);
      },
    ),
    { numRuns: runs(300) },
  );
});

test('each retry is announced before it is waited for', async () => {
  const clock = new VirtualClock(0);
  const told: unknown[] = [];
  const failure = transient('unknown');
  const always = retry(() => Promise.reject(failure), {
    idempotent: true,
    policy,
    clock,
    signal,
    onRetry: ({ attempt, failure: because }) => told.push([attempt, because === failure, clock.sleeps.length]),
  });
  await expect(always).rejects.toBe(failure);
  expect(told).toEqual([
    [1, true, 0],
    [2, true, 1],
    [3, true, 2],
  ]);
});

test('a stop during the wait ends it with the failure, and nothing is sent again', async () => {
  const clock = new VirtualClock();
  const run = new AbortController();
  clock.onSleep = () => run.abort(new Error('SIGTERM'));
  let sent = 0;
  const failure = transient('not-delivered', 1000);
  const attempt = async () => {
    sent++;
    throw failure;
  };
  await expect(retry(attempt, { idempotent: true, policy, clock, signal: run.signal })).rejects.toBe(failure);
  expect(sent).toBe(1);
});

test('other failures pass through untouched', async () => {
  const failure = new ConfigFailure('bad key', { code: 'x' });
  const clock = new VirtualClock();
  await expect(retry(() => Promise.reject(failure), { idempotent: true, policy, clock, signal })).rejects.toBe(failure);
  expect(clock.sleeps).toEqual([]);
});
