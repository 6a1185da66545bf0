import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import type { TroubleRule } from '../../emulator/server/trouble.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows } from '../support/run.ts';
import { runs } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { mapped as map, shown } from './scenario.ts';

// Apollo drops an address that it does not like and creates the contact all the same: nothing of its answer shows whose it is.

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const read = 'GET contacts/{id}';
const droppedAddresses = ['odd.example'];
const fine = { email: 'fay@fine.example', first_name: 'Fay', last_name: 'Fine', title: null, phone: null };
const omitted = (email: string): TroubleRule => ({
  match: { path: 'contacts/bulk_create', nth: 1 },
  fault: { kind: 'omit', where: { equals: email } },
});

interface Case {
  readonly name: string;
  readonly rows: readonly TestRow[];
  readonly stream?: object;
  readonly trouble?: readonly TroubleRule[];
  readonly calls: Readonly<Record<string, number>>;
}

const person = (email: string, more: TestRow = {}): TestRow => ({
  ...fine,
  first_name: null,
  last_name: null,
  email,
  ...more,
});
const named = (email: string, first_name: string, more: TestRow = {}) =>
  person(email, { first_name, last_name: 'Lee', ...more });

const cases: Case[] = [
  {
    name: 'one that is left is of the row that is left',
    rows: [fine, person('a@a.odd.example')],
    calls: { [create]: 1, [patch]: 1 },
  },
  {
    name: 'several go by their names',
    rows: [named('a@a.odd.example', 'Ann'), fine, named('b@b.odd.example', 'Bo')],
    calls: { [create]: 1, [patch]: 2 },
  },
  {
    name: 'of one name they go by what else is shown',
    rows: [named('a@a.odd.example', 'Ann', { title: 'CTO' }), named('b@b.odd.example', 'Ann', { title: 'COO' }), fine],
    calls: { [create]: 1, [patch]: 2 },
  },
  {
    name: 'of rows that say the same each is as good as the other',
    rows: [named('a@a.odd.example', 'Ann', { title: 'CTO' }), named('b@b.odd.example', 'Ann', { title: 'CTO' }), fine],
    calls: { [create]: 1, [patch]: 2 },
  },
  {
    name: 'where the answer shows too little they are read in full',
    rows: [
      person('a@a.odd.example', { phone: '+12025550101' }),
      person('b@b.odd.example', { phone: '+12025550102' }),
      fine,
    ],
    calls: { [create]: 1, [read]: 2, [patch]: 2 },
  },
  {
    name: 'a row that Apollo left out takes no record of another one',
    rows: [
      person('a@a.odd.example', { phone: '+12025550101' }),
      person('b@fine.example', { phone: '+12025550102' }),
      fine,
    ],
    trouble: [omitted('b@fine.example')],
    calls: { [create]: 2, [read]: 1, [patch]: 1 },
  },
  {
    name: 'nor does one with another name',
    rows: [named('a@a.odd.example', 'Ann'), named('b@fine.example', 'Bo'), fine],
    trouble: [omitted('b@fine.example')],
    calls: { [create]: 2, [patch]: 1 },
  },
  {
    name: 'in mode insert the address is written too, and by bulk_update it goes as well',
    rows: [fine, person('a@a.odd.example')],
    stream: { mode: 'insert', updates: 'bulk' },
    calls: { [create]: 1, 'POST contacts/bulk_update': 1 },
  },
];

const held = (rows: readonly TestRow[]) =>
  rows
    .map(({ email, first_name, title, phone }) => ({
      email,
      first_name,
      title,
      phones: phone ? { work_direct: phone } : {},
    }))
    .sort((a, b) => (String(a.email) < String(b.email) ? -1 : 1));

