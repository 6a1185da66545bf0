import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStateStore } from '../../../library/testing/memory-state-store.ts';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { Checkpoint } from '../../../runtime/airbyte/checkpoint.ts';
import { ConfigFailure, RecordFailure, TransientFailure } from '../../../runtime/contract/failure.ts';
import { isFinal, type Position } from '../../../runtime/contract/outcome.ts';
import type { PreparedRecord, Settled, SourceRow } from '../../../runtime/contract/record.ts';
import type { Known } from '../../../runtime/contract/state-store.ts';
import type { Answer, Step, Writer } from '../../../runtime/contract/writer.ts';
import { deliver } from '../../../runtime/deliver/pipeline.ts';
import { isNightly, runs } from '../../support/runs.ts';

/** What one row meets: fine, known to the destination already, or wrong in some way. */
type Fate = 'new' | 'there' | 'same' | 'invalid' | 'superseded' | 'poison' | 'named' | 'omitted' | 'flaky';
type Call = 'answer' | 'timeout' | 'refused' | 'config' | 'sigterm' | 'defect';

const fates: Fate[] = [
  ...Array<Fate>(4).fill('new'),
  ...Array<Fate>(3).fill('there'),
  'same',
  'invalid',
  'superseded',
  'poison',
  'named',
  'omitted',
  'flaky',
];
const seldom = (at: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, { weight: 1, arbitrary: at });
const limits = fc.record({
  maxRecords: fc.integer({ min: 1, max: 17 }),
  maxBytes: fc.integer({ min: 1, max: 400 }),
  maxRefused: fc.integer({ min: 1, max: 60 }),
  maxInFlight: fc.integer({ min: 1, max: 6 }),
  maxWaiting: fc.integer({ min: 0, max: 30 }),
  maxLost: fc.integer({ min: 1, max: 12 }),
});
const step = fc.record({
  limits,
  idempotent: fc.boolean(),
  groups: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 3 })),
  twins: fc.oneof(fc.constant(Number.MAX_SAFE_INTEGER), fc.integer({ min: 2, max: 60 })),
});
const scenario = fc.record({
  fates: fc.array(fc.constantFrom(...fates), { maxLength: 150, size: 'max' }),
  changed: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  chunks: fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 9 })
    .filter((sizes) => sizes.some((size) => size > 0)),
  create: step,
  update: step,
  calls: fc.array(
    fc.oneof(
      { weight: 40, arbitrary: fc.constant<Call>('answer') },
      { weight: 16, arbitrary: fc.constantFrom<Call>('timeout', 'refused') },
      { weight: 4, arbitrary: fc.constantFrom<Call>('config', 'sigterm', 'defect') },
    ),
    { minLength: 1, maxLength: 14 },
  ),
  delays: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 }),
  sourceFailsAt: seldom(fc.nat(150)),
  storeFailsAt: seldom(fc.nat(10)),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;
interface Rec {
  readonly fate: Fate;
  readonly v: number;
}

