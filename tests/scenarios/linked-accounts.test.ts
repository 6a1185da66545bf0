import { expect, test } from 'vitest';
import { planOf } from '../../runtime/run/preview/plan-file.ts';
import { askOf } from '../support/ask-runs.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

const createContacts = 'POST contacts/bulk_create';
const createAccounts = 'POST accounts/bulk_create';
const patch = 'PATCH contacts/{id}';

const person = (n: number, domain: string | null, more: TestRow = {}): TestRow => ({
  kind: 'contact',
  id: `c${n}`,
  email: `p${n}@people.example`,
  first_name: `First${n}`,
  last_name: `Last${n}`,
  domain,
  ...more,
});
const company = (domain: string, more: TestRow = {}): TestRow => ({
  kind: 'account',
  id: domain,
  domain,
  name: `The ${domain}`,
  ...more,
});

const contactsStream = (account: object, more: object = {}) => ({
  name: 'contacts',
  object: 'contacts',
  primary_key: 'id',
  query: "select * from rows where kind = 'contact'",
  mapping: ['email', 'first_name', 'last_name'].map((to) => ({ to, from: to })),
  account: { from: 'domain', ...account },
  ...more,
});
const accountsStream = (more: object = {}) => ({
  name: 'accounts',
  object: 'accounts',
  query: "select * from rows where kind = 'account'",
  mapping: ['domain', 'name'].map((to) => ({ to, from: to })),
  ...more,
});

async function setUp(streams: readonly object[], config: object = {}, options: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, ...options });
  const runs = new Runs(apollo, { clock, config: { streams, ...config } });
  /** The domain of each contact's account, by the contact's address. */
  const links = () =>
    Object.fromEntries(
      [...apollo.store.contacts.values()].map(({ email, account_id }) => [
        String(email).split('@')[0],
        account_id === null ? null : (apollo.store.accounts.get(account_id)?.domain ?? 'unknown'),
      ]),
    );
  return { apollo, runs, links, ask: askOf(runs, clock) };
}

/** What became of each stream: its counts that are not 0. */
const ended = ({ summary }: Runs) =>
  Object.fromEntries(
    summary.streams.map((stream) => [
      stream.name,
      Object.fromEntries(
        Object.entries(stream).filter(([key, value]) => typeof value === 'number' && value > 0 && key !== 'read'),
      ),
    ]),
  );

test('contacts come to the accounts of their domains, which run first wherever they stand', async () => {
  const { runs, links } = await setUp([contactsStream({}), accountsStream()]);
  const rows = [
    company('acme.example'),
    company('bell.example'),
    person(1, 'https://www.ACME.example/about'),
    person(2, 'me@bell.example'),
  ];
  await runs.sync(rows);
  expect(ended(runs)).toEqual({ accounts: { created: 2 }, contacts: { created: 2 } });
  expect(links()).toEqual({ p1: 'acme.example', p2: 'bell.example' });
  expect((await runs.sync(rows)).calls).toEqual({});
});

sweepOver(['duckdb', 'none'])(
  'without an account of its domain a contact waits (state %s), and goes on once there is one',
  async (type) => {
    const { runs, links } = await setUp(
      [accountsStream(), contactsStream({})],
      type === 'none' ? { state: { type } } : {},
    );
    const rows = [company('acme.example'), person(1, 'acme.example'), person(2, 'bell.example')];
    expect(await runs.sync(rows)).toMatchObject({ status: 'deferred' });
    expect(ended(runs)['contacts']).toEqual({ created: 1, deferred: 1 });
    expect(runs.summary.streams[1]?.deferred_codes).toEqual({ account_missing: 1 });
    expect(links()).toEqual({ p1: 'acme.example' });
    expect(await runs.sync([...rows, company('bell.example')])).toMatchObject({ status: 'succeeded' });
    expect(links()).toEqual({ p1: 'acme.example', p2: 'bell.example' });
  },
);

test('a change of the domain links the contact to the other account, and nothing else is written', slow, async () => {
  const { runs, links } = await setUp([accountsStream(), contactsStream({})]);
  const accounts = [company('acme.example'), company('bell.example')];
  await runs.sync([...accounts, person(1, 'acme.example'), person(2, 'acme.example')]);
  await runs.sync([...accounts, person(1, 'bell.example'), person(2, 'acme.example')]);
  expect(runs.summary.calls).toMatchObject({ [patch]: 1 });
  expect(runs.summary.costs?.flatMap(({ field }) => field ?? [])).toContain('account_id');
  expect(links()).toEqual({ p1: 'bell.example', p2: 'acme.example' });
});

