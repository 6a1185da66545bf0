import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { RecordFailure, TransientFailure } from '../../../runtime/contract/failure.ts';
import { isFinal } from '../../../runtime/contract/outcome.ts';
import type { SourceRow } from '../../../runtime/contract/record.ts';
import { noStateStore } from '../../../runtime/contract/state-store.ts';
import type { Step } from '../../../runtime/contract/writer.ts';
import { deliver } from '../../../runtime/deliver/pipeline.ts';
import { keyedWriter } from './keyed.ts';

const ROWS = 10_000;
const limits = { maxRecords: 10, maxBytes: 1e6, maxInFlight: 4, maxWaiting: 100, maxRefused: 8, maxLost: 6 };

async function run(send: (n: number) => Awaited<ReturnType<Step<string>['send']>>) {
  let requests = 0;
  let rows = 0;
  const step: Step<string> = {
    request: 'POST rows',
    limits,
    idempotent: false,
    takes: () => true,
    send: async () => send(requests++),
  };
  const writer = keyedWriter([step]);
  async function* source(): AsyncGenerator<SourceRow[]> {
    for (let at = 0; at < ROWS; at += 100) {
      yield Array.from({ length: 100 }, (_, i) => ({ position: at + i, row: { key: at + i } }));
    }
  }
  const clock = new VirtualClock(1_000_000);
  const ends = new Set<string>();
  const retryAt = new Set<number | undefined>();
  let thrown: unknown;
  try {
    for await (const some of deliver(source(), writer, { store: noStateStore, run: new AbortController(), clock })) {
      for (const { outcome } of some) {
        rows++;
        ends.add(isFinal(outcome) ? 'final' : outcome.status);
        if (outcome.status === 'deferred') retryAt.add(outcome.retryAt);
      }
    }
  } catch (error) {
    thrown = error;
  }
  return { requests, rows, ends: [...ends], retryAt: [...retryAt], thrown };
}

describe('when requests fail', () => {
  test('an outage ends the run instead of trying a thousand batches', async () => {
    const failure = new TransientFailure('down', { code: 'unavailable', delivery: 'unknown' });
    const { requests, rows, ends, thrown } = await run(() => {
      throw failure;
    });
    expect(thrown).toBe(failure);
    expect(requests).toBeGreaterThanOrEqual(limits.maxLost);
    expect(requests).toBeLessThan(limits.maxLost + limits.maxInFlight);
    expect(rows).toBeLessThan(1000);
    expect(ends).toEqual(['deferred']);
  });

  test('a spent quota defers every row, says when to come back, and is not an outage', async () => {
    const spent = { code: 'quota_exhausted', delivery: 'not-delivered', retryAfterMs: 3_000_000 } as const;
    const result = await run(() => {
      throw new TransientFailure('per hour', spent);
    });
    expect(result).toEqual({
      requests: ROWS / limits.maxRecords,
      rows: ROWS,
      ends: ['deferred'],
      retryAt: [4_000_000],
      thrown: undefined,
    });
  });

  test('an answer between losses, good or bad, starts the count again', async () => {
    const lost = () => {
      throw new TransientFailure('lost', { code: 'unavailable', delivery: 'unknown' });
    };
    const good = await run((n) => (n % 3 === 0 ? new Map() : lost()));
    const bad = await run((n) => {
      if (n % 3 === 0) throw new RecordFailure('bad', { code: 'refused' });
      return lost();
    });
    expect([good.rows, good.thrown, bad.rows, bad.thrown]).toEqual([ROWS, undefined, ROWS, undefined]);
  });
});
