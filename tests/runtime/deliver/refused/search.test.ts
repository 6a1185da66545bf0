import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../../library/testing/virtual-clock.ts';
import { RecordFailure, TransientFailure } from '../../../../runtime/contract/failure.ts';
import type { Outcome } from '../../../../runtime/contract/outcome.ts';
import type { SourceRow } from '../../../../runtime/contract/record.ts';
import { noStateStore } from '../../../../runtime/contract/state-store.ts';
import type { Step, Writer } from '../../../../runtime/contract/writer.ts';
import { deliver } from '../../../../runtime/deliver/pipeline.ts';
import { runs } from '../../../support/runs.ts';

/** A row, and the value for which it is refused; `unnamed` refuses without a word. */
type Fault = string | undefined;

interface Setup {
  readonly faults: readonly Fault[];
  readonly maxRecords: number;
  readonly maxRefused?: number;
  readonly maxInFlight?: number;
  readonly maxWaiting?: number;
  readonly chance?: () => number;
  /** The text of the nth refusal. */
  readonly textOf?: (n: number) => string;
}

/** Delivers one row for each fault to a destination that refuses whole requests for the first fault in them. */
async function run({ faults, maxRecords, maxRefused = Number.POSITIVE_INFINITY, ...more }: Setup) {
  const written = new Set<number>();
  let calls = 0;
  let refusals = 0;
  const step: Step<Fault> = {
    request: 'POST rows',
    limits: {
      ...{ maxRecords, maxRefused, maxBytes: 1e9, maxLost: 8 },
      maxInFlight: more.maxInFlight ?? 4,
      maxWaiting: more.maxWaiting ?? 2000,
    },
    idempotent: true,
    takes: () => true,
    content: { of: ({ record }) => ({ value: record }) },
    send: async (records) => {
      calls++;
      await new Promise<void>((resolve) => setImmediate(resolve));
      const guilty = records.find(({ record }) => record !== undefined);
      if (guilty === undefined) {
        for (const { position } of records) written.add(position);
        return new Map(records.map(({ position }) => [position, { status: 'created' } as const]));
      }
      const general = new TransientFailure('all', { code: 'down', delivery: 'not-delivered' });
      const quoted = guilty.record === 'unnamed' ? [] : [guilty.record!];
      throw new RecordFailure(more.textOf?.(refusals++) ?? 'no', { code: 'refused', quoted, general });
    },
  };
  const writer: Writer<Fault> = {
    columns: [],
    key: { columns: [], matchKeyOf: (row) => String(row['key']) },
    map: (row) => {
      const key = String(row['key']);
      return { ok: true, primaryKey: key, matchKey: key, record: row['fault'] as Fault, content: key };
    },
    steps: [step],
  };
  async function* source(): AsyncGenerator<SourceRow[]> {
    yield faults.map((fault, position) => ({ position, row: { key: position, fault } }));
  }
  const clock = new VirtualClock();
  if (more.chance) clock.chance = more.chance;
  const outcomes: Outcome[] = [];
  let thrown: unknown;
  try {
    for await (const some of deliver(source(), writer, { store: noStateStore, run: new AbortController(), clock })) {
      for (const { position, outcome } of some) outcomes[position] = outcome;
    }
  } catch (error) {
    thrown = error;
  }
  return { outcomes, written, calls, thrown };
}

/** The most requests that one batch may cost; see `search`. */
function mostFor(faults: readonly Fault[]): number {
  const unnamed = faults.filter((fault) => fault === 'unnamed').length;
  const logarithm = Math.ceil(Math.log2(faults.length));
  return 1 + (unnamed === 0 ? 0 : unnamed * (2 * logarithm + 3) + logarithm + 1);
}

const fault = (density: number): fc.Arbitrary<Fault> =>
  fc.oneof(
    { weight: 100 - density, arbitrary: fc.constant(undefined) },
    { weight: density, arbitrary: fc.oneof(fc.constant('unnamed'), fc.integer({ min: 1, max: 9 }).map(String)) },
  );