sweepOver(['ignore', 'clear'])('a row without a domain leaves the account as it is (nulls: %s)', async (nulls) => {
  const { runs, links } = await setUp([accountsStream(), contactsStream({}, { nulls })]);
  const accounts = [company('acme.example')];
  await runs.sync([...accounts, person(1, 'acme.example'), person(2, null)]);
  await runs.sync([...accounts, person(1, null, { first_name: 'New' }), person(2, 'gmail.com')]);
  expect(links()).toEqual({ p1: 'acme.example', p2: null });
  expect(runs.summary.streams[1]).toMatchObject({ dropped_codes: { free_mail_domain: { account: 1 } } });
});

test('what is no domain rejects the row, or is left out with on_invalid drop', async () => {
  const rows = [
    company('acme.example'),
    person(1, 'acme.example'),
    person(2, 'not a domain'),
    person(3, 'x@gmail.com'),
  ];
  const rejecting = await setUp([accountsStream(), contactsStream({})]);
  await rejecting.runs.sync(rows);
  expect(rejecting.runs.summary.streams[1]).toMatchObject({ created: 2, reject_codes: { invalid_domain: 1 } });
  expect(rejecting.links()).toEqual({ p1: 'acme.example', p3: null });
  const dropping = await setUp([accountsStream(), contactsStream({}, { on_invalid: 'drop' })]);
  await dropping.runs.sync(rows);
  expect(dropping.runs.summary.streams[1]).toMatchObject({ created: 3, dropped_values: 2 });
  expect(dropping.links()).toEqual({ p1: 'acme.example', p2: null, p3: null });
});

test(
  'with create: true each missing account is created once, a hundred a call, and found where Apollo has it',
  slow,
  async () => {
    const { apollo, runs, links } = await setUp(
      [contactsStream({ create: true })],
      {},
      {
        data: { accounts: [{ domain: 'd3.example', name: 'There' }] },
      },
    );
    const rows = Array.from({ length: 450 }, (_, n) => person(n, n % 9 === 0 ? 'gmail.com' : `d${n % 150}.example`));
    const preview = await runs.preview(rows);
    await runs.sync(rows);
    const domains = new Set(rows.map(({ domain }) => domain).filter((domain) => domain !== 'gmail.com'));
    expect(runs.summary.calls).toMatchObject({ [createAccounts]: 2, [createContacts]: 5 });
    expect(preview.calls).toMatchObject({ [createAccounts]: { min: 2, max: 2 }, [createContacts]: { min: 5, max: 5 } });
    expect(preview.streams.map(({ name }) => name)).toEqual(['contacts.accounts', 'contacts']);
    expect([...apollo.store.accounts.values()].map(({ domain }) => domain).sort()).toEqual([...domains].sort());
    expect(new Set(Object.values(links()))).toEqual(new Set([...domains, null]));
    expect((await runs.sync(rows)).calls).toEqual({});
    await runs.sync([...rows, person(1000, 'd3.example'), person(1001, 'new.example')]);
    expect(runs.summary.calls).toMatchObject({ [createAccounts]: 1, [createContacts]: 1 });
    expect([...apollo.store.accounts.values()].filter(({ domain }) => domain === 'd3.example')).toHaveLength(1);
  },
);

test('accounts that wait for the quota have their contacts wait, and are created once', slow, async () => {
  const limits = { plan: 'custom', per_minute: 1, per_hour: 1, per_day: 1, max_wait_seconds: 1 };
  const { apollo, runs, links } = await setUp([contactsStream({ create: true })]);
  const rows = Array.from({ length: 120 }, (_, n) => person(n, `d${n}.example`));
  const preview = await runs.preview(rows);
  const first = await runs.sync(rows, { config: { rate_limits: limits }, plan: planOf('plan.json', preview) });
  expect(first.status).toBe('deferred');
  expect(ended(runs)).toMatchObject({
    'contacts.accounts': { created: 100, deferred: 20 },
    contacts: { created: 100, deferred: 20 },
  });
  await runs.sync(rows);
  expect(ended(runs)['contacts.accounts']).toEqual({ created: 20 });
  expect([...apollo.store.accounts.values()]).toHaveLength(120);
  expect(Object.entries(links()).every(([name, domain]) => domain === `d${name.slice(1)}.example`)).toBe(true);
});

