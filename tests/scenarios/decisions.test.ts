import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askOf } from '../support/ask-runs.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { shown } from './scenario.ts';

const ada = { id: 'a', email: 'ada@new.example', first_name: 'Ada', last_name: 'Byron', organization_name: 'Engines' };
const there = { email: 'ada@old.example', first_name: 'Ada', last_name: 'Byron', organization_name: 'Engines' };
const mapping = ['email', 'first_name', 'last_name', 'organization_name', 'title'].map((to) => ({ to, from: to }));
const row = (more: TestRow = {}): TestRow => ({ ...ada, title: 'CTO', ...more });

async function setUp(stream: object = {}, options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, data: { contacts: [there] }, ...options });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id', mapping, ...stream } });
  const file = join(runs.folder, 'decisions.csv');
  /** One run, by a file of these lines. */
  const decide = async (lines: readonly string[], rows: readonly TestRow[] = [row()], more: object = {}) => {
    writeFileSync(file, ['id,decision', ...lines, ''].join('\n'));
    const ended = await runs.sync(rows, { ...more, stream: { decisions: file, ...stream } });
    if (ended.status === 'failed') throw ended.cause;
    return ended;
  };
  const contacts = () =>
    shown(apollo, 'contacts', ['email', 'title']).sort((a, b) => (String(a['email']) < String(b['email']) ? -1 : 1));
  const edit = (changes: object) => {
    clock.advance(60_000);
    const [contact] = [...apollo.store.contacts.values()];
    apollo.store.contacts.change(contact!, { ...changes, updated_at: clock.now() } as never);
  };
  return { apollo, runs, decide, contacts, edit, clock, file, ask: askOf(runs, clock) };
}

const old = { email: 'ada@old.example', title: null };
const own = { email: 'ada@new.example', title: 'CTO' };

test('same_person has the row use the record that its conflict has named, and keep it', async () => {
  const { runs, decide, contacts } = await setUp();
  expect(await runs.sync([row()])).toMatchObject({ codes: { match_conflict: 1 } });
  expect(contacts()).toEqual([old]);
  expect(await decide(['a,same_person'])).toMatchObject({ status: 'succeeded', counts: { updated: 1 } });
  expect(contacts()).toEqual([own]);
  expect(await decide(['a,same_person'])).toMatchObject({ counts: { unchanged: 1 }, calls: {} });
  expect(await decide(['a,same_person'], [row({ title: 'CEO' })])).toMatchObject({ counts: { updated: 1 } });
  expect(contacts()).toEqual([{ ...own, title: 'CEO' }]);
});

test('new_person creates a contact beside the one in the way, once', slow, async () => {
  const { runs, decide, contacts } = await setUp();
  await runs.sync([row()]);
  expect(await decide(['a,new_person'])).toMatchObject({ counts: { created: 1 } });
  expect(contacts()).toEqual([own, old]);
  expect(await decide(['a,new_person'])).toMatchObject({ counts: { unchanged: 1 }, calls: {} });
  expect(await decide(['a,new_person'], [row({ title: 'CEO' })])).toMatchObject({ counts: { updated: 1 } });
  expect(contacts()).toEqual([{ ...own, title: 'CEO' }, old]);
});

sweepOver(['applied-then-drop', 'applied-then-status'] as const)(
  'new_person whose answer is lost (%s) is not created a second time',
  async (kind) => {
    const { apollo, runs, decide, contacts } = await setUp();
    await runs.sync([row()]);
    apollo.addTrouble([
      { match: { path: 'contacts/bulk_create', bodyContains: '"run_dedupe":false', times: 1 }, fault: { kind } },
    ]);
    await decide(['a,new_person'], [row()], { config: { retries: { max_retries: 0 } } });
    expect(await decide(['a,new_person'])).toMatchObject({ status: 'succeeded' });
    expect(contacts()).toEqual([own, old]);
  },
);

