import { describe, expect } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { identityFaults, type JudgedStream } from '../support/one-record-a-row.ts';
import { deliverRows, outcomeText } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import { type ObjectName, shownRecords } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf } from './scenario.ts';

const row = (object: ObjectName, i: number): TestRow =>
  object === 'contacts'
    ? { email: `p${i}@c${i}.example`, first_name: `F${i}`, last_name: `P${i}`, title: `T${i}` }
    : { domain: `c${i}.example`, name: `P${i}`, phone: `+1 202 555 010${i}` };

/** A record as Apollo has it, or claims to have it. */
const record = (object: ObjectName, i: number, more: object = {}) => ({
  ...row(object, i),
  ...(object === 'contacts' ? { title: 'old' } : { phone: '+1 202 555 0199' }),
  id: idOf(i + 1),
  ...more,
});

interface Wrong {
  readonly name: string;
  /** How many rows there are; the first one is in question. */
  readonly rows: number;
  readonly action: string;
  /** The record of the first row is there, beside the other one. */
  readonly isKnown?: boolean;
  readonly stream?: object;
  readonly body: (object: ObjectName, one: 'contact' | 'account') => object;
}

const created = (object: ObjectName, some: readonly unknown[], found: readonly unknown[] = []) => ({
  [`created_${object}`]: some,
  [`existing_${object}`]: found,
});
const other = 9;

const wrongs: readonly Wrong[] = [
  {
    name: 'created: the record of another one',
    rows: 1,
    action: 'bulk_create',
    body: (object) => created(object, [record(object, other)]),
  },
  {
    name: 'created: the record of another one, by its id alone',
    rows: 1,
    action: 'bulk_create',
    body: (object) => created(object, [{ id: record(object, other).id }]),
  },
  {
    name: 'created: the record of another one in the place of one of two',
    rows: 2,
    action: 'bulk_create',
    body: (object) => created(object, [record(object, other), row(object, 1)]),
  },
  {
    name: 'created: ids alone',
    rows: 2,
    action: 'bulk_create',
    body: (object) => created(object, [{ id: idOf(other + 1) }, { id: idOf(other + 2) }]),
  },
  {
    name: 'created: the record of another one of the same name',
    rows: 1,
    action: 'bulk_create',
    body: (object) => {
      const { email, domain } = record(object, other) as TestRow;
      return created(object, [
        { ...row(object, 0), ...(email ? { email } : { domain: domain! }), id: idOf(other + 1) },
      ]);
    },
  },
  {
    name: 'found: the record of another one',
    rows: 1,
    action: 'bulk_create',
    body: (object) => created(object, [], [record(object, other)]),
  },
  {
    name: 'found: the record of another one, by its id alone',
    rows: 1,
    action: 'bulk_create',
    body: (object) => created(object, [], [{ id: record(object, other).id }]),
  },
  {
    name: 'updated: the record of another one',
    rows: 1,
    isKnown: true,
    action: 'update',
    body: (object, one) => ({ [one]: record(object, other) }),
  },
  {
    name: 'updated: another id and nothing else',
    rows: 1,
    isKnown: true,
    action: 'update',
    body: (object, one) => ({ [one]: { id: record(object, other).id } }),
  },
  {
    name: 'updated: the values of another one under the id of the row',
    rows: 1,
    isKnown: true,
    action: 'update',
    body: (object, one) => ({ [one]: record(object, other, { id: idOf(1) }) }),
  },
  {
    name: 'updated in bulk: the record of another one',
    rows: 1,
    isKnown: true,
    action: 'bulk_update',
    stream: { updates: 'bulk' },
    body: (object) => ({ [object]: [record(object, other)] }),
  },
  {
    name: 'read: the record of another one',
    rows: 1,
    isKnown: true,
    action: 'show',
    stream: { on_existing: 'fill_blanks' },
    body: (object, one) => ({ [one]: record(object, other) }),
  },
];

async function trial(object: ObjectName, wrong: Wrong, { isApplied, times }: { isApplied: boolean; times: number }) {
  const clock = new EmulatorClock();
  const kind = isApplied ? 'applied-then-status' : 'status';
  const body = wrong.body(object, object === 'contacts' ? 'contact' : 'account');
  const match = { path: `${object}/${wrong.action}`, nth: 1, times };
  const held = [record(object, other), ...(wrong.isKnown ? [record(object, 0)] : [])];
  const emulator = await startEmulator({
    clock,
    plan: 'unlimited',
    data: { [object]: held },
    trouble: [{ match, fault: { kind, status: 200, body } }],
  });
  try {
    const before = otherOne(emulator, object);
    const rows = Array.from({ length: wrong.rows }, (_, i) => row(object, i));
    const stream = { object, ...wrong.stream };
    const once = async () => {
      const { settled, cause } = await deliverRows({ apollo: emulator, clock, rows, stream });
      const told = settled.map((outcome, i) => ({
        primaryKey: `row ${i}`,
        row: rows[i]!,
        outcome: outcome.status,
        id: 'id' in outcome ? outcome.id : undefined,
      }));
      expect(otherOne(emulator, object)).toEqual(before);
      expect([cause, identityFaults(emulator, stream as unknown as JudgedStream, told)]).toEqual([undefined, []]);
      return Array.from(settled, outcomeText);
    };
    await once();
    emulator.clearTrouble();
    clock.advance(86_400_000);
    expect((await once()).filter((outcome) => /rejected|deferred/.test(outcome))).toEqual([]);
    expect(emulator.store[object].size).toBe(1 + wrong.rows);
  } finally {
    await emulator.close();
  }
}

const otherOne = (emulator: Emulator, object: ObjectName) =>
  shownRecords(emulator, object).find(({ id }) => id === idOf(other + 1));

const ways = [
  { isApplied: true, times: 1 },
  { isApplied: false, times: 99 },
  { isApplied: false, times: 1 },
  { isApplied: true, times: 99 },
];

describe.each(['contacts', 'accounts'] as const)(
  'an answer that shows the record of another one does not hand that over (%s)',
  (object) => {
    describe.each(wrongs)('$name', (wrong) => {
      sweepOver(ways)('%j', (how) => trial(object, wrong, how));
    });
  },
);
