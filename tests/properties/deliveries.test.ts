import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { Cancelled } from '../../runtime/contract/cancelled.ts';
import { checkFromEnvironment } from '../contract/openapi.ts';
import { type ObjectName, type World, worldOf } from '../scenarios/world.ts';
import { compare } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { type Delivered, deliverRows } from '../support/run.ts';
import { sweep } from '../support/runs.ts';
import { faultsOf, keysOf, matchKey, type Snapshot, snapshot } from './judge.ts';

const check = checkFromEnvironment();

const MAPPED: Readonly<Record<ObjectName, readonly string[]>> = {
  contacts: [
    'email',
    'first_name',
    'last_name',
    'organization_name',
    'hubspot_id',
    'title',
    'mobile_phone',
    'linkedin_url',
    'contact_stage_id',
    'owner_id',
  ],
  accounts: ['domain', 'name', 'salesforce_id', 'phone', 'raw_address', 'account_stage_id', 'owner_id'],
};

/** One run of a world's rows, with everything asserted that must hold of any run. */
async function trial(world: World, emulator: Emulator, clock: EmulatorClock, run: AbortController): Promise<Delivered> {
  const { object, rows, stream, maxRetries, concurrency } = world;
  const before = snapshot(emulator, object);
  const delivered = await deliverRows({
    apollo: emulator,
    clock,
    run,
    rows,
    stream: { ...stream, object, mapping: MAPPED[object].map((name) => ({ to: name, from: name })) },
    config: { concurrency, retries: { max_retries: maxRetries } },
  });
  const after = snapshot(emulator, object);
  expect(faultsOf(world, delivered.settled, before, after)).toEqual([]);
  expect(unfounded(world, delivered)).toEqual([]);
  expect(emulator.violations).toEqual([]);
  // Every row that was read, and without a stop that is every row, has its outcome.
  if (delivered.cause === undefined)
    expect(delivered.settled.filter((one) => one !== undefined).length).toBe(rows.length);
  expect(missuperseded(world, delivered, [before, after])).toEqual([]);
  return delivered;
}

const has = ({ trouble }: World, ...kinds: string[]) => trouble.some(({ fault }) => kinds.includes(fault.kind));

/** Whether the answer about some account leaves open whose it is, and so counts as none (steps/read.ts). */
const showsNothing = ({ object, holds, rows }: World): boolean =>
  object === 'accounts' && [...holds, ...rows].some(({ name, domain }) => (name ?? domain ?? null) === null);

/** Fallbacks that fired though Apollo had withheld nothing. */
function unfounded(world: World, { outcomes, settled, cause }: Delivered): readonly string[] {
  const omitted = has(world, 'omit', 'omit-from-answer') || world.stream['mode'] === 'update' || showsNothing(world);
  const refused = has(world, 'reject') || world.stream['mode'] === 'update';
  const lost = has(world, 'status', 'applied-then-status', 'drop', 'applied-then-drop', 'truncated', 'empty');
  const mayBe: Readonly<Record<string, boolean>> = {
    'rejected not_acknowledged': omitted,
    'rejected apollo_rejected': refused,
    'rejected record_deleted': refused,
    'deferred run_limit': refused,
    'deferred apollo_unavailable': lost,
    'deferred quota_exhausted': lost,
    'deferred run_stopped': cause !== undefined,
  };
  const forgotten = settled.filter((one) => one?.status === 'deferred' && one.message.startsWith('No step gave'));
  return [
    ...outcomes.filter((outcome) => mayBe[outcome] === false),
    ...forgotten.map(() => 'a record that no step answered for'),
  ];
}

/** Rows that are superseded although no later one has their key or their record, or that are not although one has their key. */
function missuperseded(world: World, { outcomes, settled }: Delivered, held: readonly Snapshot[]): readonly string[] {
  const keys = world.rows.map((row) => matchKey(world, row));
  const all = world.rows.map((row) => keysOf(world.object, row));
  /** Whether a later row is of the same record, which its name or a further address tells, even if it was not written. */
  const isOfLater = (i: number): boolean =>
    settled.some((one, j) => {
      if (j > i && all[j]!.some((key) => all[i]!.includes(key))) return true;
      if (j <= i || one === undefined) return false;
      // An outcome of a row that is deferred does not tell to which record it has come: one that has a key of it.
      const isOf = (id: string, has: readonly string[]) =>
        one.status === 'deferred' ? has.some((key) => all[j]!.includes(key)) : 'id' in one && one.id === id;
      return held.some((records) =>
        [...records].some(([id, record]) => {
          const has = keysOf(world.object, record);
          return has.includes(keys[i]!) && isOf(id, has);
        }),
      );
    });
  return outcomes.flatMap((outcome, i) => {
    const later = keys[i] !== undefined && keys.lastIndexOf(keys[i]!) > i;
    const isRight = outcome === 'superseded' ? later || isOfLater(i) : !later;
    return outcome === 'none' || isRight ? [] : [`row ${i} is ${outcome}`];
  });
}

