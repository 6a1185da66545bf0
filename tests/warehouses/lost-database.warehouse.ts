import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { SeedData } from '../../emulator/server/seeding.ts';
import { exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { shownRecords } from '../support/shown-records.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { Lines } from './lines.ts';
import { newSchema, psql, storeIn } from './support.ts';

/** Up to which request of each kind the database is lost: all of them at night. */
const lastPlace = process.env['NIGHTLY'] === undefined ? 1 : Number.POSITIVE_INFINITY;

/** Rows, and what Apollo has before them. */
interface Story {
  readonly stream: Readonly<Record<string, unknown>>;
  readonly holds: SeedData;
  readonly before: readonly TestRow[];
  readonly after: readonly TestRow[];
}

const old = { created_at: '2020-01-01T00:00:00Z' };
const person = (n: number, title: string, more: TestRow = {}): TestRow => ({
  id: `${n}`,
  email: `p${n}@lost.example`,
  first_name: `Ann${n}`,
  last_name: 'Lee',
  company: `Company ${n}`,
  title,
  notes: title,
  lists: n % 2 === 0 ? 'Even' : 'Odd',
  ...more,
});
const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const mapping = (...names: readonly (readonly [to: string, from: string])[]) =>
  names.map(([to, from]) => ({ to, from }));

/** New people, people whom Apollo has, changes, and people of the name and company of others. */
const contacts: Story = {
  stream: {
    object: 'contacts',
    primary_key: 'id',
    mapping: mapping(
      ['email', 'email'],
      ['first_name', 'first_name'],
      ['last_name', 'last_name'],
      ['organization_name', 'company'],
      ['title', 'title'],
      ['custom:Notes', 'notes'],
      ['lists', 'lists'],
    ),
  },
  holds: {
    contacts: [
      ...numbers(20, 29).map((n) => ({
        email: `p${n}@lost.example`,
        first_name: 'Bo',
        last_name: `${n}`,
        title: 'Old',
        ...old,
      })),
      ...numbers(40, 44).map((n) => ({
        email: `other${n}@lost.example`,
        first_name: `Ann${n}`,
        last_name: 'Lee',
        organization_name: `Company ${n}`,
        title: 'Somebody else',
        ...old,
      })),
    ],
  },
  before: numbers(1, 9).map((n) => person(n, 'CTO')),
  after: [...numbers(1, 9), ...numbers(10, 29), ...numbers(40, 44)].map((n) => person(n, 'CEO')),
};

const company = (n: number, phone: string, domain: string | null = `c${n}.example`): TestRow => ({
  id: `${n}`,
  domain,
  name: `Company ${n}`,
  phone,
  lists: n % 2 === 0 ? 'Even' : 'Odd',
});

/** The same of accounts, with some that have no domain, and some that Apollo takes for others of their name. */
const accounts: Story = {
  stream: {
    object: 'accounts',
    primary_key: 'id',
    on_match_conflict: 'create',
    mapping: mapping(['domain', 'domain'], ['name', 'name'], ['phone', 'phone'], ['lists', 'lists']),
  },
  holds: {
    accounts: [
      ...numbers(20, 24).map((n) => ({ name: `Company ${n}`, domain: `c${n}.example`, ...old })),
      ...numbers(40, 44).map((n) => ({ name: `Company ${n}`, domain: `another${n}.example`, ...old })),
    ],
  },
  before: [...numbers(1, 9).map((n) => company(n, '+1 202 555 0101')), company(30, '+1 202 555 0101', null)],
  after: [
    ...[...numbers(1, 24), ...numbers(40, 44)].map((n) => company(n, '+1 202 555 0102')),
    ...numbers(30, 34).map((n) => company(n, '+1 202 555 0102', null)),
  ],
};

/** What bulk updates of accounts can write. */
const names: Story = {
  stream: {
    object: 'accounts',
    primary_key: 'id',
    updates: 'bulk',
    mapping: mapping(['domain', 'domain'], ['name', 'name']),
  },
  holds: { accounts: accounts.holds.accounts! },
  before: numbers(1, 9).map((n) => ({ id: `${n}`, domain: `c${n}.example`, name: `Firm ${n}` })),
  after: numbers(1, 24).map((n) => ({ id: `${n}`, domain: `c${n}.example`, name: `Firm ${n} Inc` })),
};

/** A place after a first run over `before`, and with a line to the database that a hook cuts. */
async function place(
  { stream, holds, before }: Story,
  isCut: (request: { method: string; action: string | null }) => boolean,
) {
  const schema = newSchema();
  const clock = new EmulatorClock();
  const lines = new Lines();
  onTestFinished(() => lines.close());
  const line = await lines.open(storeIn(schema).url!);
  let isOver = true;
  const emulator = await startApollo({
    clock,
    data: holds,
    onApplied: (request) => {
      if (isOver || !isCut(request)) return;
      isOver = true;
      lines.cut(line);
    },
  });
  const runs = new Runs(emulator, { clock, stream, config: { state: storeIn(schema) } });
  expect((await runs.sync(before)).cause).toBeUndefined();
  const cut = { config: { state: { ...storeIn(schema), url: line.url } } };
  return {
    runs,
    emulator,
    schema,
    lose: (rows: readonly TestRow[]) => {
      isOver = false;
      return runs.sync(rows, cut);
    },
    wasCut: () => isOver,
  };
}

const SHOWN = ['email', 'domain', 'name', 'first_name', 'title', 'phone', 'organization_name', 'lists', 'custom'];

/** What the store says of rows, and what Apollo holds, but for what differs from run to run. */
async function remains({ runs, emulator }: Awaited<ReturnType<typeof place>>, { stream }: Story) {
  const stored =
    await runs.query(`select primary_key, code, outcome in ('created', 'updated', 'unchanged') as has_record,
    destination_id is null as has_none from records order by all`);
  const held = shownRecords(emulator, stream['object'])
    .map((one) => JSON.stringify(SHOWN.map((name) => one[name])))
    .sort();
  return { stored, held };
}

afterEach(closeEmulators);

const kinds: readonly {
  kind: string;
  story: Story;
  method: string;
  action: string;
  more?: Readonly<Record<string, unknown>>;
}[] = [
  { kind: 'creations', story: contacts, method: 'POST', action: 'contacts/bulk_create' },
  { kind: 'updates and changes of custom fields', story: contacts, method: 'PATCH', action: 'contacts/update' },
  {
    kind: 'updates in bulk',
    story: contacts,
    method: 'POST',
    action: 'contacts/bulk_update',
    more: { updates: 'bulk' },
  },
  { kind: 'lists', story: contacts, method: 'POST', action: 'labels/add_entity_ids_to_label_names' },
  { kind: 'creations of accounts', story: accounts, method: 'POST', action: 'accounts/bulk_create' },
  { kind: 'updates of accounts', story: accounts, method: 'PATCH', action: 'accounts/update' },
  { kind: 'updates of accounts in bulk', story: names, method: 'POST', action: 'accounts/bulk_update' },
];

/** What an undisturbed run leaves, by what it writes with. */
const undisturbed = new Map<string, ReturnType<typeof remains>>();

function leftUndisturbed(story: Story): ReturnType<typeof remains> {
  const name = JSON.stringify(story.stream);
  const left = undisturbed.get(name) ?? run();
  undisturbed.set(name, left);
  return left;
  async function run() {
    const calm = await place(story, () => false);
    expect((await calm.runs.sync(story.after)).cause).toBeUndefined();
    return remains(calm, story);
  }
}

test.each(kinds)(
  'where the database is lost between answers to $kind and their commit, the next run leaves what an undisturbed one does',
  async ({ story: told, method, action, more = {} }) => {
    const story = { ...told, stream: { ...told.stream, ...more } };
    const expected = await leftUndisturbed(story);
    const isOthers = (held: string): boolean => /Somebody else|another\d+\.example/.test(held);
    expect(expected.held.filter(isOthers)).toHaveLength(5);
    for (let nth = 1; nth <= lastPlace; nth++) {
      let seen = 0;
      const one = await place(story, (request) => {
        const isIt = request.method === method && request.action === action;
        return isIt && ++seen === nth;
      });
      const lost = await one.lose(story.after);
      if (!one.wasCut()) {
        expect(nth).toBeGreaterThan(1);
        break;
      }
      expect([lost.cause, nth]).toMatchObject([{ code: 'state_unreachable' }, nth]);
      expect(exitCodeOf({ status: lost.status, cause: lost.cause })).toBe(75);
      expect([one.runs.summary.streams[0]!.read, sum(lost.counts)]).toEqual([story.after.length, story.after.length]);
      psql(`update ${one.schema}.leases set expires_at = now() at time zone 'utc' - interval '1 s'`);
      const next = await one.runs.sync(story.after);
      expect(next.cause).toBeUndefined();
      expect(await remains(one, story), `cut at ${nth}`).toEqual(expected);
      expect(await one.runs.identityFaults(one.emulator, story.after, more)).toEqual([]);
      expect((await one.runs.sync(story.after)).calls).toEqual({});
    }
  },
);

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);
