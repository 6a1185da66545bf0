import { expect, test } from 'vitest';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { shown } from './scenario.ts';

// Apollo may leave records that it no longer has out of an answer in silence: of a request for nothing but such records it
// then mentions none, as it does of a request that went wrong.

const COUNT = 12;
const WORDS = ['update_stages', 'bulk_update', 'bulk_create'] as const;

async function setUp(quirks: Partial<Quirks>, stream: object) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, quirks });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', updates: 'bulk', ...stream } });
  const rows = (title: string, stage?: string): TestRow[] =>
    Array.from({ length: COUNT }, (_, i) => ({
      id: `${i}`,
      email: `p${i}@c${i}.example`,
      title,
      ...(stage !== undefined && { contact_stage_id: stage }),
    }));
  const deleteAll = () => {
    for (const one of apollo.store.contacts.values()) apollo.store.contacts.change(one, { state: 'deleted' });
  };
  const day = async (today: readonly TestRow[]) => {
    clock.advance(24 * 3_600_000);
    const { counts, calls, codes } = await runs.sync(today);
    return { counts, codes, kinds: WORDS.filter((word) => calls[`POST contacts/${word}`] !== undefined), calls };
  };
  return { apollo, rows, deleteAll, day };
}

sweepOver(['omitted', '422'] as const)(
  'records that were all deleted at Apollo are made once more, when an update leaves them out or refuses them: %s',
  async (absentIds) => {
    const { apollo, rows, deleteAll, day } = await setUp({ absentIds }, {});
    await day(rows('CTO'));
    deleteAll();
    expect((await day(rows('CEO'))).counts).toEqual({ created: COUNT });
    expect(new Set(shown(apollo, 'contacts', ['title']).map(({ title }) => title))).toEqual(new Set(['CEO']));
    expect(shown(apollo, 'contacts', ['id'])).toHaveLength(COUNT);
    expect((await day(rows('CEO'))).calls).toEqual({});
  },
);

test('where a grouped request mentions none of its records, one is asked about alone', async () => {
  const { apollo, rows, deleteAll, day } = await setUp({}, {});
  const [, first, second] = [...apollo.store.contactStages.keys()];
  await day(rows('CTO', first));
  deleteAll();
  expect(await day(rows('CTO', second))).toMatchObject({
    counts: { created: COUNT },
    kinds: ['update_stages', 'bulk_create'],
  });
});

test(
  'an answer that mentions none of many records though they are there is a request that was lost',
  slow,
  async () => {
    const { apollo, rows, day } = await setUp({}, {});
    await day(rows('CTO'));
    const hidden = { kind: 'omit-from-answer', where: { field: 'title', contains: 'CEO' } } as const;
    apollo.addTrouble([{ match: { path: 'contacts/bulk_update', nth: 1, times: 4 }, fault: hidden }]);
    expect((await day(rows('CEO'))).codes).toEqual({ apollo_unavailable: COUNT });
    expect(shown(apollo, 'contacts', ['id'])).toHaveLength(COUNT);
    expect((await day(rows('CEO'))).counts).toEqual({ updated: COUNT });
  },
);

sweepOver(['drop', 'applied-then-drop'] as const)(
  'of an update whose connection was really cut (%s) the next run makes the same kind of call, and writes all of it',
  async (kind) => {
    const { apollo, rows, day } = await setUp({}, {});
    await day(rows('CTO'));
    apollo.addTrouble([{ match: { path: 'contacts/bulk_update' }, fault: { kind } }]);
    expect((await day(rows('CEO'))).counts).toEqual({ deferred: COUNT });
    apollo.clearTrouble();
    expect(await day(rows('CEO'))).toMatchObject({ counts: { updated: COUNT }, kinds: ['bulk_update'] });
    expect(new Set(shown(apollo, 'contacts', ['title']).map(({ title }) => title))).toEqual(new Set(['CEO']));
    expect((await day(rows('CEO'))).calls).toEqual({});
  },
);