describe('contacts that were created without their address', () => {
  test.each(cases)('$name', async ({ rows, stream = {}, trouble = [], calls }) => {
    const apollo = await startApollo({ quirks: { droppedAddresses }, trouble });
    const mapping = map('first_name', 'last_name', 'title', 'phone');
    const delivered = await deliverRows({ apollo, rows, stream: { mapping, ...stream } });
    expect([delivered.outcomes, delivered.calls]).toEqual([rows.map(() => 'created'), calls]);
    const after = shown(apollo, 'contacts', ['email', 'first_name', 'title', 'phones']);
    expect(after.toSorted((a, b) => (String(a['email']) < String(b['email']) ? -1 : 1))).toEqual(held(rows));
  });

  test('are not created again by runs without a store', async () => {
    const apollo = await startApollo({ quirks: { droppedAddresses } });
    const rows = [fine, person('a@a.odd.example'), named('b@b.odd.example', 'Ann'), named('c@c.odd.example', 'Ann')];
    for (let run = 0; run < 3; run++)
      await deliverRows({ apollo, rows, stream: { mapping: map('first_name', 'last_name') } });
    expect(
      shown(apollo, 'contacts', ['email'])
        .map(({ email }) => email)
        .sort(),
    ).toEqual(['a@a.odd.example', 'b@b.odd.example', 'c@c.odd.example', 'fay@fine.example']);
  });

  test('are rejected with their id where Apollo takes the address in no other way', async () => {
    const clock = new EmulatorClock();
    const untaken = ['contacts/update email', 'contacts/bulk_update email'];
    const apollo = await startApollo({ clock, quirks: { droppedAddresses, untaken } });
    const runs = new Runs(apollo, { clock, stream: { primary_key: 'key', updates: 'bulk' } });
    const rows = [{ key: '1', email: 'a@a.odd.example', title: 'CTO' }];
    const { counts, codes } = await runs.sync(rows);
    expect([counts, codes]).toEqual([{ rejected: 1 }, { apollo_rejected: 1 }]);
    const [contact] = [...apollo.store.contacts.values()];
    expect(JSON.parse(runs.rejects()[0]!)).toMatchObject({ field: 'email', endpoint: patch });
    expect((await runs.sync(rows)).calls).toEqual({});
    // Once the address is another one, the contact gets it.
    expect(await runs.query('select destination_id from records')).toEqual([{ destination_id: contact!.id }]);
    apollo.setQuirks({ untaken: [] });
    expect((await runs.sync([{ ...rows[0]!, email: 'a@fine.example' }])).counts).toEqual({ updated: 1 });
    expect(shown(apollo, 'contacts', ['email'])).toEqual([{ email: 'a@fine.example' }]);
  });

  test('are found by name and company by runs without a store, where Apollo takes the address in no way', async () => {
    const untaken = ['contacts/update email', 'contacts/bulk_update email'];
    const apollo = await startApollo({ quirks: { droppedAddresses, untaken } });
    const rows = [named('a@a.odd.example', 'Ann', { organization_name: 'Acme' }), { ...fine, organization_name: null }];
    const mapping = map('first_name', 'last_name', 'organization_name');
    const ends = [];
    for (let run = 0; run < 3; run++) ends.push((await deliverRows({ apollo, rows, stream: { mapping } })).outcomes);
    expect(ends).toEqual([
      ['rejected apollo_rejected', 'created'],
      ['rejected match_conflict', 'unchanged'],
      ['rejected match_conflict', 'unchanged'],
    ]);
    expect(shown(apollo, 'contacts', ['email', 'first_name'])).toHaveLength(2);
  });

  test('and cannot be told apart are rejected, and not created twice', async () => {
    // A full record that shows no more than the slim one.
    const trouble: TroubleRule[] = [
      { match: { method: 'GET', path: 'contacts/show' }, fault: { kind: 'status', status: 404 } },
    ];
    const apollo = await startApollo({ quirks: { droppedAddresses }, trouble });
    const rows = [
      person('a@a.odd.example', { phone: '+12025550101' }),
      person('b@b.odd.example', { phone: '+12025550102' }),
    ];
    const { outcomes } = await deliverRows({ apollo, rows, stream: { mapping: map('phone') } });
    expect(outcomes).toEqual(['rejected not_acknowledged', 'rejected not_acknowledged']);
    expect(apollo.store.contacts.size).toBe(2);
  });
});

test('whatever is dropped and left out, no contact is created twice, and none has values of another row', async () => {
  const value = <T>(...values: T[]) => fc.constantFrom(null, ...values);
  const row = fc.record({
    host: fc.constantFrom('odd.example', 'fine.example'),
    first_name: value('Ann', 'Bo'),
    title: value('CTO', 'COO'),
    phone: value('+12025550101', '+12025550102'),
    isOmitted: fc.boolean(),
  });
  const quirks = fc.record({
    order: fc.constantFrom<Quirks['order']>('sent', 'shuffled'),
    textSpelling: fc.constantFrom<Quirks['textSpelling']>('sent', 'title-case'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 6 }), quirks, async (drawn, more) => {
      const rows = drawn.map(({ host, isOmitted: _, ...rest }, i) => ({ ...rest, email: `p${i}@p${i}.${host}` }));
      const trouble = drawn.flatMap(({ isOmitted }, i): TroubleRule[] => (isOmitted ? [omitted(rows[i]!.email)] : []));
      const apollo = await startApollo({ quirks: { droppedAddresses, ...more }, trouble });
      const mapping = map('first_name', 'title', 'phone');
      const { outcomes } = await deliverRows({ apollo, rows, stream: { mapping } });
      const contacts = shown(apollo, 'contacts', ['email', 'first_name', 'title', 'phones']);
      expect(contacts.length).toBeLessThanOrEqual(rows.length);
      for (const [i, { email, first_name, title, phone }] of rows.entries()) {
        if (outcomes[i] !== 'created') continue;
        const spelled =
          more.textSpelling === 'title-case' && title ? `${title[0]}${title.slice(1).toLowerCase()}` : title;
        const phones = phone ? { work_direct: phone } : {};
        expect(contacts).toContainEqual({ email, first_name, title: spelled, phones });
      }
    }),
    { numRuns: runs(25, 1_000) },
  );
});
