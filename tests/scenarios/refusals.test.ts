import { describe, expect, test } from 'vitest';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import type { Emulator } from '../../emulator/server/server.ts';
import type { TroubleRule } from '../../emulator/server/trouble.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows } from '../support/run.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf, people } from './scenario.ts';

const create = 'POST contacts/bulk_create';

/** People of whom every twentieth has an account that is not there, each another one. */
const stale = (count: number): TestRow[] =>
  people(count, (i) => ({ account_id: i % 20 === 7 ? idOf(9_000 + i) : null }));

interface Told {
  readonly rows: readonly TestRow[];
  readonly stream?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly quirks?: Partial<Quirks>;
  readonly trouble?: readonly TroubleRule[];
  readonly holds?: readonly TestRow[];
  readonly users?: readonly TestRow[];
  readonly onRequest?: (request: { readonly action: string | null }, apollo: Emulator) => void;
}

async function delivered({
  rows,
  stream = {},
  config = {},
  quirks = {},
  trouble = [],
  holds = [],
  users = [],
  onRequest,
}: Told) {
  const clock = new EmulatorClock();
  const apollo: Emulator = await startApollo({
    ...{ clock, quirks, trouble, data: { contacts: holds as never, users: users as never } },
    onRequest: (request) => onRequest?.(request, apollo),
  });
  const result = await deliverRows({ apollo, rows, stream, config, clock });
  const counts: Record<string, number> = {};
  for (const outcome of result.outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { ...result, counts, apollo };
}

const setQuirks = ({ origin }: Emulator, quirks: Partial<Quirks>) =>
  fetch(`${origin}/__emulator/quirks`, { method: 'POST', body: JSON.stringify(quirks) });

describe('one bad row does not keep others from being written', () => {
  sweepOver([
    ['quotes the id', { unknownReferences: '422' }, 70],
    ['quotes it in another text', { unknownReferences: '422', refusedIds: 'other-team' }, 70],
    ['names nothing', { unknownReferences: '422', refusedIds: 'unnamed' }, 420],
  ] as const)('1,000 rows with 50 stale accounts, where the refusal %s', async (_, quirks, most) => {
    const { counts, calls, apollo } = await delivered({ rows: stale(1000), quirks });
    expect(counts).toEqual({ created: 950, 'rejected apollo_rejected': 50 });
    expect(apollo.store.contacts.size).toBe(950);
    expect(calls[create]).toBeLessThanOrEqual(most);
  });

  test('with a state store the next run has nothing to do', slow, async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, quirks: { unknownReferences: '422', refusedIds: 'unnamed' } });
    const runs = new Runs(apollo, { clock });
    const first = await runs.sync(stale(300));
    expect(first.counts).toEqual({ created: 285, rejected: 15 });
    expect((await runs.sync(stale(300))).calls).toEqual({});
  });

  test('a value that many rows hold costs one request, however many batches hold it', async () => {
    const rows = people(1000, (i) => ({ account_id: i % 10 === 3 ? idOf(9_000 + (i % 4)) : null }));
    const { counts, calls } = await delivered({ rows, quirks: { unknownReferences: '422' } });
    expect(counts).toEqual({ created: 900, 'rejected apollo_rejected': 100 });
    // Ten batches, two values, and at most three more that were on their way when each was refused.
    expect(calls[create]).toBeLessThanOrEqual(10 + 2 + 2 * 3);
  });

  test('the rejection says for which field it was', async () => {
    const { settled } = await delivered({ rows: stale(8), quirks: { unknownReferences: '422' } });
    expect(settled[7]).toMatchObject({ status: 'rejected', rejection: { field: 'account_id', httpStatus: 422 } });
  });
});