async function play(world: World): Promise<void> {
  const clock = new EmulatorClock();
  const run = new AbortController();
  let requests = 0;
  const emulator = await startEmulator({
    clock,
    plan: 'unlimited',
    quirks: world.quirks,
    trouble: world.trouble,
    data: { [world.object]: world.holds },
    onRequest: () => {
      if (++requests === world.stopAt) run.abort(new Cancelled('SIGTERM'));
    },
  });
  const departures: string[] = [];
  const puts = { expected: (departure: string) => world.quirks.updateVerb !== 'patch' && departure.startsWith('PUT ') };
  const stop = check === undefined ? () => {} : compare(emulator, check, puts, departures);
  try {
    await trial(world, emulator, clock, run);
    // A calm run catches up: nothing is left to be deferred, and nothing is made twice.
    emulator.clearTrouble();
    clock.advance(86_400_000);
    const calm = { ...world, trouble: [], stopAt: Number.POSITIVE_INFINITY };
    const second = await trial(calm, emulator, clock, new AbortController());
    expect(second.outcomes.filter((outcome) => outcome.startsWith('deferred'))).toEqual([]);
    expect(second.cause).toBeUndefined();
    expect(departures).toEqual([]);
  } finally {
    stop();
    await emulator.close();
  }
}

for (const object of ['contacts', 'accounts'] as const) {
  sweep(
    `whatever the rows, the Apollo and the trouble: ${object} are neither lost, doubled nor overwritten, and every row has one true outcome`,
    { few: 12, some: 80, many: 2_500 },
    (numRuns) => fc.assert(fc.asyncProperty(worldOf(object), play), { numRuns, endOnFailure: false }),
  );
}

test('the judge sees what is wrong', () => {
  const row = { email: 'a@b.example', first_name: 'A', title: 'x', apollo_id: '1' };
  const world = { object: 'contacts', rows: [row], stream: { mode: 'upsert', lists: [] } } as unknown as World;
  const record = { id: '1', state: 'live', emails: [], lists: [], email: 'a@b.example', first_name: 'A', title: 'x' };
  const judged = (status: 'created' | 'updated', before: object[], after: object[]) => {
    const byId = (records: object[]): Snapshot =>
      new Map(records.map((one) => [(one as { id: string }).id, one as never]));
    return faultsOf(world, [{ status, id: '1' }], byId(before), byId(after));
  };
  expect(judged('created', [], [record])).toEqual([]);
  expect(judged('updated', [{ ...record, title: 'y' }], [record])).toEqual([]);
  expect(judged('created', [record], [record])).toEqual(['row 0 is created, but its record was there before']);
  expect(judged('created', [], [{ ...record, title: 'z' }])).toEqual([
    'row 0 is created, but title of 1 is z, not x',
    'title of 1 is z (was new), from no row that names it',
  ]);
  expect(judged('created', [], [record, { ...record, id: '2' }])).toEqual(['2 records for email:a@b.example']);
  expect(judged('updated', [record, { ...record, id: '2', email: 'c@d.example' }], [record])).toEqual([
    'record 2 is lost',
  ]);
  const other = { ...record, email: 'c@d.example', first_name: 'C' };
  expect(judged('updated', [other], [{ ...other, title: 'x' }])).toEqual([
    expect.stringMatching(/^row 0 is updated, but its record 1 is somebody else's/),
  ]);
  expect(judged('updated', [{ ...other, title: 'w' }], [{ ...other, title: 'x' }])).toEqual([
    expect.stringMatching(/somebody else's/),
    'title of 1 is x (was w), from no row that names it',
  ]);
  expect(keysOf('contacts', record)).toEqual(['email:a@b.example']);
});
