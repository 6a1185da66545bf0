import { describe, expect } from 'vitest';
import { ODD_FORMS, type OddForm } from '../../emulator/server/odd-forms.ts';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { Failure } from '../../runtime/contract/failure.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { identityFaults, type JudgedStream } from '../support/one-record-a-row.ts';
import { deliverRows, outcomeText } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import type { TestRow } from '../support/warehouse.ts';
import { owners, stages } from './world.ts';

type ObjectName = 'contacts' | 'accounts';

const rowsOf = (object: ObjectName): TestRow[] =>
  Array.from({ length: 5 }, (_, i) => ({
    ...(object === 'contacts'
      ? { email: `p${i}@c${i}.example`, first_name: `F${i}`, last_name: `P${i}`, title: `T of P${i}` }
      : { domain: `c${i}.example`, name: `P${i}`, raw_address: `T of P${i}` }),
    stage: stages[object][i % 2]!,
    owner: owners[i % 2]!,
  }));

/** Two of the rows' records, and one that is of no row. */
const heldOf = (object: ObjectName) =>
  object === 'contacts'
    ? [0, 1, 9].map((i) => ({
        email: `p${i}@c${i}.example`,
        first_name: `F${i}`,
        last_name: `P${i}`,
        title: `old P${i}`,
      }))
    : [0, 1, 9].map((i) => ({ domain: `c${i}.example`, name: `P${i}`, raw_address: `old P${i}` }));

/** A stream that comes to call an endpoint. */
const streams: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  bulk_create: {},
  update: {},
  show: { on_existing: 'fill_blanks' },
  bulk_update: { updates: 'bulk' },
  update_stages: { updates: 'bulk' },
  update_owners: { updates: 'bulk' },
  add_entity_ids_to_label_names: { lists: ['Synced'], updates: 'bulk' },
  index: { lists: ['Synced'] },
  search: {},
};

const paths = [
  ...['contacts', 'accounts'].flatMap((object) =>
    ['bulk_create', 'update', 'show', 'bulk_update', 'update_owners'].map((action) => [object, `${object}/${action}`]),
  ),
  ['contacts', 'contacts/update_stages'],
  ['contacts', 'labels/add_entity_ids_to_label_names'],
  ['accounts', 'labels/add_entity_ids_to_label_names'],
  ['contacts', 'contact_stages/index'],
  ['accounts', 'account_stages/index'],
  ['contacts', 'users/search'],
] as [ObjectName, string][];

/** Whose values each record holds that somebody has written or made. */
const mixed = (emulator: Emulator, object: ObjectName): readonly string[] =>
  [...emulator.store[object].values()].flatMap((record) => {
    const one = record as unknown as Readonly<Record<string, string | null>>;
    const key = /c(\d)\.example/.exec(String(one['email'] ?? one['domain']))?.[1];
    const values = [one['last_name'] ?? one['name'], one['title'] ?? one['raw_address']];
    const whose = values.flatMap((value) => /P(\d)$/.exec(value ?? '')?.[1] ?? []);
    return key === undefined || whose.some((who) => who !== key) ? [`${one['id']} of ${key} holds ${whose}`] : [];
  });

async function trial(
  object: ObjectName,
  path: string,
  form: OddForm,
  { times, more = {} }: { readonly times: number; readonly more?: Readonly<Record<string, unknown>> },
): Promise<void> {
  const clock = new EmulatorClock();
  const trouble = [{ match: { path, nth: 1, times }, fault: { kind: 'odd-form', form } as const }];
  const emulator = await startEmulator({ clock, plan: 'unlimited', trouble, data: { [object]: heldOf(object) } });
  const stream = { object, ...streams[path.split('/')[1]!], ...more };
  const rows = rowsOf(object);
  try {
    const once = async () => {
      const { settled, cause } = await deliverRows({ apollo: emulator, clock, rows, stream });
      const told = settled.map((outcome, i) => ({
        primaryKey: `row ${i}`,
        row: rows[i]!,
        outcome: outcome.status,
        id: 'id' in outcome ? outcome.id : undefined,
      }));
      // What was sent to accounts with a stale answer may be rejected; what counts as written must be there.
      expect(identityFaults(emulator, stream as unknown as JudgedStream, told)).toEqual([]);
      expect(mixed(emulator, object)).toEqual([]);
      expect(emulator.store[object].size).toBeLessThanOrEqual(6);
      expect(cause === undefined || cause instanceof Failure ? undefined : cause).toBeUndefined();
      return { outcomes: Array.from(settled, outcomeText), cause };
    };
    await once();
    emulator.clearTrouble();
    clock.advance(86_400_000);
    const calm = await once();
    expect([calm.cause, calm.outcomes.filter((one) => /deferred|rejected|none/.test(one))]).toEqual([undefined, []]);
    expect(emulator.store[object].size).toBe(6);
    expect(emulator.violations).toEqual([]);
  } finally {
    await emulator.close();
  }
}

const all = paths.flatMap(([object, path]) => ODD_FORMS.map((form) => [object, path, form] as const));
const isQuick = (index: number): boolean => index % 37 === 0;
const cases = [...all.filter((_, i) => isQuick(i)), ...all.filter((_, i) => !isQuick(i))];
const quick = all.filter((_, i) => isQuick(i)).length;

describe('an answer in a form that is not documented loses no row, doubles none and writes none to another record', () => {
  sweepOver(cases, quick)('once: %s, %s %s', (object, path, form) => trial(object, path, form, { times: 1 }));
  sweepOver(cases, quick)('as long as it lasts: %s, %s %s', (object, path, form) =>
    trial(object, path, form, { times: 1_000 }),
  );
  const more = { on_match_conflict: 'create' };
  sweepOver(ODD_FORMS)('where accounts of one name are made: %s', async (form) => {
    for (const times of [1, 2, 3, 1_000]) await trial('accounts', 'accounts/bulk_create', form, { times, more });
    await trial('accounts', 'accounts/show', form, { times: 1_000, more: { ...more, ...streams['show'] } });
  });
});