describe('who holds what a refusal quotes', () => {
  const stage = idOf(77);

  test('a value that others hold elsewhere rejects only those who hold it where it is refused', async () => {
    const rows = people(20, (i) => ({ account_id: i === 3 || i === 4 ? stage : null, title: i > 15 ? stage : null }));
    const { outcomes, calls } = await delivered({ rows, quirks: { unknownReferences: '422' } });
    const refused = outcomes.flatMap((outcome, i) => (outcome === 'created' ? [] : [i]));
    expect([refused, calls[create]]).toEqual([[3, 4], 4]);
  });

  test.each([
    ['a part of a value that a row holds', 'Nothing here: {value}', 'vip-4711 and more'],
    ['a word of a language', 'Validation of Name failed for the whole request', 'Name'],
  ])('%s is not the value', async (_, message, title) => {
    const rows = people(30, (i) => ({ title: i === 20 ? title : null, last_name: i === 5 ? 'vip-4711' : `Last${i}` }));
    const trouble: TroubleRule[] = [
      {
        match: { path: 'contacts/bulk_create' },
        fault: { kind: 'reject', where: { field: 'last_name', equals: 'vip-4711' }, naming: 'value', message },
      },
    ];
    const { outcomes } = await delivered({ rows, trouble });
    expect(outcomes.flatMap((outcome, i) => (outcome === 'created' ? [] : [i]))).toEqual([5]);
  });

  test('a value is known in other case and between other signs', async () => {
    const rows = people(40, (i) => ({ title: i % 20 === 1 ? 'Grade-A7' : null }));
    const fault = {
      kind: 'reject',
      where: { field: 'title', equals: 'Grade-A7' },
      naming: 'value',
      message: '(GRADE-A7) is wrong',
    } as const;
    const { counts, calls } = await delivered({ rows, trouble: [{ match: { path: 'contacts/bulk_create' }, fault }] });
    expect([counts, calls[create]]).toEqual([{ created: 38, 'rejected apollo_rejected': 2 }, 2]);
  });

  test('an owner of the whole request refuses the group without a search, and no other group', async () => {
    const owners = ['ada', 'ben'].map((name, i) => ({
      id: idOf(i + 1),
      email: `${name}@team.example`,
      first_name: name,
    }));
    const rows = people(100, (i) => ({ owner: owners[i % 2]!.id }));
    const mapping = [
      ...['email', 'first_name', 'last_name'].map((to) => ({ to, from: to })),
      { to: 'owner_id', from: 'owner' },
    ];
    const body = { error: `${owners[0]!.id} does not belong to the current team` };
    const match = { path: 'contacts/bulk_create', bodyContains: owners[0]!.id };
    const trouble: TroubleRule[] = [{ match, fault: { kind: 'status', status: 422, body } }];
    const { counts, calls, settled } = await delivered({ rows, stream: { mapping }, trouble, users: owners });
    expect([counts, calls[create]]).toEqual([{ created: 50, 'rejected apollo_rejected': 50 }, 2]);
    expect(settled[0]).toMatchObject({ rejection: { field: 'owner_id' } });
  });

  test('a value in every row refuses every row, at one request', async () => {
    const rows = people(300, () => ({ account_id: idOf(5) }));
    const { counts, calls } = await delivered({ rows, quirks: { unknownReferences: '422' } });
    expect(counts).toEqual({ 'rejected apollo_rejected': 300 });
    expect(calls[create]).toBeLessThanOrEqual(3);
  });
});

describe('updates', () => {
  const known = (count: number) => people(count).map((row, i) => ({ ...row, id: idOf(i + 1) }));
  const rows = (count: number) =>
    known(count).map((row, i) => ({ ...row, account_id: i % 4 === 1 ? idOf(900) : null, title: 'CTO' }));
  const stream = { mode: 'update', apollo_id: 'id', mapping: ['title', 'account_id'].map((to) => ({ to, from: to })) };

  test.each([
    ['individual', 'PATCH contacts/{id}', 30 + 4],
    ['bulk', 'POST contacts/bulk_update', 2],
  ])('%s: a refused value costs one request, or one for each that was on its way', async (updates, request, most) => {
    const quirks = { unknownReferences: '422' } as const;
    const result = await delivered({ rows: rows(40), stream: { ...stream, updates }, quirks, holds: known(40) });
    expect(result.counts).toEqual({ updated: 30, 'rejected apollo_rejected': 10 });
    expect(result.calls[request]).toBeLessThanOrEqual(most);
  });

  test('a stage that is refused for a group of contacts', async () => {
    const [lead, gone] = ['6095a710bd01d100a506d4ae', '6095a710bd01d100a506d4af'] as const;
    const staged = known(40).map((row, i) => ({ ...row, stage: i % 2 ? gone : lead }));
    const mapping = [{ to: 'contact_stage_id', from: 'stage' }];
    const result = await delivered({
      rows: staged,
      stream: { ...stream, mapping, updates: 'bulk' },
      quirks: { unknownReferences: '422' },
      holds: known(40),
      // It is deleted after the run has looked.
      onRequest: ({ action }, { store }) =>
        void (action === 'contacts/update_stages' && store.contactStages.delete(gone)),
    });
    expect(result.calls['POST contacts/update_stages']).toBe(2);
    expect(result.counts['rejected apollo_rejected']).toBe(20);
  });
});

