import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { writeRows } from '../properties/history-write.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { shown } from './scenario.ts';

type ObjectName = 'contacts' | 'accounts';

const key = (object: ObjectName, who: string): string =>
  object === 'contacts' ? `${who}@${who}.example` : `${who}.example`;

/** The row of a person, or of a company, under whoever's match key. */
const row = (object: ObjectName, id: string, who: string, as: string, n = 1): TestRow =>
  object === 'contacts'
    ? {
        id,
        email: key(object, as),
        first_name: who,
        last_name: `${who}son`,
        title: `${who} ${n}`,
        mobile_phone: phone(n),
      }
    : { id, domain: key(object, as), name: who, raw_address: `${who} ${n}`, phone: phone(n) };

const phone = (n: number): string => `+1 202 555 010${n}`;

/** Who has which match key, and whose values under it. */
function held(apollo: Emulator, object: ObjectName): readonly string[] {
  const [name, match, mark] =
    object === 'contacts' ? ['first_name', 'email', 'title'] : ['name', 'domain', 'raw_address'];
  return shown(apollo, object, [name!, match!, mark!]).map((one) => Object.values(one).join(', '));
}

/** Somebody gives a record another match key at Apollo. */
function changeByHand({ store }: Emulator, object: ObjectName, who: string): void {
  const all = object === 'contacts' ? store.contacts : store.accounts;
  const match = object === 'contacts' ? 'email' : 'domain';
  const one = [...all.values()].find((record) => (record as unknown as TestRow)[match] === key(object, who));
  (all as typeof store.contacts).change(one as never, { [match]: key(object, 'hand') });
}

async function setUp(object: ObjectName, stream: Readonly<Record<string, unknown>> = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock });
  const runs = new Runs(apollo, { clock, stream: { object, primary_key: 'id', ...stream } });
  const sync = async (rows: readonly TestRow[], more: Parameters<Runs['sync']>[1] = {}) => {
    clock.advance(24 * 3_600_000);
    return runs.sync(rows, more);
  };
  return { clock, apollo, runs, sync };
}

type Stream = Readonly<Record<string, unknown>>;

/** Streams, and whether they leave existing records as they are. */
const ways: readonly (readonly [ObjectName, Stream, 'written' | 'left'])[] = [
  ['contacts', { updates: 'individual' }, 'written'],
  ['contacts', { updates: 'bulk' }, 'written'],
  ['contacts', { on_existing: 'skip' }, 'left'],
  ['contacts', { mode: 'insert' }, 'left'],
  ['accounts', { updates: 'individual' }, 'written'],
  ['accounts', { updates: 'bulk' }, 'written'],
  ['accounts', { on_existing: 'fill_blanks' }, 'left'],
];