const ticks = async (n: number) => {
  for (let i = 0; i < n; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};
const sigterm = new Error('SIGTERM');
const defect = new TypeError('a defect');
const cut = new Error('source lost');
const down = (delivery: 'unknown' | 'not-delivered') => new TransientFailure('lost', { code: 'unavailable', delivery });

/** One run against `apollo`, the destination's contents, with everything that must hold of any run asserted. */
class Trial {
  call = 0;
  pulled = 0;
  ahead = 0;
  pulledAtStop = Number.POSITIVE_INFINITY;
  closed = false;
  stoppedBy: unknown;
  readonly requests = { create: 0, update: 0 };
  readonly taken = { create: new Set<Position>(), update: new Set<Position>() };
  readonly refused = { create: 0, update: 0 };
  readonly written = new Set<Position>();
  readonly mentioned = new Set<Position>();
  readonly withheld = new Map<Position, number>();
  readonly seen = new Map<Position, Settled>();
  readonly checkpoint = new Checkpoint();
  readonly run = new AbortController();
  readonly before: ReadonlyMap<string, Known>;
  thrown: unknown;

  readonly s: Scenario;
  readonly version: number;
  readonly trouble: boolean;
  readonly store: MemoryStateStore;
  readonly there: Map<string, number>;

  constructor(s: Scenario, version: number, trouble: boolean, store: MemoryStateStore, there: Map<string, number>) {
    this.s = s;
    this.version = version;
    this.trouble = trouble;
    this.store = store;
    this.there = there;
    this.before = new Map(store.entries);
    for (const [i, fate] of s.fates.entries()) {
      if ((fate === 'there' || fate === 'same') && !there.has(`k${i}`)) there.set(`k${i}`, -1);
    }
  }

  stop(why: unknown): void {
    this.stoppedBy ??= why;
    this.pulledAtStop = Math.min(this.pulledAtStop, this.pulled);
  }

  async *source(): AsyncGenerator<SourceRow[]> {
    const { s } = this;
    try {
      for (let at = 0, c = 0; at < s.fates.length; c++) {
        const part = s.fates.slice(at, at + s.chunks[c % s.chunks.length]!);
        if (this.trouble && at >= s.sourceFailsAt) {
          this.stop(cut);
          throw cut;
        }
        this.pulled += part.length;
        this.ahead = Math.max(this.ahead, this.pulled - this.seen.size);
        yield part.map((fate, i) => this.row(fate, at + i));
        at += part.length;
        if (part.length === 0) await ticks(1);
      }
    } finally {
      this.closed = true;
    }
  }

  row(fate: Fate, position: Position): SourceRow {
    const v = this.version > 0 && this.s.changed[position % this.s.changed.length] ? this.version : 0;
    const row = { key: `k${position}`, fate, v };
    return { position, row, ...(fate === 'superseded' && { superseded: true }) };
  }

  step(
    name: 'create' | 'update',
    takes: Step<Rec>['takes'],
    answer: (r: PreparedRecord<Rec>) => Answer<Rec>,
  ): Step<Rec> {
    const { limits, idempotent, groups, twins } = this.s[name];
    let active = 0;
    const keyOf = (r: PreparedRecord<Rec>) => String(r.position % groups);
    const twinOf = (r: PreparedRecord<Rec>) => [String(r.position % twins)];
    return {
      request: name,
      limits,
      idempotent,
      takes,
      sharing: { key: keyOf, conflicts: twinOf },
      send: async (records, _, announce) => {
        await announce?.();
        assert.ok(
          records.every(({ primaryKey, known }) => known?.id === undefined || this.store.announced.has(primaryKey)),
          'sent before the state store knew of it',
        );
        if (this.run.signal.aborted) throw down('not-delivered');
        assert.ok(!this.run.signal.aborted, 'a request started after the run was stopped');
        const n = this.call++;
        active++;
        this.requests[name]++;
        for (const r of records) {
          assert.ok(takes(r));
          this.taken[name].add(r.position);
          assert.ok(
            this.before.get(r.primaryKey)?.fingerprint !== r.fingerprint,
            'sent again though its answer is known',
          );
        }
        assert.ok(active <= limits.maxInFlight, 'too many in flight');
        assert.ok(records.length >= 1 && records.length <= limits.maxRecords, 'too many records');
        assert.ok(
          records.length === 1 || records.reduce((b, r) => b + r.bytes, 0) <= limits.maxBytes,
          'too many bytes',
        );
        assert.equal(new Set(records.map(keyOf)).size, 1, 'two batch keys in one request');
        assert.equal(new Set(records.flatMap(twinOf)).size, records.length, 'records in conflict in one request');
        await ticks(this.s.delays[n % this.s.delays.length]!);
        active--;
        this.trip(n);
        this.refuse(name, records);
        return new Map(records.filter((r) => this.mentions(r)).map((r) => [r.position, answer(r)]));
      },
    };
  }

  trip(n: number): void {
    const calls: readonly Call[] = this.trouble ? this.s.calls : ['answer'];
    const how = calls[n % calls.length]!;
    const first = !this.run.signal.aborted;
    if (how === 'timeout') throw down('unknown');
    if (how === 'refused') throw down('not-delivered');
    if (how === 'config') {
      const failure = new ConfigFailure('bad key', { code: 'unauthorized' });
      if (first) this.stop(failure);
      throw failure;
    }
    if (how === 'defect') {
      if (first) this.stop(defect);
      throw defect;
    }
    if (how === 'sigterm') {
      if (first) this.stop(sigterm);
      this.run.abort(sigterm);
    }
  }

  refuse(name: 'create' | 'update', records: readonly PreparedRecord<Rec>[]): void {
    const positions = records.filter((r) => r.record.fate === 'named').map((r) => r.position);
    if (positions.length === 0 && !records.some((r) => r.record.fate === 'poison')) return;
    this.refused[name]++;
    throw new RecordFailure('bad record', { code: 'refused', positions });
  }

  /** `omitted` is never mentioned; `flaky` only when it is sent alone the second time. */
  mentions({ position, record }: PreparedRecord<Rec>): boolean {
    const withheld = this.withheld.get(position) ?? 0;
    const mention = record.fate === 'flaky' ? withheld > 0 : record.fate !== 'omitted';
    if (!mention) this.withheld.set(position, withheld + 1);
    return mention;
  }

  put(r: PreparedRecord<Rec>, status: 'created' | 'updated'): Answer<Rec> {
    assert.ok(!this.written.has(r.position), 'written twice in one run');
    this.written.add(r.position);
    this.there.set(r.primaryKey, r.record.v);
    return { status, id: `id-${r.primaryKey}` };
  }

  writer(): Writer<Rec> {
    return {
      columns: ['key', 'fate', 'v'],
      key: { columns: ['key'], matchKeyOf: (row) => row['key'] as string },
      map: (row) => {
        const key = row['key'] as string;
        const keys = { primaryKey: key, matchKey: key };
        if (row['fate'] === 'invalid')
          return { ok: false, ...keys, rejection: { code: 'invalid_value', message: 'no' } };
        const record = { fate: row['fate'] as Fate, v: row['v'] as number };
        return { ok: true, ...keys, record, content: record };
      },
      steps: [
        this.step(
          'create',
          (r) => r.id === undefined,
          (r) =>
            this.there.has(r.primaryKey) ? { status: 'onward', id: `id-${r.primaryKey}` } : this.put(r, 'created'),
        ),
        this.step(
          'update',
          (r) => r.id !== undefined,
          (r) => {
            assert.equal(r.id, `id-${r.primaryKey}`);
            return this.put(r, 'updated');
          },
        ),
      ],
    };
  }

  async go(): Promise<this> {
    this.store.failsAt = this.trouble ? this.store.calls + this.s.storeFailsAt : Number.POSITIVE_INFINITY;
    this.run.signal.addEventListener('abort', () => this.stop(this.run.signal.reason));
    try {
      const options = { store: this.store, run: this.run, clock: new VirtualClock() };
      for await (const settled of deliver(this.source(), this.writer(), options)) {
        for (const one of settled) {
          assert.ok(!this.seen.has(one.position), 'two outcomes for one row');
          this.seen.set(one.position, one);
        }
        this.checkpoint.settle(settled);
      }
    } catch (error) {
      this.thrown = error;
    }
    this.verify();
    return this;
  }

  verify(): void {
    const { s, seen, stoppedBy } = this;
    if (stoppedBy instanceof TransientFailure) {
      const patience = Math.min(s.create.limits.maxLost, s.update.limits.maxLost);
      assert.ok(this.call >= patience, 'gave the destination up too early');
    }
    assert.equal(this.thrown, stoppedBy, 'it did not end for the reason it was stopped');
    assert.ok(this.closed, 'source left open');
    assert.equal(seen.size, this.pulled, 'a row that was read has no outcome');
    if (stoppedBy === undefined) assert.equal(this.pulled, s.fates.length, 'not all rows were read');
    const biggest = Math.max(...s.chunks);
    // 64 part-filled batches may wait in each step, beside what is in flight.
    const room = (n: 'create' | 'update') => (s[n].limits.maxInFlight + 66) * Math.max(s[n].limits.maxRecords, biggest);
    assert.ok(this.ahead <= 3 * biggest + room('create') + room('update'), 'too many rows in memory');
    assert.ok(this.pulled - this.pulledAtStop <= 3 * biggest, 'read on after the run was stopped');
    for (const position of this.written) {
      assert.ok(
        /created|updated/.test(seen.get(position)!.outcome.status),
        'a written record is not reported as written',
      );
    }
    for (const one of seen.values()) this.verifyRow(one);
  }

  verifyRow({ position, outcome }: Settled): void {
    const fate = this.s.fates[position]!;
    if (outcome.status === 'created' || outcome.status === 'updated') {
      assert.ok(this.written.has(position), 'reported as written, never written');
    }
    if (fate === 'superseded') assert.equal(outcome.status, 'superseded');
    if (fate === 'invalid') assert.equal(outcome.status, 'rejected');
    if (outcome.status === 'rejected') {
      const { code } = outcome.rejection;
      if (code === 'refused') assert.ok(fate === 'poison' || fate === 'named', 'an innocent record was rejected');
      if (code === 'not_acknowledged') assert.equal(fate, 'omitted', 'a record that was answered counts as unanswered');
    }
    if (!isFinal(outcome)) assert.ok(this.checkpoint.committed <= position, 'the checkpoint passed a deferred row');
    if (outcome.status !== 'deferred') return;
    assert.ok(!/No step gave/.test(outcome.message), 'the fallback fired');
    if (/did not mention/.test(outcome.message))
      assert.ok(fate === 'omitted' || fate === 'flaky', 'the fallback fired');
    else if (!this.trouble) assert.equal(outcome.code, 'run_limit', 'deferred on a calm day');
  }
}

test('every row read has exactly one outcome, and it is true, whatever happens', async () => {
  const total = { runs: 0, rows: 0, requests: 0, stopped: 0, fullBatchesProved: 0 };
  await fc.assert(
    fc.asyncProperty(scenario, async (s) => {
      const store = new MemoryStateStore();
      const there = new Map<string, number>();
      const go = async (version: number, trouble: boolean) => {
        const trial = await new Trial(s, version, trouble, store, there).go();
        total.runs++;
        total.rows += trial.pulled;
        total.stopped += Number(trial.stoppedBy !== undefined);
        total.requests += trial.requests.create + trial.requests.update;
        return trial;
      };
      /** Runs until nothing is deferred for want of searching; each run must find at least one more record at fault. */
      const settle = async (version: number): Promise<Trial> => {
        for (;;) {
          const trial = await go(version, false);
          const outcomes = [...trial.seen.values()];
          if (!outcomes.some(({ outcome }) => outcome.status === 'deferred' && outcome.code === 'run_limit'))
            return trial;
          const found = outcomes.some(
            ({ fingerprint, outcome }) => fingerprint !== undefined && outcome.status === 'rejected',
          );
          assert.ok(found, 'a run made no progress');
        }
      };
      const isFine = (f: Fate) => f === 'new' || f === 'there' || f === 'same';

      await go(0, true);
      const calm = await settle(0);
      s.fates.forEach((fate, i) => {
        if (isFine(fate)) assert.equal(there.get(`k${i}`), 0, 'after a calm run the destination is not as the source');
      });
      const again = await go(0, false);
      const restless = s.fates.some((fate) => fate === 'omitted' || fate === 'flaky');
      assert.ok(again.requests.create + again.requests.update === 0 || restless, 'requests though nothing changed');
      for (const [position, { outcome }] of again.seen) {
        if (isFine(s.fates[position]!)) assert.deepEqual(outcome, { status: 'unchanged', id: `id-k${position}` });
      }
      const later = await settle(1);
      s.fates.forEach((fate, i) => {
        if (isFine(fate)) assert.equal(there.get(`k${i}`), s.changed[i % s.changed.length] ? 1 : 0);
      });
      for (const trial of [calm, again, later]) {
        for (const name of ['create', 'update'] as const) total.fullBatchesProved += provesEconomy(trial, name);
      }
    }),
    { numRuns: runs(60, 10_000), endOnFailure: isNightly },
  );
  console.log(total);
});

/** Without constraints, byte limits in reach or refusals, no request is part-filled but the last. */
function provesEconomy({ s, requests, taken, refused, withheld }: Trial, name: 'create' | 'update'): number {
  const { limits, groups, twins } = s[name];
  const bound = limits.maxBytes < 60 * limits.maxRecords || refused[name] > 0 || groups > 1 || twins < s.fates.length;
  if (bound || withheld.size > 0) return 0;
  expect(requests[name]).toBe(Math.ceil(taken[name].size / limits.maxRecords));
  return 1;
}
