import fc from 'fast-check';
import { expect } from 'vitest';
import { startEmulator } from '../../emulator/server/server.ts';
import { shown } from '../scenarios/scenario.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { isNightly, sweep } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const modes = [
  { mode: 'upsert' },
  { mode: 'upsert', updates: 'bulk' },
  { mode: 'upsert', nulls: 'clear' },
  { mode: 'upsert', on_existing: 'skip' },
  { mode: 'upsert', on_existing: 'fill_blanks' },
  { mode: 'insert' },
] as const;

/** A person of so many; what is not there is null. */
const row = fc.record({
  who: fc.integer({ min: 0, max: 11 }),
  title: fc.constantFrom('CTO', 'CEO', null),
  mobile_phone: fc.constantFrom('+1 202 555 0101', '+1 202 555 0102', null),
  list: fc.constantFrom('North', 'South', null),
  stage: fc.constantFrom('Replied', 'Interested', null),
  owner: fc.constantFrom('bruno.lindqvist@emulator.example', 'chidi.okafor@emulator.example', null),
  bad: fc.integer({ min: 0, max: 20 }),
});
const faults = ['applied-then-drop', 'drop', 'applied-then-status', 'status', 'truncated'] as const;
const fault = fc.record({ nth: fc.integer({ min: 1, max: 12 }), kind: fc.constantFrom(...faults) });
/** A day: its rows, what goes wrong, and after how many commits the run is killed. */
const day = fc.record({
  rows: fc.uniqueArray(row, { minLength: 1, maxLength: 10, selector: ({ who }) => who }),
  faults: fc.array(fault, { maxLength: 2 }),
  maxRetries: fc.integer({ min: 0, max: 1 }),
  killedAt: fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined }),
});
const world = fc.record({
  stream: fc.constantFrom(...modes),
  known: fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 5 }),
  days: fc.array(day, { minLength: 1, maxLength: 3 }),
});

const emailOf = (who: number) => `person${who}@company${who}.example`;

const rowsOf = (rows: readonly (typeof row extends fc.Arbitrary<infer T> ? T : never)[]): TestRow[] =>
  rows.map(({ who, title, mobile_phone, list, stage, owner, bad }) => ({
    id: `row ${who}`,
    email: bad === 0 ? 'nonsense' : emailOf(who),
    last_name: `Last${who}`,
    title,
    mobile_phone,
    lists: list,
    contact_stage_id: stage,
    owner_id: owner,
  }));

const mapping = ['email', 'last_name', 'title', 'mobile_phone', 'lists', 'contact_stage_id', 'owner_id'].map(
  (name) => ({
    to: name,
    from: name,
  }),
);

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Plays the days of a world, with all that goes wrong in them or with nothing, and says what is there at the end of each. */
async function play({ stream, known, days }: World, isTroubled: boolean): Promise<readonly unknown[]> {
  const clock = new EmulatorClock();
  const contacts = known.map((who) => ({ email: emailOf(who), title: 'Old', created_at: '2020-01-01T00:00:00Z' }));
  const emulator = await startEmulator({ plan: 'unlimited', clock, data: { contacts } });
  const runs = new Runs(emulator, {
    clock,
    stream: { primary_key: 'id', mapping, ...stream },
    config: { concurrency: 2 },
  });
  const remains: unknown[] = [];
  try {
    for (const { rows, faults, maxRetries, killedAt } of days) {
      clock.advance(24 * 3_600_000);
      if (isTroubled) {
        emulator.addTrouble(faults.map(({ nth, kind }) => ({ match: { nth }, fault: { kind } })));
        const config = { retries: { max_retries: maxRetries } };
        await runs.sync(rowsOf(rows), { config, ...(killedAt !== undefined && killedState(killedAt)) });
        emulator.clearTrouble();
      }
      // After whatever has happened, one calm run catches up.
      const calm = await runs.sync(rowsOf(rows));
      const status = rows.every(({ bad }) => bad === 0) ? 'rejected' : 'succeeded';
      expect([calm.status, calm.cause]).toEqual([status, undefined]);
      expect((await runs.sync(rowsOf(rows))).calls).toEqual({});
      expect(await runs.identityFaults(emulator, rowsOf(rows))).toEqual([]);
      remains.push(await remainsOf(emulator, runs));
    }
    return remains;
  } finally {
    await emulator.close();
  }
}

async function remainsOf(emulator: Awaited<ReturnType<typeof startEmulator>>, runs: Runs): Promise<unknown> {
  const emails = new Map([...emulator.store.contacts.values()].map(({ id, email }) => [id, email]));
  const stored = await runs.query(
    `select primary_key, destination_id, match_key, row_hash, fingerprint, mapping_version, code,
       case when outcome in ('unchanged', 'updated') then 'held' else outcome end as outcome,
       (select count(*)::int from journal) as journal
     from records order by primary_key`,
  );
  return {
    held: shown(emulator, 'contacts', ['email', 'title', 'phones', 'lists', 'stage', 'owner'])
      .map((one) => JSON.stringify(one))
      .sort(),
    stored: stored.map((one) => ({ ...one, destination_id: emails.get(String(one['destination_id'])) })),
  };
}

sweep(
  'whatever goes wrong, and wherever runs are killed, a calm run ends where undisturbed ones would have',
  { few: 1, some: 4, many: 200 },
  (numRuns) =>
    fc.assert(
      fc.asyncProperty(world, async (world) => {
        expect(await play(world, true)).toEqual(await play(world, false));
      }),
      { numRuns, endOnFailure: isNightly },
    ),
);
