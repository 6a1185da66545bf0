import fc from 'fast-check';
import { expect } from 'vitest';
import { startEmulator } from '../../emulator/server/server.ts';
import { shown } from '../scenarios/scenario.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { isNightly, sweep } from '../support/runs.ts';
import type { Shown } from '../support/shown-records.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

/** What happens to a record whose row is gone, and what it looks like then. */
const policies = [
  { stream: { mode: 'mirror', lists: ['All'] }, gone: { lists: [] } },
  { stream: { on_removed: { set_stage: 'Unresponsive' } }, gone: { stage: 'Unresponsive' } },
  { stream: { on_removed: { set_field: { to: 'title', value: 'Gone' } }, updates: 'bulk' }, gone: { title: 'Gone' } },
  {
    stream: { mode: 'mirror', on_removed: { set_field: { to: 'mobile_phone', value: '+1 202 555 0199' } } },
    gone: { phone: '+1 202 555 0199' },
  },
] as const;

/** A person of so many, under one of two primary keys. */
const row = fc.record({
  who: fc.integer({ min: 0, max: 6 }),
  key: fc.constantFrom('row', 'row', 'row', 'other'),
  title: fc.constantFrom('CTO', 'CEO'),
  stage: fc.constantFrom('New', 'Interested'),
  mobile_phone: fc.constantFrom('+1 202 555 0101', '+1 202 555 0102'),
  list: fc.constantFrom('North', 'South'),
});
const fault = fc.record({
  nth: fc.integer({ min: 1, max: 8 }),
  kind: fc.constantFrom('applied-then-drop', 'drop', 'applied-then-status', 'status', 'truncated'),
});
const day = fc.record({
  rows: fc.uniqueArray(row, { maxLength: 6, selector: ({ who }) => who }),
  faults: fc.array(fault, { maxLength: 2 }),
  maxRecords: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  killedAt: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
});
const world = fc.record({
  policy: fc.constantFrom(...policies),
  days: fc.array(day, { minLength: 2, maxLength: 5 }),
});

const nowhere = {
  who: 0,
  key: 'row',
  title: 'CTO',
  stage: 'New',
  mobile_phone: '+1 202 555 0101',
  list: 'North',
} as const;

type Of<T> = T extends fc.Arbitrary<infer U> ? U : never;

const emailOf = (who: number) => `person${who}@company${who}.example`;
const mapping = ['email', 'title', 'stage', 'mobile_phone', 'lists'].map((name) => ({ to: name, from: name }));

const rowsOf = (rows: readonly Of<typeof row>[]): TestRow[] =>
  rows.map(({ who, key, list, ...row }) => ({ id: `${key} ${who}`, email: emailOf(who), ...row, lists: list }));

/** What Apollo is to hold of everybody who was ever there; lists are added to until a record leaves them. */
class Model {
  readonly #people = new Map<number, Shown>();

  next(rows: readonly Of<typeof row>[], { stream, gone }: (typeof policies)[number]): void {
    const always = 'lists' in stream ? stream.lists : [];
    for (const [who, one] of this.#people)
      if (!rows.some((row) => row.who === who)) this.#people.set(who, { ...one, ...gone });
    for (const { who, title, stage, mobile_phone: phone, list } of rows) {
      const lists = new Set([...((this.#people.get(who)?.['lists'] ?? []) as string[]), ...always, list]);
      this.#people.set(who, { email: emailOf(who), title, stage, phone, lists: [...lists].sort() });
    }
  }

  get shown(): readonly string[] {
    return [...this.#people.values()].map(text).sort();
  }
}

const text = ({ email, title, stage, phone, lists }: Shown): string =>
  JSON.stringify({ email, title, stage, phone, lists });

async function play({ policy, days }: Of<typeof world>): Promise<void> {
  const clock = new EmulatorClock();
  const emulator = await startEmulator({ plan: 'unlimited', clock });
  const stream = { primary_key: 'id', mapping, max_removed_percent: 100, ...policy.stream };
  const runs = new Runs(emulator, { clock, stream, config: { concurrency: 2 } });
  const model = new Model();
  try {
    for (const { rows, faults, killedAt, maxRecords } of days) {
      clock.advance(24 * 3_600_000);
      model.next(rows, policy);
      const source = rowsOf(rows.length > 0 ? rows : [nowhere]);
      const empty = { table: undefined, query: 'select * from rows where false' };
      const today = rows.length > 0 ? {} : { stream: empty };
      emulator.addTrouble(faults.map(({ nth, kind }) => ({ match: { nth }, fault: { kind } })));
      const config = { retries: { max_retries: 0 }, limits: { max_records: maxRecords } };
      // Where nothing came through, a run has nothing to tell but why.
      await runs.sync(source, { ...today, config, ...(killedAt !== undefined && killedState(killedAt)) });
      emulator.clearTrouble();
      const calm = await runs.sync(source, today);
      expect(['succeeded', undefined]).toEqual([calm.status, calm.cause]);
      const held = shown(emulator, 'contacts', ['email', 'title', 'stage', 'phones', 'lists']);
      const phoneOf = ({ phones }: Shown) => (phones as Record<string, string>)['mobile'];
      expect(held.map((one) => text({ ...one, phone: phoneOf(one) })).sort()).toEqual(model.shown);
      expect((await runs.sync(source, today)).calls).toEqual({});
      expect(await runs.identityFaults(emulator, rows.length > 0 ? source : [])).toEqual([]);
    }
  } finally {
    await emulator.close();
  }
}

sweep(
  'rows appear, change, vanish and return, and Apollo ends as the last day says',
  { few: 1, some: 3, many: 200 },
  (numRuns) => fc.assert(fc.asyncProperty(world, play), { numRuns, endOnFailure: isNightly }),
);
