import { expect, test } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import type { Contact } from '../../emulator/store/records.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf, shown } from './scenario.ts';
import { stages } from './world.ts';

const contact = {
  id: idOf(1),
  email: 'ann@acme.example',
  title: 'Old',
  contact_emails: [{ email: 'a@acme.example', position: 0 }],
  created_at: '2020-01-01T00:00:00Z',
};
const primary: TestRow = { id: 'primary', email: 'ann@acme.example', title: 'by the primary address' };
const further: TestRow = { id: 'further', email: 'a@acme.example', title: 'by a further address' };

const fillers = (count: number): readonly TestRow[] =>
  Array.from({ length: count }, (_, i) => ({ id: `filler ${i}`, email: `filler${i}@acme.example`, title: 'filler' }));

async function setUp() {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, data: { contacts: [contact] } });
  return { clock, apollo, held: () => shown(apollo, 'contacts', ['email', 'title']) };
}

sweepOver([
  ['the further one', primary, further],
  ['the primary one', further, primary],
])('of a primary and a further address the later row counts: %s', async (_, first, second) => {
  const { clock, apollo, held } = await setUp();
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id' } });
  const { counts } = await runs.sync([first, second]);
  expect(counts).toEqual({ superseded: 1, updated: 1 });
  expect(held()).toEqual([{ email: 'ann@acme.example', title: second['title'] }]);
  expect(await runs.identityFaults(apollo, [first, second])).toEqual([]);
  const [said] = await runs.query(
    `select primary_key, message, destination_id from records where outcome = 'superseded'`,
  );
  expect(said).toEqual({
    primary_key: first['id'],
    destination_id: null,
    message: `${contact.id}: the row with the primary key ${String(second['id'])} has this record.`,
  });

  const calm = await runs.sync([first, second]);
  expect([calm.counts, calm.calls]).toEqual([{ superseded: 1, unchanged: 1 }, {}]);
  const changed = [first, { ...second, title: 'changed' }];
  expect((await runs.sync(changed)).counts).toEqual({ superseded: 1, updated: 1 });
  expect(held()).toEqual([{ email: 'ann@acme.example', title: 'changed' }]);
  expect((await runs.sync([first])).counts).toEqual({ updated: 1 });
  expect(held()).toEqual([{ email: 'ann@acme.example', title: first['title'] }]);
  expect(await runs.identityFaults(apollo, [first])).toEqual([]);
  expect((await runs.sync([first])).calls).toEqual({});
});

test('costs no call in later runs, where a primary key stands twice besides', async () => {
  const { clock, apollo } = await setUp();
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id' } });
  const rows = [{ ...further, title: 'first' }, primary, further];
  expect((await runs.sync(rows)).counts).toEqual({ superseded: 2, updated: 1 });
  const calm = await runs.sync(rows);
  expect([calm.counts, calm.calls]).toEqual([{ superseded: 2, unchanged: 1 }, {}]);
});

test.each([
  [primary, further],
  [further, primary],
])('and so it does without a state store (%#)', async (first, second) => {
  const { clock, apollo, held } = await setUp();
  const { outcomes } = await deliverRows({ apollo, clock, rows: [first, second], stream: { primary_key: 'id' } });
  expect(outcomes).toEqual(['superseded', 'updated']);
  expect(held()).toEqual([{ email: 'ann@acme.example', title: second['title'] }]);
});

test('a record that has its row keeps it when another row comes to it in a later run', async () => {
  const { clock, apollo, held } = await setUp();
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id' } });
  await runs.sync([primary]);
  const both = [primary, further];
  expect((await runs.sync(both)).counts).toEqual({ superseded: 1, unchanged: 1 });
  expect(held()).toEqual([{ email: 'ann@acme.example', title: primary['title'] }]);
  expect(await runs.identityFaults(apollo, both)).toEqual([]);
  expect((await runs.sync(both)).calls).toEqual({});
});

