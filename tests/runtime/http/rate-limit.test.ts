import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TransientFailure } from '../../../runtime/contract/failure.ts';
import type { RateLimitState, WindowLimit } from '../../../runtime/contract/rate-limit-window.ts';
import { runs, slow } from '../../support/runs.ts';
import {
  chance,
  day,
  hour,
  latency,
  limitOf,
  minute,
  SimulatedClock,
  SimulatedServer,
  send,
  sendWhileThereIsRoom,
  settle,
  signal,
} from './simulation.ts';

describe('alone at a server with fixed windows', () => {
  const shape = fc.record({
    periodMs: fc.integer({ min: 10_000, max: 90_000 }),
    limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80 })),
  });
  // Each window longer than the one before by a factor of four, and a little wider.
  const windowsOf = (shapes: readonly { periodMs: number; limit: number }[]): WindowLimit[] =>
    shapes.map(({ periodMs, limit }, i) => ({ name: `w${i}`, periodMs: periodMs * 4 ** i, limit: limit * 3 ** i }));

  test('no request is refused, whatever the windows, the latency, the pauses and the answers that get lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 4, max: 8 }),
        fc.integer({ min: 1, max: 4000 }),
        fc.double({ min: 0, max: 1.5, noNaN: true }),
        fc.boolean(),
        fc.integer(),
        async (shapes, inFlight, maxLatencyMs, ease, lossy, seed) => {
          const windows = windowsOf(shapes);
          // Around 1, requests come about as fast as the first window allows: it closes now spent, now not.
          const maxPauseMs = (2 * ease * inFlight * windows[0]!.periodMs) / windows[0]!.limit;
          const random = chance(seed);
          const clock = new SimulatedClock();
          const server = new SimulatedServer(windows);
          await send(limitOf(windows, clock), server, clock, 15 * 60_000, {
            inFlight,
            latencyMs: latency(random, maxLatencyMs),
            pauseMs: () => random() * maxPauseMs,
            lose: () => lossy && random() < 0.05,
          });
          expect(server.refused).toBe(0);
          expect(server.ok).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs(100) },
    );
  });

  test('a window is used to its limit, but for the latency that no one can see through', slow, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 10, max: 120 }),
        fc.integer({ min: 4, max: 8 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer(),
        async (perMinute, inFlight, maxLatencyMs, seed) => {
          const clock = new SimulatedClock();
          const server = new SimulatedServer([minute(perMinute)]);
          const minutes = 60;
          const load = { inFlight, latencyMs: latency(chance(seed), maxLatencyMs) };
          await send(limitOf([minute(perMinute)], clock), server, clock, minutes * 60_000, load);
          const openings = Math.floor((minutes * 60_000) / (60_000 + 2 * maxLatencyMs));
          expect(server.refused).toBe(0);
          expect(server.ok).toBeGreaterThanOrEqual(openings * perMinute * 0.99);
        },
      ),
      { numRuns: runs(25, 60) },
    );
  });

  test('five days on the basic plan use at least 98 % of the day limit, without one answer of 429', async () => {
    for (const [seed, maxLatencyMs] of [
      [1, 300],
      [2, 1500],
      [3, 5000],
    ] as const) {
      const windows = [minute(200), hour(400), day(2000)];
      const clock = new SimulatedClock();
      const server = new SimulatedServer(windows);
      const load = { inFlight: 4, latencyMs: latency(chance(seed), maxLatencyMs) };
      await send(limitOf(windows, clock), server, clock, 5 * 86_400_000, load);
      const share = server.ok / (5 * 2000);
      expect(server.refused).toBe(0);
      expect(share).toBeGreaterThanOrEqual(0.98);
    }
  });

  test('a run that starts every hour, and remembers the windows, spends the day limit without one 429', async () => {
    const windows = [minute(200), hour(400), day(2000)];
    const clock = new SimulatedClock();
    const server = new SimulatedServer(windows);
    const random = chance(5);
    let state: RateLimitState | undefined;
    for (let run = 0; run < 5 * 24; run++) {
      const limit = limitOf(windows, clock, { maxWaitMs: 60_000 });
      if (state !== undefined) limit.restore(JSON.parse(JSON.stringify(state)) as RateLimitState);
      await sendWhileThereIsRoom(limit, server, clock, latency(random, 1000));
      state = limit.snapshot();
      await clock.run((run + 1) * 3_601_000);
    }
    expect({ refused: server.refused, ok: server.ok }).toEqual({ refused: 0, ok: 10_000 });
  });
});