test(
  'a record that has changed since its conflict was shown is left as it is, until the decision is forgotten',
  slow,
  async () => {
    const { runs, decide, contacts, edit, ask } = await setUp();
    await runs.sync([row()]);
    edit({ title: 'Countess' });
    const countess = { ...old, title: 'Countess' };
    expect(await decide(['a,same_person'])).toMatchObject({ codes: { decision_stale: 1 } });
    expect(contacts()).toEqual([countess]);
    // A change of the row does not make the decision one about what was found later.
    expect(await decide(['a,same_person'], [row({ title: 'CEO' })])).toMatchObject({ codes: { decision_stale: 1 } });
    expect(contacts()).toEqual([countess]);
    await ask({ name: 'forget', stream: 'rows', key: 'a', decision: true });
    expect(await decide(['a,same_person'])).toMatchObject({ counts: { updated: 1 } });
    expect(contacts()).toEqual([own]);
  },
);

test('a decision that was made before any conflict was shown decides none', async () => {
  const { decide, contacts, ask } = await setUp();
  expect(await decide(['a,same_person'])).toMatchObject({ codes: { match_conflict: 1 } });
  expect(await decide(['a,same_person'])).toMatchObject({ codes: { match_conflict: 1 }, calls: {} });
  expect(contacts()).toEqual([old]);
  await ask({ name: 'forget', stream: 'rows', key: 'a', decision: true });
  expect(await decide(['a,same_person'])).toMatchObject({ counts: { updated: 1 } });
  expect(contacts()).toEqual([own]);
});

test('the record of another row is never used', async () => {
  const { runs, decide, contacts } = await setUp();
  await runs.sync([row()]);
  const other = { ...ada, id: 'b', email: 'ada@old.example', title: 'Poet' };
  await runs.sync([row(), other]);
  expect(await decide(['a,same_person'], [row(), other])).toMatchObject({ codes: { decision_stale: 1 } });
  expect(contacts()).toEqual([{ ...old, title: 'Poet' }]);
});

test('a record that is gone by then has nothing created in its place', async () => {
  const { apollo, runs, decide, contacts } = await setUp();
  await runs.sync([row()]);
  const [contact] = [...apollo.store.contacts.values()];
  apollo.store.contacts.change(contact!, { state: 'deleted' } as never);
  expect(await decide(['a,same_person'])).toMatchObject({ codes: { decision_stale: 1 } });
  expect(contacts()).toEqual([]);
});

sweepOver([
  ['update', { title: 'CTO' }, 'updated'],
  ['skip', { title: 'Poet' }, 'skipped'],
  ['fill_blanks', { title: 'Poet' }, 'unchanged'],
])('%s is what happens to the record of that row alone', async (word, after, outcome) => {
  const contacts = [
    { ...there, email: 'ada@new.example', title: 'Poet' },
    { email: 'bob@new.example', title: 'Miner' },
  ];
  const other = { id: 'b', email: 'bob@new.example', title: 'Cook' };
  const on_existing = word === 'update' ? 'skip' : 'update';
  const { decide, contacts: held, ask } = await setUp({ on_existing }, { data: { contacts } });
  const left = word === 'update' ? 'Miner' : 'Cook';
  const { counts } = await decide([`a,${word}`], [row(), other]);
  expect(counts).toMatchObject({ [outcome]: 1 });
  expect(held()).toEqual([
    { email: 'ada@new.example', ...after },
    { email: 'bob@new.example', title: left },
  ]);
  // It is kept though the file does not say it any more, until it is forgotten.
  await decide([], [row({ title: 'CEO' }), other]);
  expect(held()[0]).toEqual({ email: 'ada@new.example', title: word === 'update' ? 'CEO' : 'Poet' });
  const { text } = await ask({ name: 'explain', stream: 'rows', key: 'a' });
  expect(text).toContain(`Decided: ${word}`);
  await ask({ name: 'forget', stream: 'rows', key: 'a', decision: true });
  await decide([], [row({ title: 'COO' }), other]);
  expect(held()[0]).toEqual({ email: 'ada@new.example', title: word === 'update' ? 'CEO' : 'COO' });
});