describe('a row that comes to the record of another row, which has another match key at Apollo by now', () => {
  sweepOver(ways, 2)('is not written to it: %s, %o', async (object, stream, existing) => {
    const { apollo, sync } = await setUp(object, stream);
    await sync([row(object, '1', 'ann', 'ann'), row(object, '2', 'bo', 'bo')]);
    changeByHand(apollo, object, 'ann');
    const swapped = [row(object, '1', 'ann', 'bo', 2), row(object, '2', 'cy', 'ann', 2)];
    await sync(swapped);
    const hand = `ann, ${key(object, 'hand')}, ann 1`;
    expect(held(apollo, object)).toEqual(
      // Where nothing would be written, nothing is looked for.
      existing === 'left'
        ? [hand, `bo, ${key(object, 'bo')}, bo 1`]
        : [hand, `ann, ${key(object, 'bo')}, ann 2`, `cy, ${key(object, 'ann')}, cy 2`],
    );
    expect((await sync(swapped)).calls).toEqual({});
  });

  sweepOver(['contacts', 'accounts'] as const)('is looked for where blanks are filled in: %s', async (object) => {
    const { apollo, sync } = await setUp(object, { on_existing: 'fill_blanks', nulls: 'ignore' });
    const bare = ({ title: _, raw_address: __, ...rest }: TestRow): TestRow => ({
      ...rest,
      title: null,
      raw_address: null,
    });
    await sync([bare(row(object, '1', 'ann', 'ann')), bare(row(object, '2', 'bo', 'bo'))]);
    changeByHand(apollo, object, 'ann');
    await sync([row(object, '1', 'ann', 'bo', 2), row(object, '2', 'cy', 'ann', 2)]);
    expect(held(apollo, object)).toEqual([
      `ann, ${key(object, 'hand')}, `,
      `bo, ${key(object, 'bo')}, ann 2`,
      `cy, ${key(object, 'ann')}, cy 2`,
    ]);
  });

  test.each(['contacts'] as const)('with --full too: %s', async (object) => {
    const { apollo, sync } = await setUp(object);
    await sync([row(object, '1', 'ann', 'ann'), row(object, '2', 'bo', 'bo')]);
    changeByHand(apollo, object, 'ann');
    await sync([row(object, '1', 'ann', 'bo', 2), row(object, '2', 'cy', 'ann', 2)], { full: true });
    expect(held(apollo, object)).toEqual([
      `ann, ${key(object, 'hand')}, ann 1`,
      `ann, ${key(object, 'bo')}, ann 2`,
      `cy, ${key(object, 'ann')}, cy 2`,
    ]);
  });

  sweepOver(['contacts', 'accounts'] as const)('as a new row with the key of one that is gone: %s', async (object) => {
    const { apollo, sync } = await setUp(object);
    await sync([row(object, '1', 'ann', 'ann'), row(object, '2', 'bo', 'bo')]);
    changeByHand(apollo, object, 'ann');
    await sync([row(object, '2', 'bo', 'bo'), row(object, '3', 'cy', 'ann', 2)]);
    expect(held(apollo, object)).toEqual([
      `ann, ${key(object, 'hand')}, ann 1`,
      `bo, ${key(object, 'bo')}, bo 1`,
      `cy, ${key(object, 'ann')}, cy 2`,
    ]);
  });

  sweepOver(['contacts', 'accounts'] as const)(
    'is not sent where it says what is known of the record, and is looked for as soon as it says more: %s',
    async (object) => {
      const { apollo, sync } = await setUp(object);
      await sync([row(object, '1', 'ann', 'ann'), row(object, '2', 'bo', 'bo')]);
      changeByHand(apollo, object, 'ann');
      // Primary keys that name other rows than before.
      const shifted = (n: number) => [row(object, '1', 'bo', 'bo'), row(object, '2', 'ann', 'ann', n)];
      expect((await sync(shifted(1))).calls).toEqual({});
      await sync(shifted(2));
      expect(held(apollo, object)).toContain(`ann, ${key(object, 'hand')}, ann 1`);
      expect((await sync(shifted(2))).calls).toEqual({});
    },
  );

  sweepOver([0, 1, 3])('after a run that was killed when it had moved: after %i commits', async (commits) => {
    const { apollo, sync } = await setUp('contacts');
    await sync([row('contacts', '1', 'ann', 'ann'), row('contacts', '2', 'bo', 'bo')]);
    changeByHand(apollo, 'contacts', 'ann');
    const swapped = [row('contacts', '1', 'ann', 'bo', 2), row('contacts', '2', 'cy', 'ann', 2)];
    await sync(swapped, killedState(commits));
    await sync(swapped);
    expect(held(apollo, 'contacts')).toEqual([
      'ann, hand@hand.example, ann 1',
      'ann, bo@bo.example, ann 2',
      'cy, ann@ann.example, cy 2',
    ]);
  });

  sweepOver(['contacts', 'accounts'] as const)('as rows that are sent by Airbyte: %s', async (object) => {
    const { apollo, runs, clock } = await setUp(object);
    const { streams: _, source: __, ...json } = runs.json();
    const stream = { name: 'rows', object, primary_key: 'id' };
    const write = async (runId: string, rows: readonly TestRow[]) => {
      clock.advance(24 * 3_600_000);
      const run = new AbortController();
      await writeRows(rows, { json: { ...json, streams: [stream] }, clock, run, runId, folder: runs.folder });
    };
    await write('one', [row(object, '1', 'ann', 'ann'), row(object, '2', 'bo', 'bo')]);
    changeByHand(apollo, object, 'ann');
    await write('two', [row(object, '1', 'ann', 'bo', 2), row(object, '2', 'cy', 'ann', 2)]);
    expect(held(apollo, object)).toEqual([
      `ann, ${key(object, 'hand')}, ann 1`,
      `ann, ${key(object, 'bo')}, ann 2`,
      `cy, ${key(object, 'ann')}, cy 2`,
    ]);
  });
});

describe('a row that comes to the record of another row, which still has the match key', () => {
  sweepOver(['bulk', 'individual'] as const)(
    'is looked for with all others in one request, and written in what differs: %s',
    async (updates) => {
      const { apollo, sync, runs } = await setUp('contacts', { updates, max_rekeyed_percent: 100 });
      const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
      const rows = (shift: number, n: number) =>
        names.map((who, i) => ({ ...row('contacts', `${(i + shift) % 30}`, who, who), title: `${who} ${n}` }));
      await sync(rows(0, 1));
      expect((await sync(rows(1, 1))).calls).toEqual({});
      const { calls, counts } = await sync(rows(2, 2));
      expect(counts).toEqual({ updated: 30 });
      expect(calls).toEqual({
        'POST contacts/bulk_create': 1,
        ...(updates === 'bulk' ? { 'POST contacts/bulk_update': 1 } : { 'PATCH contacts/{id}': 30 }),
      });
      expect(held(apollo, 'contacts')).toEqual(names.map((who) => `${who}, ${who}@${who}.example, ${who} 2`));
      // Apollo has shown the key of each: from now on they are written as any others.
      const again = await sync(rows(2, 3));
      expect(again.calls).not.toHaveProperty('POST contacts/bulk_create');
      expect(await runs.query('select count(*) as moved from records where moved')).toEqual([{ moved: '0' }]);
    },
  );

  test('goes on with what a run that was cut off has left of it, where existing records are skipped', async () => {
    const { apollo, sync } = await setUp('contacts', { on_existing: 'skip', lists: [] });
    const title = { ...row('contacts', '1', 'ann', 'ann') };
    const down = { match: { path: 'contacts/update', nth: 1 }, fault: { kind: 'status', status: 500 } } as const;
    apollo.setQuirks({ untaken: ['contacts/bulk_create title'] });
    apollo.addTrouble([down]);
    await sync([title], { config: { retries: { max_retries: 0 } } });
    expect(held(apollo, 'contacts')).toEqual(['ann, ann@ann.example, ']);
    apollo.setQuirks({});
    apollo.clearTrouble();
    await sync([{ ...title, id: '2' }]);
    expect(held(apollo, 'contacts')).toEqual(['ann, ann@ann.example, ann 1']);
  });
});