describe('beside other tools that use the same quota', () => {
  test('it converges: few answers of 429, no request forgotten, and together the quota is used', slow, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 4, max: 8 }),
        fc.integer(),
        async (burst, inFlight, seed) => {
          const windows = [minute(50), hour(200)];
          const hours = 40;
          const random = chance(seed);
          const clock = new SimulatedClock();
          const server = new SimulatedServer(windows);
          let theirs = 0;
          let theirRefusals = 0;
          const others = async (): Promise<void> => {
            while (clock.now() < hours * 3_600_000) {
              await clock.sleep(random() * 2 * 3_600_000, signal);
              for (let i = 0; i < burst; i++) {
                if (server.arrive(clock.now()).retryAfterMs === undefined) theirs++;
                else theirRefusals++;
              }
            }
          };
          void others();
          const load = { inFlight, latencyMs: latency(random, 1000) };
          const answered = await send(limitOf(windows, clock), server, clock, hours * 3_600_000, load);
          expect(server.ok - theirs - answered).toBeLessThanOrEqual(inFlight);
          expect(server.ok).toBeGreaterThanOrEqual((hours - 2) * 200 * 0.9);
          expect(server.refused - theirRefusals).toBeLessThanOrEqual(hours * inFlight);
        },
      ),
      { numRuns: runs(20, 60) },
    );
  });
});

describe('leave to send', () => {
  const settled = async <T>(promise: Promise<T>): Promise<T | 'waits'> => {
    const waits = settle().then(() => 'waits' as const);
    return Promise.race([promise, waits]);
  };

  test('is given in the order in which it was asked for', async () => {
    const clock = new SimulatedClock();
    const limit = limitOf([minute(1)], clock);
    const order: number[] = [];
    for (const i of [1, 2, 3]) {
      void limit.acquire(signal).then((permit) => {
        order.push(i);
        permit.answered([{ name: 'minute', used: 1 }]);
      });
    }
    await clock.run(10 * 60_000);
    expect(order).toEqual([1, 2, 3]);
  });

  test('counts requests in flight, and one that was never sent does not count', async () => {
    const limit = limitOf([minute(2)], new SimulatedClock());
    const [first] = [await limit.acquire(signal), await limit.acquire(signal)];
    const third = limit.acquire(signal);
    expect(await settled(third)).toBe('waits');
    first.unsent();
    expect(await settled(third)).not.toBe('waits');
  });

  test('is refused at once when the wait would be too long, with the time to come back', async () => {
    const clock = new SimulatedClock();
    clock.time = Date.UTC(2026, 0, 1);
    const limit = limitOf([minute(5), day(1)], clock, { maxWaitMs: 3_900_000 });
    (await limit.acquire(signal)).answered();
    const failure = await limit.acquire(signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransientFailure);
    expect(failure).toMatchObject({
      code: 'quota_exhausted',
      delivery: 'not-delivered',
      retryAfterMs: 86_400_000,
      endpoint: 'POST things',
      message: 'The requests of this day are used up for POST things; there is room again at 2026-01-02T00:00:00.000Z.',
    });
  });

  test('a wait of exactly the patience is waited', async () => {
    const clock = new SimulatedClock();
    const limit = limitOf([minute(1)], clock, { maxWaitMs: 60_000 });
    (await limit.acquire(signal)).answered();
    const second = limit.acquire(signal);
    await clock.run(60_000);
    expect(await settled(second)).not.toBe('waits');
  });

  test('a request with less patience than those before it need not wait for them', async () => {
    const clock = new SimulatedClock();
    const limit = limitOf([minute(1)], clock);
    (await limit.acquire(signal)).answered();
    const patient = limit.acquire(signal);
    await expect(limit.acquire(signal, 1000)).rejects.toMatchObject({ code: 'quota_exhausted' });
    expect(await settled(patient)).toBe('waits');
  });

  test('a stop ends the wait, and those behind go on', async () => {
    const clock = new SimulatedClock();
    const limit = limitOf([minute(1)], clock);
    const inFlight = await limit.acquire(signal);
    const run = new AbortController();
    const stopped = limit.acquire(run.signal);
    const next = limit.acquire(signal);
    run.abort(new Error('SIGTERM'));
    await expect(stopped).rejects.toMatchObject({ code: 'run_stopped', delivery: 'not-delivered' });
    await expect(limit.acquire(run.signal)).rejects.toMatchObject({ code: 'run_stopped' });
    inFlight.unsent();
    expect(await settled(next)).not.toBe('waits');
  });

  test('a 429 holds every request back, and each wait is announced once', async () => {
    const clock = new SimulatedClock();
    const waits: unknown[] = [];
    const limit = limitOf([minute(10)], clock, { onWait: (wait) => waits.push(wait) });
    const [first, second] = [await limit.acquire(signal), await limit.acquire(signal)];
    first.refused(30_000);
    expect(limit.paused).toBe(true);
    const [third, fourth] = [limit.acquire(signal), limit.acquire(signal)];
    second.answered();
    await clock.run(29_999);
    expect(await settled(third)).toBe('waits');
    await clock.run(30_000);
    expect([await settled(third), await settled(fourth)]).not.toContain('waits');
    expect(waits).toEqual([{ untilMs: 30_000, reason: 'paused' }]);
  });

  test('a pause after a 429 is announced where it begins, though nothing waits in the queue; one beyond all patience is not', async () => {
    const waits: unknown[] = [];
    const limit = limitOf([hour(10)], new SimulatedClock(), { maxWaitMs: 60_000, onWait: (wait) => waits.push(wait) });
    (await limit.acquire(signal)).refused(30_000);
    expect(waits).toEqual([{ untilMs: 30_000, reason: 'paused' }]);
    limit.pauseFor(60_001);
    expect(waits).toHaveLength(1);
  });

  test('a spent window opens when the server that refused said so', async () => {
    const clock = new SimulatedClock();
    const limit = limitOf([hour(10)], clock);
    (await limit.acquire(signal)).refused(20_000, [{ name: 'hour', limit: 10, used: 10 }]);
    const next = limit.acquire(signal);
    await clock.run(20_000);
    expect(await settled(next)).not.toBe('waits');
  });

  test('a permit is used once', async () => {
    const permit = await limitOf([minute(1)], new SimulatedClock()).acquire(signal);
    permit.answered();
    expect(() => permit.lost()).toThrow('twice');
  });
});