test('of any refused rows, all others are written in the first run, and it costs no more than was proved', async () => {
  const setup = fc.record({
    faults: fc
      .integer({ min: 0, max: 60 })
      .chain((density) => fc.array(fault(density), { minLength: 1, maxLength: 200, size: 'max' })),
    maxRecords: fc.integer({ min: 1, max: 120 }),
    maxInFlight: fc.integer({ min: 1, max: 4 }),
    maxWaiting: fc.constantFrom(0, 50, 2000),
    chances: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(setup, async ({ chances, ...rest }) => {
      let draws = 0;
      const { outcomes, written, calls } = await run({ ...rest, chance: () => chances[draws++ % chances.length]! });
      const { faults, maxRecords } = rest;
      for (const [i, each] of faults.entries()) {
        assert.equal(outcomes[i]?.status, each === undefined ? 'created' : 'rejected', `row ${i}`);
        assert.equal(written.has(i), each === undefined);
      }
      let most = new Set(faults.filter((each) => each !== undefined && each !== 'unnamed')).size * rest.maxInFlight;
      for (let at = 0; at < faults.length; at += maxRecords) most += mostFor(faults.slice(at, at + maxRecords));
      // What is left out for a value that is known moves others to other batches: one more for each value.
      assert.ok(calls <= 2 * most, `${calls} calls, at most ${most}`);
    }),
    { numRuns: runs(60) },
  );
});

test('a run that has come to its bound defers the rest, and each further run finds more, whatever it remembers', async () => {
  const faults: Fault[] = Array.from({ length: 400 }, (_, i) => (i % 9 === 0 ? 'unnamed' : undefined));
  const everWritten = new Set<number>();
  let draws = 1;
  const chance = () => {
    draws = (draws * 16_807) % 2_147_483_647;
    return draws / 2_147_483_647;
  };
  for (let runs = 0; runs < 40 && everWritten.size < 355; runs++) {
    const { outcomes, written } = await run({ faults, maxRecords: 100, maxRefused: 30, chance });
    for (const position of written) everWritten.add(position);
    const codes = new Set(outcomes.flatMap((outcome) => (outcome.status === 'deferred' ? [outcome.code] : [])));
    expect([[], ['run_limit']]).toContainEqual([...codes]);
    // 45 rows are at fault, and each costs a refusal at least.
    if (runs === 0) expect([...codes]).toEqual(['run_limit']);
  }
  expect(everWritten.size).toBe(355);
});

describe('a refusal that is the same for every record', () => {
  const unnamed = (count: number): Fault[] => Array<Fault>(count).fill('unnamed');

  test.each([
    ['one text', () => 'Nothing goes'],
    [
      'texts that differ in numbers and order',
      (n: number) => (n % 2 ? `Row ${n} refused, sorry` : `sorry, Row ${n} refused`),
    ],
    ['two texts in turn', (n: number) => (n % 2 ? 'Nothing goes' : 'Come back later')],
  ])('of %s ends the run after some twenty requests, and rejects no row', async (_, textOf) => {
    const { outcomes, thrown, calls } = await run({ faults: unnamed(2000), maxRecords: 100, textOf });
    expect(thrown).toBeInstanceOf(TransientFailure);
    expect(calls).toBeLessThanOrEqual(25);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['deferred']));
  });

  test('is none as long as there are fewer than three batches of it', async () => {
    const { outcomes, thrown } = await run({ faults: unnamed(150), maxRecords: 100 });
    expect([thrown, new Set(outcomes.map(({ status }) => status))]).toEqual([undefined, new Set(['rejected'])]);
  });

  test('is none where single records are sent: each is refused for itself', async () => {
    const { outcomes, thrown } = await run({ faults: unnamed(50), maxRecords: 1 });
    expect([thrown, new Set(outcomes.map(({ status }) => status))]).toEqual([undefined, new Set(['rejected'])]);
  });
});