test('a column decides as a file does, and no more once it is empty', slow, async () => {
  const { runs, contacts } = await setUp({ decisions: { column: 'say' } });
  await runs.sync([row({ say: null })]);
  await runs.sync([row({ say: 'same_person' })]);
  expect(contacts()).toEqual([own]);
  await runs.sync([row({ say: 'skip', title: 'CEO' })]);
  expect(contacts()).toEqual([own]);
  await runs.sync([row({ say: null, title: 'CEO' })]);
  expect(contacts()).toEqual([{ ...own, title: 'CEO' }]);
});

sweepOver([
  [['a,perhaps'], 'unknown_decision', 'line 2'],
  [['other,skip'], 'unknown_row', 'line 2'],
  [['a,skip', 'a,update'], 'two_decisions', 'line 2 of'],
])('a file that cannot hold is refused before anything is sent (%j)', async (lines, code, says) => {
  const { apollo, decide } = await setUp();
  await expect(decide(lines)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
  expect(apollo.requests.entries.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('without a state store only what happens to existing records can be decided', async () => {
  const { decide, contacts } = await setUp({}, { data: { contacts: [{ ...there, email: 'ada@new.example' }] } });
  const none = { config: { state: { type: 'none' } } };
  await expect(decide(['a,same_person'], [row()], none)).rejects.toMatchObject({ code: 'decisions_need_state' });
  expect(await decide(['a,skip'], [row()], none)).toMatchObject({ counts: { skipped: 1 } });
  expect(contacts()).toEqual([{ email: 'ada@new.example', title: null }]);
});

test('of two rows that are said to be one record the later one has it, whoever comes first', async () => {
  const { runs, decide, contacts } = await setUp();
  const twin = { ...ada, id: 'b', email: 'ada@third.example', title: 'Poet' };
  expect(await runs.sync([row(), twin])).toMatchObject({ codes: { match_conflict: 2 } });
  const ended = await decide(['a,same_person', 'b,same_person'], [row(), twin]);
  expect(contacts()).toHaveLength(1);
  expect(Object.values(ended.counts).reduce((sum, n) => sum + n, 0)).toBe(2);
  expect(
    await runs.query("select destination_id from records where destination_id is not null and outcome <> 'superseded'"),
  ).toHaveLength(1);
  const before = contacts();
  await decide(['a,same_person', 'b,same_person'], [row(), twin]);
  expect(contacts()).toEqual(before);
});

sweepOver([0, 1])(
  'a row that Apollo finds by its address is not pushed out of its record by a decision (%i first)',
  async (first) => {
    const { runs, decide, contacts } = await setUp();
    await runs.sync([row()]);
    const owner = { ...ada, id: 'b', email: 'ada@old.example', title: 'Poet' };
    const rows = first === 0 ? [row(), owner] : [owner, row()];
    expect(await decide(['a,same_person'], rows)).toMatchObject({ codes: { decision_stale: 1 } });
    await decide(['a,same_person'], rows);
    const held = await runs.query(
      "select primary_key, destination_id from records where destination_id is not null and outcome not in ('superseded', 'rejected')",
    );
    expect(new Set(held.map(({ destination_id }) => destination_id)).size).toBe(held.length);
    expect(contacts().filter(({ email }) => email === 'ada@old.example')).toHaveLength(1);
  },
);

test('accounts are decided as contacts are', slow, async () => {
  const held = { domain: 'old.example', name: 'Acme' };
  const stream = { object: 'accounts', mapping: ['domain', 'name'].map((to) => ({ to, from: to })) };
  const domains = (apollo: { store: { accounts: { values(): Iterable<{ domain: string | null }> } } }) =>
    [...apollo.store.accounts.values()].map(({ domain }) => domain).sort();
  const rows = [{ id: 'a', domain: 'new.example', name: 'Acme' }];
  const same = await setUp(stream, { data: { accounts: [held] } });
  expect(await same.runs.sync(rows)).toMatchObject({ codes: { match_conflict: 1 } });
  expect(await same.decide(['a,same_person'], rows)).toMatchObject({ counts: { updated: 1 } });
  expect(domains(same.apollo)).toEqual(['new.example']);
  const other = await setUp(stream, { data: { accounts: [held] } });
  await other.runs.sync(rows);
  expect(await other.decide(['a,new_person'], rows)).toMatchObject({ counts: { created: 1 } });
  expect(domains(other.apollo)).toEqual(['new.example', 'old.example']);
});

sweepOver(['same_person', 'new_person', 'skip'])(
  'a preview counts with %s, and undo takes back what it has changed',
  async (word) => {
    const { runs, decide, contacts, file } = await setUp();
    await runs.sync([row()]);
    writeFileSync(file, `id;decision\r\na;"${word}"\r\n`);
    const streams = [{ name: 'rows', table: 'rows', object: 'contacts', primary_key: 'id', mapping, decisions: file }];
    const preview = await runs.preview([row()], { streams });
    const { calls } = await runs.sync([row()], { config: { streams }, runId: 'decided' });
    for (const [request, count] of Object.entries(calls)) {
      const { min, max } = preview.calls[request] ?? { min: 0, max: 0 };
      expect({ request, fits: min <= count && count <= max }).toEqual({ request, fits: true });
    }
    await decide([], [row()], { undone: 'decided' });
    expect(contacts()).toContainEqual(old);
  },
);

test('a decision is about the row as it was: under another address it may be another person', async () => {
  const { runs, decide, contacts } = await setUp();
  await runs.sync([row()]);
  const bob = row({ email: 'bob@new.example', first_name: 'Bob', last_name: 'Babbage' });
  await decide(['a,same_person'], [bob]);
  await decide(['a,same_person'], [{ ...bob, title: 'CEO' }]);
  expect(contacts()).toEqual([old, { email: 'bob@new.example', title: 'CEO' }]);
});

sweepOver([false, true])(
  'a file may name the record that a preview has shown (changed since: %s)',
  async (isChanged) => {
    const { apollo, runs, contacts, edit, file } = await setUp();
    await runs.inventory();
    const [contact] = [...apollo.store.contacts.values()];
    const id = contact!.id;
    if (isChanged) edit({ title: 'Countess' });
    const lines = [
      'stream,primary_key,outcome,conflict_id,decision',
      `rows,a,rejected,${id},same_person`,
      'other,z,new,,skip',
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { codes } = await runs.sync([row()], { stream: { decisions: file } });
    expect({ codes, contacts: contacts() }).toEqual(
      isChanged
        ? { codes: { decision_stale: 1 }, contacts: [{ ...old, title: 'Countess' }] }
        : { codes: {}, contacts: [own] },
    );
  },
);

sweepOver([
  ['same_person', { changed: { min: 1, max: 1 } }],
  ['new_person', { new: { min: 1, max: 1 } }],
])('with an inventory a preview of %s is exact', async (word, says) => {
  const { runs, file } = await setUp();
  await runs.sync([row()]);
  await runs.inventory();
  writeFileSync(file, `id,decision\na,${word}\n`);
  const streams = [{ name: 'rows', table: 'rows', object: 'contacts', primary_key: 'id', mapping, decisions: file }];
  const preview = await runs.preview([row()], { streams });
  expect(preview.streams).toMatchObject([says]);
  const { calls } = await runs.sync([row()], { config: { streams } });
  for (const [request, count] of Object.entries(calls)) {
    expect({ request, ...preview.calls[request] }).toEqual({ request, min: count, max: count });
  }
});