describe('between runs', () => {
  test('what was used, and is in flight, is remembered, and forgotten once the window has closed', async () => {
    const clock = new SimulatedClock();
    const before = limitOf([minute(2), hour(50)], clock);
    (await before.acquire(signal)).answered([{ name: 'hour', limit: 400, used: 7 }]);
    await before.acquire(signal);
    const state = before.snapshot();
    expect(state).toEqual({
      pausedUntil: 0,
      windows: [
        { name: 'minute', limit: 2, used: 2, closesAt: 60_000 },
        { name: 'hour', limit: 400, used: 8, closesAt: 3_600_000 },
      ],
    });
    clock.time = 10_000;
    const soon = limitOf([minute(2), hour(50)], clock);
    soon.restore(state);
    expect(soon.left()).toEqual(state.windows);
    clock.time = 60_000;
    const later = limitOf([minute(2), hour(50)], clock);
    later.restore(state);
    expect(later.left()).toEqual([{ name: 'minute', limit: 2, used: 0 }, state.windows[1]]);
  });

  test('a pause is remembered', async () => {
    const clock = new SimulatedClock();
    const before = limitOf([minute(2)], clock);
    before.pauseFor(5000);
    const after = limitOf([minute(2)], clock);
    after.restore(before.snapshot());
    expect(after.paused).toBe(true);
  });

  test.each([
    ['a pause to another age', 3_600_000_000_000],
    ['one that is no time at all', Number.NaN],
  ])('no window or pause that was kept lasts longer than its period: %s', (_, time) => {
    const clock = new SimulatedClock();
    clock.time = 1_000_000;
    const limit = limitOf([minute(2), hour(50)], clock);
    limit.restore({
      pausedUntil: time,
      windows: [
        { name: 'minute', limit: 2, used: 2, closesAt: time },
        { name: 'hour', limit: Number.NaN, used: 1, closesAt: time },
      ],
    });
    const closes = limit.left().map(({ closesAt = 0, limit: most }) => [closesAt - clock.time <= 3_600_000, most]);
    expect(closes).toEqual([
      [true, 2],
      [true, 50],
    ]);
    expect(limit.left()[0]!.closesAt ?? 0).toBeLessThanOrEqual(clock.time + 60_000);
    clock.time += 3_600_000;
    expect(limit.paused).toBe(false);
  });

  test('no pause is longer than the longest window', () => {
    const clock = new SimulatedClock();
    const limit = limitOf([minute(2), hour(50)], clock);
    limit.pauseFor(1e15);
    clock.time = 3_600_000;
    expect(limit.paused).toBe(false);
  });
});