sweepOver([
  ['a full run', { full: true }],
  ['a run after a kill', undefined],
])('%s leaves the primary address of a contact that was found by a further one', async (_, more) => {
  const { clock, apollo, held } = await setUp();
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id' } });
  await runs.sync([further]);
  // What a killed run leaves of a record that it was about to change.
  if (more === undefined) await runs.query(`update records set row_hash = null, fingerprint = null, "values" = null`);
  await runs.sync([{ ...further, title: 'new' }], more);
  expect(held()).toEqual([{ email: 'ann@acme.example', title: 'new' }]);
});

sweepOver(['add', 'mirror'])(
  'of two rows of a list (%s) that other streams know by one contact the later one counts',
  async (behaviour) => {
    const { clock, apollo } = await setUp();
    const runs = new Runs(apollo, { clock });
    await runs.sync([primary], { stream: { name: 'by primary' } });
    await runs.sync([further], { stream: { name: 'by further' } });
    const stream = { name: 'hot', primary_key: 'id', membership: { list: 'Hot', behaviour } };
    const rows = [primary, further];
    expect((await runs.sync(rows, { stream })).counts).toEqual({ superseded: 1, updated: 1 });
    expect(shown(apollo, 'contacts', ['lists'])).toEqual([{ lists: ['Hot'] }]);
    const said = await runs.query(
      `select primary_key, destination_id, message from records where stream = 'hot' order by all`,
    );
    expect(said).toEqual([
      { primary_key: 'further', destination_id: contact.id, message: null },
      {
        primary_key: 'primary',
        destination_id: null,
        message: `${contact.id}: the row with the primary key further has this record.`,
      },
    ]);
    const calm = await runs.sync(rows, { stream });
    expect([calm.counts, calm.calls]).toEqual([{ superseded: 1, unchanged: 1 }, {}]);
  },
);

test('of two rows whose contacts were merged the later one counts in mode update too', async () => {
  const { clock, apollo, held } = await setUp();
  apollo.setQuirks({ mergedContacts: { [idOf(2)]: contact.id } });
  const rows = [
    { id: '1', apollo_id: contact.id, email: 'ann@acme.example', title: 'of the first' },
    { id: '2', apollo_id: idOf(2), email: 'a@acme.example', title: 'of the second' },
  ];
  const stream = { mode: 'update', apollo_id: 'apollo_id', primary_key: 'id' };
  const { outcomes } = await deliverRows({ apollo, clock, rows, stream });
  expect(outcomes).toEqual(['superseded', 'updated']);
  expect(held()).toEqual([{ email: 'a@acme.example', title: 'of the second' }]);
});

test('of two rows whose contacts were merged only one has the record, where a value of the later one is not taken', async () => {
  const { clock, apollo } = await setUp();
  apollo.setQuirks({ mergedContacts: { [idOf(2)]: contact.id }, untaken: ['contacts/update title'] });
  const rows = [
    { id: '1', apollo_id: contact.id, email: 'ann@acme.example', title: 'Old' },
    { id: '2', apollo_id: idOf(2), email: 'a@acme.example', title: 'of the second' },
  ];
  const stream = { mode: 'update', apollo_id: 'apollo_id', primary_key: 'id' };
  const inOrder = await deliverRows({ apollo, clock, rows, stream });
  expect(inOrder.outcomes).toEqual(['superseded', 'rejected apollo_rejected']);
  const reversed = await deliverRows({ apollo, clock, rows: rows.toReversed(), stream });
  expect(reversed.outcomes).toEqual(['superseded', 'updated']);
});

