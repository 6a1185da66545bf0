import fc from 'fast-check';
import { expect } from 'vitest';
import { Cancelled } from '../../../../runtime/contract/cancelled.ts';
import type { Settled, SourceRow } from '../../../../runtime/contract/record.ts';
import { noStateStore } from '../../../../runtime/contract/state-store.ts';
import type { Answer, Step, Writer } from '../../../../runtime/contract/writer.ts';
import { deliver } from '../../../../runtime/deliver/pipeline.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { sweep } from '../../../support/runs.ts';

/** What the destination says each time that a row is looked for, the last of it from then on: the id of a record, or that it made one. */
type Found = number | 'created' | 'rejected' | 'deferred';
/** What comes of writing to the record. */
type Taken = 'updated' | 'rejected' | 'deferred';

interface Row {
  readonly found: readonly Found[];
  readonly taken: Taken;
  /** The record whose id it comes with. */
  readonly known?: number | undefined;
}

interface Scenario {
  readonly rows: readonly Row[];
  /** Records that somebody has merged into others. */
  readonly merged: readonly number[];
  readonly sizes: { readonly find: number; readonly write: number; readonly chunk: number };
  readonly inFlight: number;
  readonly ticks: readonly number[];
  /** The request with which the run is stopped. */
  readonly stopAt: number;
}

const seldom = <T>(often: fc.Arbitrary<T>, ...rare: T[]) =>
  fc.oneof({ weight: 8, arbitrary: often }, { weight: 1, arbitrary: fc.constantFrom(...rare) });
const record = fc.nat(4);
const found = seldom<Found>(record, 'created', 'rejected', 'deferred');
const scenarioOf = (lookups: number): fc.Arbitrary<Scenario> =>
  fc.record({
    rows: fc.array(
      fc.record({
        found: fc.array(found, { minLength: 1, maxLength: lookups }),
        taken: seldom<Taken>(fc.constant('updated'), 'rejected', 'deferred'),
        known: fc.option(record, { nil: undefined, freq: 2 }),
      }),
      { maxLength: 24, size: 'max' },
    ),
    merged: fc.uniqueArray(record, { maxLength: 3 }),
    sizes: fc.record({
      find: fc.integer({ min: 1, max: 4 }),
      write: fc.integer({ min: 1, max: 4 }),
      chunk: fc.integer({ min: 1, max: 8 }),
    }),
    inFlight: fc.integer({ min: 1, max: 3 }),
    ticks: fc.array(fc.nat(6), { minLength: 1, maxLength: 9 }),
    stopAt: seldom(fc.constant(Number.POSITIVE_INFINITY), 1, 2, 3, 5, 8, 13),
  });

/** A row comes to the record of one that has been settled, and whose outcome has not been said so far. */
const overtaken: Scenario = {
  rows: [
    { found: [1, 0], taken: 'updated' },
    { found: [0], taken: 'updated' },
    { found: [1, 0], taken: 'updated' },
  ],
  merged: [],
  sizes: { find: 1, write: 1, chunk: 3 },
  inFlight: 3,
  ticks: [0],
  stopAt: Number.POSITIVE_INFINITY,
};

const refused = { status: 'rejected', rejection: { code: 'apollo_rejected', message: 'Refused.' } } as const;
const later = { status: 'deferred', code: 'apollo_unavailable', message: 'Lost.' } as const;

const idOf = (n: number): string => `record ${n}`;

/** The record into which all these are merged. */
const kept = (merged: readonly number[]): number => [0, 1, 2, 3, 4].find((n) => !merged.includes(n))!;

/** A destination that answers as a scenario says, and who wrote to each record, in order. */
class Destination {
  readonly written = new Map<string, number[]>();
  readonly run = new AbortController();
  readonly writer: Writer<string>;
  readonly #scenario: Scenario;
  readonly #asked: number[];
  #requests = 0;

  constructor(scenario: Scenario) {
    const { rows, sizes } = scenario;
    this.#scenario = scenario;
    this.#asked = rows.map(() => 0);
    this.writer = {
      columns: ['key'],
      key: { columns: ['key'], matchKeyOf: ({ key }) => String(key) },
      map: ({ key }) => {
        const { known } = rows[Number(key)]!;
        const plain = { ok: true, primaryKey: String(key), matchKey: String(key), content: '' } as const;
        return known === undefined ? { ...plain, record: 'find' } : { ...plain, record: 'write', id: idOf(known) };
      },
      steps: [
        this.#step('find', sizes.find, (position) => this.#found(position)),
        this.#step('write', sizes.write, (position, id) => this.#taken(position, id!)),
      ],
      memory: { rematch: () => 'find' },
    };
  }