describe('accounts', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    id: idOf(i + 1),
    domain: `company${i}.example`,
    name: `Company ${i}`,
    stage: i % 100 === 8 ? 'bad' : null,
  }));

  test.each([
    ['value', 12],
    ['none', 160],
  ] as const)('a thousand in one bulk_update, ten of them bad, where the refusal names %s', async (naming, most) => {
    const clock = new EmulatorClock();
    const match = { path: 'accounts/bulk_update' };
    const trouble = rows
      .filter(({ stage }) => stage !== null)
      .map(
        ({ name }): TroubleRule => ({
          match,
          fault: {
            kind: 'reject',
            where: { field: 'name', equals: `${name} Ltd` },
            naming,
            message: naming === 'value' ? '"{value}" is refused' : 'no',
          },
        }),
      );
    const holds = rows.map(({ id, domain, name }) => ({ id, domain, name }));
    const apollo = await startApollo({ clock, trouble, data: { accounts: holds as never } });
    const stream = {
      object: 'accounts',
      mode: 'update',
      apollo_id: 'id',
      updates: 'bulk',
      mapping: [{ to: 'name', from: 'name' }],
    };
    const changed = rows.map((row) => ({ ...row, name: `${row.name} Ltd` }));
    const { outcomes, calls } = await deliverRows({ apollo, rows: changed, stream, clock });
    expect(outcomes.filter((outcome) => outcome === 'updated').length).toBe(990);
    expect(outcomes.filter((outcome) => outcome === 'rejected apollo_rejected').length).toBe(10);
    expect(calls['POST accounts/bulk_update']).toBeLessThanOrEqual(most);
  });
});

describe('a refusal that is the same for every record', () => {
  const all = (body: unknown, status = 422): TroubleRule[] => [
    { match: { path: 'contacts/bulk_create' }, fault: { kind: 'status', status, body } },
  ];

  test('ends the run as an outage, with its text, and rejects no row', async () => {
    const { counts, cause, calls } = await delivered({
      rows: people(1000),
      trouble: all({ error: 'Something is odd' }),
    });
    expect(Object.keys(counts)).toEqual(
      ['deferred apollo_unavailable', 'deferred run_stopped'].slice(0, Object.keys(counts).length),
    );
    expect(String(cause)).toContain('Something is odd');
    expect(calls[create]).toBeLessThanOrEqual(3 + 3 + 15);
  });

  test('"Request timed out" is one, however few batches there are', async () => {
    const { counts } = await delivered({ rows: people(20), trouble: all({ error: 'Request timed out' }) });
    expect(counts).toEqual({ 'deferred apollo_unavailable': 20 });
  });

  test('the same text for single records of each batch is none', async () => {
    const trouble = Array.from(
      { length: 10 },
      (_, i): TroubleRule => ({
        match: { path: 'contacts/bulk_create' },
        fault: { kind: 'reject', where: { equals: `person${i * 100}@company${i * 100}.example` }, naming: 'none' },
      }),
    );
    const { counts } = await delivered({ rows: people(1000), trouble });
    expect(counts).toEqual({ created: 990, 'rejected apollo_rejected': 10 });
  });

  test('a plan without room for more contacts defers those that are new, and lets updates go on', slow, async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock });
    const runs = new Runs(apollo, { clock });
    await runs.sync(people(50));
    await setQuirks(apollo, { maxContacts: 60 });
    const changed = people(450, (i) => ({ title: i < 50 ? 'CTO' : null }));
    const ended = await runs.sync(changed);
    expect(ended.counts).toEqual({ created: 10, updated: 50, deferred: 390 });
    expect(ended.codes).toEqual({ plan_limit: 390 });
    expect(ended.calls[create]).toBeLessThanOrEqual(60);
    await setQuirks(apollo, { maxContacts: 0 });
    expect((await runs.sync(changed)).counts).toEqual({ created: 390, unchanged: 60 });
  });
});