sweepOver([
  ['upsert', {}, ['1', '2']],
  ['upsert', {}, ['2', '1']],
  ['update', { apollo_id: 'apollo_id' }, ['1', '2']],
  ['update', { apollo_id: 'apollo_id' }, ['2', '1']],
] as const)(
  'of two rows whose contacts were merged, the one that keeps the record has its values there after the next run (mode %s %j, in the order %j)',
  async (mode, more, order) => {
    const { clock, apollo, held } = await setUp();
    const person = { first_name: 'Ann', last_name: 'Lee', organization_name: 'Acme' };
    apollo.seed({ contacts: [{ id: idOf(2), email: 'b@acme.example', ...person }] });
    const stream = { mode, primary_key: 'id', ...more };
    const runs = new Runs(apollo, { clock, stream });
    const row = (id: string, n: number, email: string, title: string) => ({
      id,
      apollo_id: idOf(n),
      email,
      title,
      ...person,
    });
    const first = row('1', 1, 'ann@acme.example', 'of the first');
    const second = row('2', 2, 'b@acme.example', 'of the second');
    const columns = mode === 'update' ? [] : ['email'];
    const mapping = [...columns, 'title', ...Object.keys(person)].map((name) => ({ to: name, from: name }));
    const run = (rows: TestRow[]) =>
      runs.sync(
        order.map((id) => rows.find((one) => one['id'] === id)!),
        { stream: { mapping } },
      );
    await run([first, second]);
    const { contacts } = apollo.store;
    contacts.change(contacts.get(idOf(2))!, { state: 'deleted' });
    contacts.change(contacts.get(idOf(1))!, { contact_emails: [{ email: 'b@acme.example', position: 0 }] });
    apollo.setQuirks({ mergedContacts: { [idOf(2)]: idOf(1) } });
    // The other one is not even looked at.
    const rows = [first, { ...second, title: 'changed' }];
    await run(rows);
    const { counts } = await run(rows);
    expect(counts['deferred']).toBeUndefined();
    expect(await runs.identityFaults(apollo, rows, { mapping })).toEqual([]);
    expect((await run(rows)).calls).toEqual({});
    const keeps = await runs.query(`select primary_key from records where destination_id = '${idOf(1)}'`);
    const kept = rows.find(({ id }) => id === keeps[0]!['primary_key']);
    expect(held().map(({ title }) => title)).toEqual([kept?.title]);
  },
);

const heir: TestRow = { id: 'heir', email: 'old@acme.example', title: 'of the heir' };
const renamed: TestRow = { id: 'renamed', email: 'new@acme.example', title: 'of who was renamed' };

/** Holds back what a fault delays until the emulator has had a request to create contacts, as far as one comes. */
class UntilAsked extends EmulatorClock {
  apollo!: Emulator;

  override async waitMs(): Promise<void> {
    const asked = this.apollo.requests.entries.length;
    const isAsked = () =>
      this.apollo.requests.entries.slice(asked).some(({ action }) => action === 'contacts/bulk_create');
    for (let turn = 0; turn < 20_000 && !isAsked(); turn++) await new Promise<void>((go) => setImmediate(go));
  }
}

sweepOver([
  ['before', [heir, renamed]],
  ['after', [renamed, heir]],
  ['long before', [heir, ...fillers(12_000), renamed]],
])(
  'an address that a record gives up is free for the row that has it now, where a killed run was about to do that: %s',
  async (_, rows) => {
    const clock = new UntilAsked();
    const apollo = await startApollo({ clock });
    clock.apollo = apollo;
    const runs = new Runs(apollo, { clock, stream: { primary_key: 'id' } });
    await runs.sync([{ ...renamed, email: 'old@acme.example' }]);
    // What a killed run leaves of a record that it was about to give another address.
    await runs.query(`update records set row_hash = null, fingerprint = null, "values" = null, match_key = null`);
    apollo.addTrouble([{ match: { path: 'contacts/update', nth: 1 }, fault: { kind: 'delay', ms: 1 } }]);
    const { counts } = await runs.sync(rows);
    expect(counts).toEqual({ created: rows.length - 1, updated: 1 });
    const held = shown(apollo, 'contacts', ['email', 'title']) as readonly TestRow[];
    expect(held.filter(({ title }) => title !== 'filler')).toEqual([
      { email: 'new@acme.example', title: 'of who was renamed' },
      { email: 'old@acme.example', title: 'of the heir' },
    ]);
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    expect((await runs.sync(rows)).calls).toEqual({});
  },
);