  #step(request: string, maxRecords: number, answer: (position: number, id?: string) => Answer<string>): Step<string> {
    const { inFlight, ticks, stopAt } = this.#scenario;
    return {
      request,
      limits: { maxRecords, maxBytes: 1e6, maxInFlight: inFlight, maxWaiting: 8, maxRefused: 8, maxLost: 100 },
      idempotent: true,
      takes: ({ record }) => record === request,
      send: async (records) => {
        const wait = ticks[this.#requests++ % ticks.length]!;
        if (this.#requests === stopAt) this.run.abort(new Cancelled('SIGTERM'));
        for (let tick = 0; tick < wait; tick++) await new Promise<void>((go) => setImmediate(go));
        return new Map(records.map(({ position, id }) => [position, answer(position, id)]));
      },
    };
  }

  #found(position: number): Answer<string> {
    const all = this.#scenario.rows[position]!.found;
    const said = all[Math.min(this.#asked[position]!++, all.length - 1)]!;
    if (said === 'created') return { status: 'created', id: `made for ${position}` };
    if (said === 'rejected') return refused;
    return said === 'deferred' ? later : { status: 'onward', id: this.#into(idOf(said)), record: 'write' };
  }

  #taken(position: number, id: string): Answer<string> {
    const { taken } = this.#scenario.rows[position]!;
    if (taken === 'rejected') return refused;
    if (taken === 'deferred') return later;
    const at = this.#into(id);
    this.written.set(at, [...(this.written.get(at) ?? []), position]);
    return { status: 'updated', id: at };
  }

  #into(id: string): string {
    const { merged } = this.#scenario;
    return merged.map(idOf).includes(id) ? idOf(kept(merged)) : id;
  }
}

/** One run: how each row has ended. */
async function play(scenario: Scenario) {
  const { rows, sizes } = scenario;
  const { writer, run, written } = new Destination(scenario);
  let read = 0;
  async function* source(): AsyncGenerator<SourceRow[]> {
    const all = rows.map((_, position) => ({ position, row: { key: position } }));
    for (; read < all.length; read += sizes.chunk) yield all.slice(read, read + sizes.chunk);
  }
  const settled: Settled[] = [];
  try {
    for await (const chunk of deliver(source(), writer, { store: noStateStore, run, clock: new ManualClock() })) {
      for (const one of chunk) {
        expect(settled[one.position]?.outcome.status).toBe(one.revises);
        const { outcome } = one;
        settled[one.position] = { ...one, id: 'id' in outcome ? outcome.id : one.id };
      }
    }
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  }
  return { settled, written, read: run.signal.aborted ? read - sizes.chunk : rows.length };
}

async function trial(scenario: Scenario) {
  const { settled, written, read } = await play(scenario);
  // Of a run that is stopped, the rows that it has read last may be left unsaid.
  for (let position = 0; position < read; position++) expect(settled[position]).toBeDefined();
  const having = settled.filter(({ outcome }) => outcome.status !== 'superseded');
  const updated = having.filter(({ outcome }) => outcome.status === 'updated');
  // No record has two rows, and each has the values of its row.
  expect(new Set(updated.map(({ id }) => id)).size).toBe(updated.length);
  for (const { id, position } of updated) {
    // What a row writes by the id of a merged record stands there until the next run.
    if (scenario.merged.length === 0 || id !== idOf(kept(scenario.merged)))
      expect(written.get(id!)!.at(-1)).toBe(position);
  }
  // Who is superseded is so by a row that has come to the record.
  for (const { outcome } of settled) {
    if (outcome.status === 'superseded') expect(having.map(({ id }) => id)).toContain(outcome.sharing);
  }
  return { settled, having };
}

sweep(
  'whatever the destination says of rows that are looked for again, no record has two rows, and no row gives way to none',
  { few: 200, some: 1_000, many: 50_000 },
  (numRuns) =>
    fc.assert(
      fc.asyncProperty(scenarioOf(4), async (scenario) => void (await trial(scenario))),
      { numRuns, examples: [[overtaken]] },
    ),
);

sweep(
  'of the rows that a destination has under one record the last has it',
  { few: 200, some: 1_000, many: 50_000 },
  (numRuns) =>
    fc.assert(
      fc.asyncProperty(scenarioOf(1), async (scenario) => {
        const { settled, having } = await trial(scenario);
        for (const { position, outcome } of settled) {
          if (outcome.status !== 'superseded') continue;
          expect(having.some(({ id, position: by }) => id === outcome.sharing && by > position)).toBe(true);
        }
      }),
      { numRuns },
    ),
);
