import fc from 'fast-check';
import { expect } from 'vitest';
import { startEmulator } from '../../emulator/server/server.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { isNightly, sweep } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const streams = [
  { object: 'contacts', mode: 'upsert' },
  { object: 'contacts', mode: 'upsert', updates: 'bulk' },
  { object: 'contacts', mode: 'upsert', on_existing: 'fill_blanks' },
  { object: 'contacts', mode: 'upsert', on_existing: 'skip' },
  { object: 'contacts', mode: 'insert' },
  { object: 'contacts', mode: 'mirror', lists: ['All'] },
  { object: 'accounts', mode: 'upsert' },
] as const;

/** A row of few: which primary key, which match key, in which order they come. */
const row = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  who: fc.constantFrom('ann', 'bo', 'cy', 'dee', 'eve'),
  title: fc.constantFrom('CTO', 'CEO'),
});
const world = fc.record({
  stream: fc.constantFrom(...streams),
  known: fc.uniqueArray(fc.constantFrom('ann', 'bo', 'cy'), { maxLength: 2 }),
  further: fc.option(fc.constantFrom('dee', 'eve'), { nil: undefined }),
  days: fc.array(fc.uniqueArray(row, { minLength: 1, maxLength: 5, selector: ({ id }) => id }), {
    minLength: 2,
    maxLength: 4,
  }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const emailOf = (who: string): string => `${who}@${who}.example`;

function rowOf({ object }: World['stream'], { id, who, title }: World['days'][number][number]): TestRow {
  return object === 'accounts'
    ? { id: `${id}`, domain: `${who}.example`, name: `${who} ${id}`, raw_address: title }
    : { id: `${id}`, email: emailOf(who), title, last_name: `of ${id}` };
}

/** Everybody who is there before; the first of them has a further address. */
function heldBy({ stream: { object }, known, further }: World) {
  if (object === 'accounts')
    return { accounts: known.map((who) => ({ domain: `${who}.example`, name: `Old ${who}` })) };
  const more = further === undefined ? [] : [{ email: emailOf(further), position: 0 }];
  return {
    contacts: known.map((who, i) => ({
      email: emailOf(who),
      created_at: '2020-01-01T00:00:00Z',
      ...(i === 0 && { contact_emails: more }),
    })),
  };
}

async function play(world: World): Promise<void> {
  const clock = new EmulatorClock();
  const emulator = await startEmulator({ plan: 'unlimited', clock, data: heldBy(world) });
  const { object } = world.stream;
  const fields = object === 'accounts' ? ['domain', 'name', 'raw_address'] : ['email', 'title', 'last_name'];
  const mapping = fields.map((name) => ({ to: name, from: name }));
  const stream = { primary_key: 'id', mapping, max_removed_percent: 100, ...world.stream };
  const runs = new Runs(emulator, { clock, stream });
  try {
    for (const day of world.days) {
      clock.advance(24 * 3_600_000);
      const rows = day.map((one) => rowOf(world.stream, one));
      const ended = await runs.sync(rows);
      expect(ended.cause).toBeUndefined();
      expect(Object.values(ended.counts).reduce((sum, count) => sum + count, 0)).toBe(rows.length);
      expect(await runs.identityFaults(emulator, rows)).toEqual([]);
      const again = await runs.sync(rows);
      // A row whose new address another record had until a row of this run gave it up was rejected, to be tried again.
      if (ended.counts['rejected'] === undefined) expect(again.calls).toEqual({});
      expect(await runs.identityFaults(emulator, rows)).toEqual([]);
    }
  } finally {
    await emulator.close();
  }
}

sweep(
  'however rows change their match keys, no two have one record, and each has what it says',
  { few: 1, some: 5, many: 2_000 },
  (numRuns) => fc.assert(fc.asyncProperty(world, play), { numRuns, endOnFailure: isNightly }),
);
