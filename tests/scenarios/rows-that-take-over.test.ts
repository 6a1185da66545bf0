import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { deliverRows } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf, shown } from './scenario.ts';

const fields = ['email', 'first_name', 'last_name', 'organization_name', 'title'];
const mapping = fields.map((name) => ({ to: name, from: name }));
const ann = { first_name: 'Ann', last_name: 'Lee', organization_name: 'Acme' };

/** Runs over an Apollo that holds Ann Lee of Acme with two addresses. */
async function setUp() {
  const contact = {
    id: idOf(1),
    email: 'ann@acme.example',
    title: 'Old',
    ...ann,
    contact_emails: [{ email: 'ann@bolt.example', position: 0 }],
  };
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, data: { contacts: [contact] } });
  const stream = { primary_key: 'id', nulls: 'clear', mapping };
  return { clock, apollo, stream, runs: new Runs(apollo, { clock, stream }) };
}

const inApollo = (apollo: Parameters<typeof shown>[0]) => shown(apollo, 'contacts', ['first_name', 'title']);

/** By its address it has the contact, and gives it another name. */
const renames: TestRow = { id: 'renames', email: 'ann@acme.example', ...ann, first_name: 'Anna', title: 'first' };
/** By its address it has the contact too. */
const further: TestRow = { id: 'further', email: 'ann@bolt.example', ...ann, first_name: 'Anne', title: 'second' };
/** It has the contact by its name alone. */
const byName: TestRow = { id: 'by name', email: null, ...ann, title: 'by name' };

test('a row keeps a contact that a later one has only by the name that it takes from the contact', async () => {
  const { clock, apollo, stream, runs } = await setUp();
  const rows = [renames, byName];
  expect((await deliverRows({ apollo, clock, rows, stream })).outcomes).toEqual(['updated', 'created']);
  const held = [
    { first_name: 'Anna', title: 'first' },
    { first_name: 'Ann', title: 'by name' },
  ];
  expect(inApollo(apollo)).toEqual(held);
  expect((await deliverRows({ apollo, clock, rows, stream })).outcomes).toEqual(['unchanged', 'unchanged']);
  expect((await runs.sync(rows)).counts).toEqual({ unchanged: 2 });
  expect(inApollo(apollo)).toEqual(held);
});

test('a state store knows both, whichever of them is changed afterwards', async () => {
  const { apollo, runs } = await setUp();
  const rows = [renames, byName];
  expect((await runs.sync(rows)).counts).toEqual({ updated: 1, created: 1 });
  expect(await runs.identityFaults(apollo, rows)).toEqual([]);
  expect(await runs.query('select outcome, message from records order by primary_key')).toEqual([
    { outcome: 'created', message: null },
    { outcome: 'updated', message: null },
  ]);
  expect((await runs.sync(rows)).calls).toEqual({});
  const changed = rows.map((row) => ({ ...row, title: `${row['title']}, changed` }));
  expect((await runs.sync(changed)).counts).toEqual({ updated: 2 });
  expect(await runs.identityFaults(apollo, changed)).toEqual([]);
});

test('the next of those that wait takes over where the last comes to another contact', async () => {
  const { clock, apollo, stream, runs } = await setUp();
  const rows = [renames, further, byName];
  const { outcomes } = await deliverRows({ apollo, clock, rows, stream });
  expect(outcomes).toEqual(['superseded', 'updated', 'created']);
  const held = [
    { first_name: 'Anne', title: 'second' },
    { first_name: 'Ann', title: 'by name' },
  ];
  expect(inApollo(apollo)).toEqual(held);
  expect((await runs.sync(rows)).counts).toEqual({ superseded: 1, updated: 1, unchanged: 1 });
  expect(await runs.identityFaults(apollo, rows)).toEqual([]);
  expect((await runs.sync(rows)).calls).toEqual({});
  expect(inApollo(apollo)).toEqual(held);
});

test('a row that comes to the record of yet another one takes that over', async () => {
  const clock = new EmulatorClock();
  const accounts = [
    { id: idOf(1), domain: 'dash.example' },
    { id: idOf(2), domain: 'bolt.example', name: 'Acme' },
  ];
  const apollo = await startApollo({ clock, data: { accounts } });
  const rows = [
    { domain: 'bolt.example', name: 'Acme', phone: null },
    { domain: 'dash.example', name: 'Acme', phone: null },
    // Apollo knows the second account by this name at first, and the first one before it once that has the name too.
    { domain: null, name: 'Acme', phone: '+1 202 555 0101' },
  ];
  const stream = { object: 'accounts', mapping: ['domain', 'name', 'phone'].map((name) => ({ to: name, from: name })) };
  const { outcomes } = await deliverRows({ apollo, clock, rows, stream });
  expect(outcomes).toEqual(['unchanged', 'superseded', 'updated']);
  expect(shown(apollo, 'accounts', ['domain', 'phone'])).toEqual([
    { domain: 'dash.example', phone: '+1 202 555 0101' },
    { domain: 'bolt.example', phone: null },
  ]);
});

test('of three rows of one contact the last counts, whatever requests lie between them', async () => {
  const people = Array.from({ length: 310 }, (_, i) => i);
  const contacts = people.map((i) => ({
    id: idOf(i + 1),
    email: `first${i}@acme.example`,
    title: 'Old',
    contact_emails: ['second', 'third'].map((name) => ({ email: `${name}${i}@acme.example`, position: 0 })),
  }));
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, data: { contacts } });
  const rows = ['first', 'second', 'third'].flatMap((title) =>
    people.map((i) => ({ id: `${title}${i}`, email: `${title}${i}@acme.example`, title })),
  );
  const stream = { primary_key: 'id', updates: 'bulk' };
  const { outcomes } = await deliverRows({ apollo, clock, rows, stream });
  const by = (title: string) => [...new Set(outcomes.filter((_, i) => rows[i]!.title === title))];
  expect([by('first'), by('second'), by('third')]).toEqual([['superseded'], ['superseded'], ['updated']]);
  expect(new Set(shown(apollo, 'contacts', ['title']).map(({ title }) => title))).toEqual(new Set(['third']));
});

sweepOver([10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12])(
  'a row that takes a record over, and is killed after %i commits, leaves no value there that no one knows of',
  async (commits) => {
    const { apollo, runs } = await setUp();
    await runs.sync([renames]);
    const rows = [{ ...renames, title: 'first, changed' }, further];
    await runs.sync(rows, killedState(commits, { maxRows: 1, maxAgeMs: 0 }));
    await runs.sync(rows);
    await runs.sync(rows);
    const [holder] = await runs.query('select primary_key from records where destination_id is not null');
    const { title } = rows.find(({ id }) => id === holder!['primary_key'])!;
    expect(inApollo(apollo).map((one) => one['title'])).toEqual([title]);
    expect(await runs.identityFaults(apollo, rows)).toEqual([]);
    expect((await runs.sync(rows)).calls).toEqual({});
  },
);