test('an account whose answer is lost is not created a second time', async () => {
  const { apollo, runs, links } = await setUp([contactsStream({ create: true })]);
  apollo.addTrouble([{ match: { path: 'accounts/bulk_create', times: 1 }, fault: { kind: 'applied-then-drop' } }]);
  const rows = [person(1, 'acme.example'), person(2, 'acme.example')];
  await runs.sync(rows, { config: { retries: { max_retries: 0 } } });
  expect(ended(runs)['contacts']).toEqual({ deferred: 2 });
  await runs.sync(rows);
  expect([...apollo.store.accounts.values()]).toHaveLength(1);
  expect(links()).toEqual({ p1: 'acme.example', p2: 'acme.example' });
});

test(
  'explain tells what a row waits for to those who may see values, and what creating accounts makes of it',
  slow,
  async () => {
    const waiting = await setUp([contactsStream({})]);
    const rows = [person(1, 'acme.example')];
    await waiting.runs.sync(rows);
    const asked = { name: 'explain', stream: 'contacts', key: 'c1' };
    const hidden = await waiting.ask(asked, rows);
    expect(hidden.json).toMatchObject([{ next_run: { outcome: 'deferred', code: 'account_missing' } }]);
    expect(JSON.stringify(hidden)).not.toContain('acme.example');
    const shown = await waiting.ask({ ...asked, showValues: true }, rows);
    expect(shown.text).toContain('It waits for domain:acme.example.');
    const creating = await setUp([contactsStream({ create: true })]);
    await creating.runs.sync([person(2, null)]);
    const next = (await creating.ask(asked, rows)).json;
    expect(next).toMatchObject([{ next_run: { outcome: 'created', fields: expect.arrayContaining(['account_id']) } }]);
  },
);

test('undo gives the former account back, and leaves a link where there was none', async () => {
  const { runs, links } = await setUp([accountsStream(), contactsStream({})]);
  const accounts = [company('acme.example'), company('bell.example')];
  await runs.sync([...accounts, person(1, 'acme.example'), person(2, null)]);
  await runs.sync([...accounts, person(1, 'bell.example'), person(2, 'bell.example')], { runId: 'links' });
  await runs.sync(accounts, { undone: 'links' });
  expect(links()).toEqual({ p1: 'acme.example', p2: 'bell.example' });
});

test.each([
  [accountsStream({ account: { from: 'domain' } }), 'streams[0].account: is for contacts only'],
  [
    contactsStream(
      {},
      {
        mapping: [
          { to: 'email', from: 'email' },
          { to: 'account_id', from: 'a' },
        ],
      },
    ),
    'account_id',
  ],
  [contactsStream({ from: 'nowhere' }), 'streams[0].account.from'],
  [contactsStream({}, { membership: { list: 'L', behaviour: 'add' }, mapping: [] }), 'not allowed with membership'],
])('what does not go with an account is refused before anything is sent (%#)', async (stream, says) => {
  const { apollo, runs } = await setUp([stream]);
  await expect(runs.sync([person(1, 'acme.example', { a: 'x' })])).rejects.toThrow(says);
  expect(apollo.requests.entries).toEqual([]);
});

test('an account that only an inventory has shown is linked to, the oldest of several', async () => {
  const accounts = [
    { domain: 'acme.example', name: 'Younger', created_at: '2025-02-01T00:00:00Z' },
    { domain: 'acme.example', name: 'Older', created_at: '2024-02-01T00:00:00Z' },
  ];
  const { apollo, runs } = await setUp([contactsStream({})], {}, { data: { accounts } });
  await runs.sync([person(1, null)]);
  await runs.inventory();
  await runs.sync([person(1, 'acme.example')]);
  const [contact] = [...apollo.store.contacts.values()];
  expect(apollo.store.accounts.get(contact?.account_id ?? '')?.name).toBe('Older');
});

sweepOver([true, false])('with an inventory a preview of links is exact (create: %s)', async (create) => {
  const accounts = [{ domain: 'acme.example', name: 'There' }];
  const { runs } = await setUp([contactsStream({ create })], {}, { data: { accounts } });
  await runs.sync([person(0, null)]);
  await runs.inventory();
  const rows = [
    person(0, 'acme.example'),
    person(1, 'acme.example'),
    person(2, 'bell.example'),
    person(3, 'gmail.com'),
  ];
  const preview = await runs.preview(rows);
  const { calls } = await runs.sync(rows);
  for (const [request, count] of Object.entries(calls)) {
    expect({ request, ...preview.calls[request] }).toEqual({ request, min: count, max: count });
  }
  expect(preview.streams.at(-1)).toMatchObject({
    deferred: create ? 0 : 1,
    new: { min: create ? 3 : 2, max: create ? 3 : 2 },
  });
});
