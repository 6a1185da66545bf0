import fc from 'fast-check';
import { expect } from 'vitest';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { sweep } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';

const people = 4;
const titles = fc.constantFrom('CTO', 'CEO', 'CFO');
const who = fc.nat({ max: people - 1 });

const step = fc.oneof(
  fc.record({ type: fc.constant('row' as const), who, title: titles }),
  fc.record({ type: fc.constant('edit' as const), who, title: titles }),
  fc.record({ type: fc.constant('wait' as const), minutes: fc.constantFrom(1, 20, 90) }),
  fc.record({ type: fc.constant('inventory' as const) }),
  fc.record({ type: fc.constant('sync' as const), full: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const story = fc.record({
  lagMs: fc.constantFrom(0, 10 * 60_000, 3_600_000),
  steps: fc.array(step, { minLength: 4, maxLength: 10 }),
});

/** Rows change, people edit, the index lags; whatever an inventory has shown, what a run has written stays until somebody edits it. */
async function play({ lagMs, steps }: { readonly lagMs: number; readonly steps: readonly Step[] }): Promise<void> {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const runs = new Runs(emulator, { clock, stream: { updates: 'bulk', drift: 'repair', primary_key: 'key' } });
  const rows = Array.from({ length: people }, (_, n) => ({
    key: `row ${n}`,
    email: `p${n}@acme.example`,
    title: 'CTO',
  }));
  const recordOf = (n: number) => emulator.store.contacts.byEmail(`p${n}@acme.example`)[0]!;
  await runs.sync(rows);
  emulator.setQuirks({ searchLagMs: lagMs });
  clock.advance(60_000);
  /** Whom somebody has edited since a run has last been through. */
  const edited = new Set<number>();
  const judge = (): void => {
    for (const [n, { title }] of rows.entries()) if (!edited.has(n)) expect([n, recordOf(n).title]).toEqual([n, title]);
  };
  for (const one of [...steps, { type: 'sync', full: false } as const]) {
    if (one.type === 'row') rows[one.who] = { ...rows[one.who]!, title: one.title };
    if (one.type === 'edit') {
      emulator.edit({ contacts: [{ id: recordOf(one.who).id, title: one.title }] });
      edited.add(one.who);
    }
    if (one.type === 'wait') clock.advance(one.minutes * 60_000);
    if (one.type === 'inventory') await runs.inventory();
    if (one.type === 'sync') {
      await runs.sync(rows, { full: one.full });
      judge();
    }
    clock.advance(1000);
  }
  // Once the index has caught up, an inventory shows every edit, and a run heals it.
  clock.advance(lagMs + 60_000);
  await runs.inventory();
  await runs.sync(rows);
  edited.clear();
  judge();
  await closeEmulators();
}

sweep(
  'an index that lags never loses a write and undoes none, and shows every edit in the end',
  { few: 1, some: 20, many: 500 },
  (numRuns) => fc.assert(fc.asyncProperty(story, play), { numRuns }),
);