sweepOver([
  ['individual', 'first', 'has no further address', []],
  ['individual', 'last', 'has a further address', ['another@acme.example']],
  ['individual', 'first', 'has the address of the row', [renamed['email'] as string]],
  ['bulk', 'first', 'has no further address', []],
  ['bulk', 'last', 'has a further address', ['another@acme.example']],
] as const)(
  'what a row writes to the contact of another one by a merged id is put right by the next run: updates %s, the row %s, the contact %s',
  async (updates, place, _, further) => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock });
    const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', updates } });
    const other: TestRow = { id: 'other', email: 'other@acme.example', title: 'of the other' };
    await runs.sync([{ ...renamed, email: 'old@acme.example' }, other]);
    const ids = await runs.query('select destination_id as id from records order by primary_key');
    const [kept, merged] = ids.map(({ id }) => String(id)) as [string, string];
    // A killed run leaves this of a record that it was about to give another address: there is no look at Apollo before the update.
    await runs.query(`update records set row_hash = null, match_key = null where primary_key = 'renamed'`);
    const { contacts } = apollo.store;
    contacts.change(contacts.get(merged)!, { state: 'deleted' });
    contacts.change(contacts.get(kept)!, { contact_emails: further.map((email) => ({ email, position: 0 })) });
    apollo.setQuirks({ mergedContacts: { [merged]: kept } });
    const changed = { ...other, title: 'of the other, changed' };
    const rows = place === 'first' ? [renamed, changed] : [changed, renamed];
    await runs.sync(rows);
    await runs.sync(rows);
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    const { calls } = await runs.sync(rows);
    // A row that another contact has for its address is looked for in each run.
    expect(calls).toEqual(further[0] === renamed['email'] ? { 'POST contacts/search': 1 } : {});
  },
);

test('what is set for a row that is gone is put right by the next run, where its contact was merged into that of another one', async () => {
  const { clock, apollo, held } = await setUp();
  const stream = {
    primary_key: 'id',
    on_removed: { set_field: { to: 'title', value: 'Gone' } },
    max_removed_percent: 100,
  };
  const runs = new Runs(apollo, { clock, stream });
  const gone: TestRow = { id: 'gone', email: 'gone@acme.example', title: 'of who is gone' };
  await runs.sync([primary, gone]);
  const { contacts } = apollo.store;
  const merged = [...contacts.values()].find(({ email }) => email === 'gone@acme.example')!;
  contacts.change(merged, { state: 'deleted' });
  apollo.setQuirks({ mergedContacts: { [merged.id]: contact.id } });
  await runs.sync([primary]);
  await runs.sync([primary]);
  expect(held()).toEqual([{ email: primary['email'], title: primary['title'] }]);
  expect((await runs.sync([primary])).calls).toEqual({});
});

test('what many rows get by one request is put right by the next run, where the contact of one was merged into that of another', async () => {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', updates: 'bulk' } });
  const [before, after] = stages.contacts;
  const row = (id: string, stage: string = before): TestRow => ({ id, email: `${id}@acme.example`, stage });
  await runs.sync([row('kept'), row('merged'), row('third')]);
  const { contacts } = apollo.store;
  const [to, from] = ['kept', 'merged'].map(
    (id) => [...contacts.values()].find(({ email }) => email === `${id}@acme.example`)!,
  ) as [Contact, Contact];
  contacts.change(from, { state: 'deleted' });
  apollo.setQuirks({ mergedContacts: { [from.id]: to.id } });
  const rows = [row('kept'), row('merged', after), row('third', after)];
  const { calls } = await runs.sync(rows);
  expect(calls['POST contacts/update_stages']).toBeGreaterThan(0);
  expect(contacts.get(to.id)!.contact_stage_id).toBe(after);
  await runs.sync(rows);
  expect(await runs.identityFaults(apollo, rows)).toEqual([]);
  const live = [...contacts.values()].filter(({ state }) => state === 'live');
  expect(live.map(({ email, contact_stage_id: stage }) => [email, stage])).toEqual([
    ['kept@acme.example', before],
    ['third@acme.example', after],
    ['merged@acme.example', after],
  ]);
  expect((await runs.sync(rows)).calls).toEqual({});
});
