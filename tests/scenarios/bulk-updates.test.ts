import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { deliverRows } from '../support/run.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf, mapped, people, play, type Scenario, shown } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const update = 'POST contacts/bulk_update';
const stages = 'POST contacts/update_stages';
const patch = 'PATCH contacts/{id}';
const addToLists = 'POST labels/add_entity_ids_to_label_names';
const users = 'GET users/search';
const stageNames = 'GET contact_stages';
// As whom requests act: what they create is this one's where nothing else is said.
const ada = 'ada.reyes@emulator.example';
const bruno = 'bruno.lindqvist@emulator.example';
const chidi = 'chidi.okafor@emulator.example';

const rows = people(4);
const holds = { contacts: people(4) };
const bulk = (...fields: string[]) => ({ updates: 'bulk', mapping: mapped('first_name', 'last_name', ...fields) });
const bare = ({ email, first_name, last_name }: TestRow): TestRow =>
  Object.fromEntries(Object.entries({ email, first_name, last_name }).filter(([, v]) => v !== undefined)) as TestRow;

const split: Scenario[] = [
  {
    name: 'fields that bulk_update takes go many records a request, owners of each own included',
    stream: bulk('title', 'owner_id'),
    holds,
    rows: rows.map((row, i) => ({ ...row, title: `Title ${i}`, owner_id: i % 2 ? bruno : chidi })),
    outcomes: ['updated', 'updated', 'updated', 'updated'],
    calls: { [users]: 1, [create]: 2, [update]: 1 },
    after: rows.map((row, i) => ({ ...bare(row), title: `Title ${i}`, owner: i % 2 ? bruno : chidi })),
  },
  {
    name: 'stages go by group, and a record with more to write counts once both parts are there',
    stream: bulk('title', 'contact_stage_id'),
    holds,
    rows: rows.map((row, i) => ({
      ...row,
      title: i < 2 ? 'CTO' : null,
      contact_stage_id: i % 2 ? 'Replied' : 'Customer',
    })),
    outcomes: ['updated', 'updated', 'updated', 'updated'],
    calls: { [stageNames]: 1, [create]: 1, [stages]: 2, [update]: 1 },
    after: rows.map((row, i) => ({ ...bare(row), title: i < 2 ? 'CTO' : null, stage: i % 2 ? 'Replied' : 'Customer' })),
  },
  {
    name: 'a record alone in its stage goes by one PATCH with all that is left',
    stream: bulk('title', 'contact_stage_id'),
    holds,
    rows: [{ ...rows[0], title: 'CTO', contact_stage_id: 'Replied' }],
    outcomes: ['updated'],
    calls: { [stageNames]: 1, [create]: 1, [patch]: 1 },
  },
  {
    name: 'a field that only PATCH takes brings the others along, but for those that no PATCH takes',
    stream: bulk('title', 'contact_stage_id', 'mobile_phone', 'owner_id', 'lists'),
    holds,
    rows: rows.map((row, i) => ({
      ...row,
      title: 'CTO',
      contact_stage_id: 'Replied',
      mobile_phone: i === 0 ? '+1 202 555 0101' : null,
      owner_id: i === 0 ? bruno : null,
      lists: i < 3 ? 'North' : null,
    })),
    outcomes: ['updated', 'updated', 'updated', 'updated'],
    calls: { [users]: 1, [stageNames]: 1, [create]: 3, [stages]: 1, [update]: 1, [patch]: 1, [addToLists]: 1 },
    after: rows.map((row, i) => ({
      ...bare(row),
      title: 'CTO',
      stage: 'Replied',
      phones: i === 0 ? { mobile: '+1 202 555 0101' } : {},
      lists: i < 3 ? ['North'] : [],
    })),
  },
  {
    name: 'blanks are filled in bulk, and what is there is left alone',
    stream: { ...bulk('title'), on_existing: 'fill_blanks' },
    holds: { contacts: rows.map((row, i) => ({ ...row, ...(i < 2 && { title: 'CFO' }) })) },
    rows: rows.map((row) => ({ ...row, title: 'CTO' })),
    outcomes: ['unchanged', 'unchanged', 'updated', 'updated'],
    calls: { [create]: 1, [update]: 1 },
    after: rows.map((row, i) => ({ ...bare(row), title: i < 2 ? 'CFO' : 'CTO' })),
  },
  {
    name: 'an insert in bulk only writes later what a create cannot',
    stream: { ...bulk('title', 'mobile_phone'), mode: 'insert' },
    holds: { contacts: [rows[0]!] },
    rows: rows.slice(0, 2).map((row) => ({ ...row, title: 'CTO', mobile_phone: '+1 202 555 0101' })),
    outcomes: ['skipped', 'created'],
    calls: { [create]: 1, [patch]: 1 },
    after: [
      { email: rows[0]!['email'], title: null, phones: {} },
      { email: rows[1]!['email'], title: 'CTO', phones: { mobile: '+1 202 555 0101' } },
    ],
  },
  {
    name: 'an update by ids in bulk is told which of them are gone',
    stream: { mode: 'update', apollo_id: 'apollo', updates: 'bulk', mapping: [{ to: 'title', from: 'title' }] },
    holds: { contacts: rows.map((row, i) => ({ ...row, id: idOf(i), ...(i === 1 && { state: 'deleted' }) })) },
    rows: rows.map((_, i) => ({ apollo: idOf(i), title: 'CTO' })),
    outcomes: ['updated', 'rejected not_acknowledged', 'updated', 'updated'],
    calls: { [update]: 2 },
  },
  {
    name: 'an update by ids in groups is told which of them are gone, too',
    stream: {
      mode: 'update',
      apollo_id: 'apollo',
      updates: 'bulk',
      mapping: [{ to: 'contact_stage_id', from: 'stage' }],
    },
    holds: { contacts: rows.map((row, i) => ({ ...row, id: idOf(i), ...(i === 1 && { state: 'deleted' }) })) },
    rows: rows.map((_, i) => ({ apollo: idOf(i), stage: 'Replied' })),
    outcomes: ['updated', 'rejected not_acknowledged', 'updated', 'updated'],
    calls: { [stageNames]: 1, [stages]: 2 },
  },
  {
    name: 'a bad record of a refused bulk_update is found, and the others are written',
    stream: bulk('title'),
    holds,
    rows: rows.map((row, i) => ({ ...row, title: i === 2 ? 'bad' : 'good' })),
    trouble: [
      {
        match: { path: 'contacts/bulk_update' },
        fault: { kind: 'reject', where: { field: 'title', equals: 'bad' }, naming: 'none' },
      },
    ],
    outcomes: ['updated', 'updated', 'rejected apollo_rejected', 'updated'],
    calls: { [create]: 1, [update]: 5 },
    after: rows.map((row, i) => ({ ...bare(row), title: i === 2 ? null : 'good' })),
  },
];

describe('updates: bulk', () => {
  test.each(split)('$name', async (scenario) => void (await play(scenario)));

  test('accounts go a thousand a request', async () => {
    const accounts = Array.from({ length: 1234 }, (_, i) => ({ domain: `d${i}.example`, name: `Company ${i}` }));
    const apollo = await startApollo({ data: { accounts: accounts.map(({ domain }) => ({ domain, name: 'Old' })) } });
    const mapping = ['domain', 'name'].map((name) => ({ to: name, from: name }));
    const stream = { object: 'accounts', updates: 'bulk', on_match_conflict: 'create', mapping };
    const { outcomes, calls } = await deliverRows({ apollo, rows: accounts, stream });
    expect(new Set(outcomes)).toEqual(new Set(['updated']));
    expect(calls).toEqual({ 'POST accounts/bulk_create': 13, 'POST accounts/bulk_update': 2 });
    expect([...apollo.store.accounts.values()].map(({ name }) => name).sort()).toEqual(
      accounts.map(({ name }) => name).sort(),
    );
  });

  test('one bad account among a thousand is found, and costs twenty requests', async () => {
    const accounts = Array.from({ length: 999 }, (_, i) => ({ domain: `d${i}.example`, id: idOf(i) }));
    const apollo = await startApollo({
      data: { accounts },
      trouble: [
        {
          match: { path: 'accounts/bulk_update' },
          fault: { kind: 'reject', where: { field: 'name', equals: 'Company 617' }, naming: 'none' },
        },
      ],
    });
    const named = accounts.map(({ id }, i) => ({ id, name: `Company ${i}` }));
    const stream = {
      object: 'accounts',
      mode: 'update',
      updates: 'bulk',
      apollo_id: 'id',
      mapping: [{ to: 'name', from: 'name' }],
    };
    const { outcomes, calls } = await deliverRows({ apollo, rows: named, stream });
    expect(outcomes).toEqual(named.map((_, i) => (i === 617 ? 'rejected apollo_rejected' : 'updated')));
    expect(calls['POST accounts/bulk_update']).toBeLessThanOrEqual(21);
  });
});

describe('what is known of a record in parts', () => {
  const started = async (...fields: string[]) => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock });
    return { apollo, runs: new Runs(apollo, { clock, stream: { mapping: mapped(...fields), updates: 'bulk' } }) };
  };
  const person = (i: number, title: string, contact_stage_id: string) => ({
    ...people(3)[i]!,
    title,
    contact_stage_id,
  });

  test('a part that was confirmed before another was refused is not sent again', slow, async () => {
    const { apollo, runs } = await started('title', 'contact_stage_id');
    await runs.sync([person(0, 'CFO', 'New'), person(1, 'CFO', 'New')]);
    apollo.addTrouble([
      {
        match: { path: 'contacts/bulk_update' },
        fault: { kind: 'reject', where: { field: 'title', equals: 'bad' }, naming: 'contact_id' },
      },
    ]);
    const refused = await runs.sync([person(0, 'bad', 'Replied'), person(1, 'CTO', 'Replied')]);
    expect([refused.counts, refused.calls]).toEqual([
      { updated: 1, rejected: 1 },
      { [stages]: 1, [update]: 2 },
    ]);
    // The title alone is left.
    const corrected = await runs.sync([person(0, 'CTO', 'Replied'), person(1, 'CTO', 'Replied')]);
    expect([corrected.counts, corrected.calls]).toEqual([{ updated: 1, unchanged: 1 }, { [update]: 1 }]);
    expect(shown(apollo, 'contacts', ['title', 'stage'])).toEqual(Array(2).fill({ title: 'CTO', stage: 'Replied' }));
  });

  sweepOver([
    ['title', 'title', 'CTO', update],
    ['mobile_phone', 'phones', '+1 202 555 0199', patch],
    ['owner_id', 'owner', bruno, update],
    ['contact_stage_id', 'stage', 'Replied', patch],
  ])(
    'an address that was changed by hand is given back where all is compared again: %s',
    async (field, key, value, by) => {
      const { apollo, runs } = await started('first_name', field);
      const [one] = people(1);
      await runs.sync([{ ...one, [field]: null }]);
      const contact = [...apollo.store.contacts.values()][0]!;
      apollo.store.contacts.change(contact, { email: 'by@hand.example' });
      const changed = [{ ...one, [field]: value }];
      const next = await runs.sync(changed, { full: true });
      expect([next.counts, Object.keys(next.calls)]).toEqual([{ updated: 1 }, expect.arrayContaining([by])]);
      const [held] = shown(apollo, 'contacts', ['email', key]);
      expect(held!['email']).toBe(one!['email']);
      expect(JSON.stringify(held![key])).toContain(value);
      expect((await runs.sync(changed)).counts).toEqual({ unchanged: 1 });
    },
  );

  // One of an owner each: a create for all of them, and one bulk_update.
  const owned = people(3).map(({ email }, i) => ({ email: email!, owner_id: [ada, bruno, chidi][i]! }));
  const held = (apollo: Parameters<typeof shown>[0]) =>
    shown(apollo, 'contacts', ['email', 'owner']).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const wanted = owned.map(({ email, owner_id }) => ({ email, owner: owner_id }));

  test(
    'a run that is killed between create and owner is finished by the next, and the records count as created',
    slow,
    async () => {
      for (let commits = 0; commits < 6; commits++) {
        const { apollo, runs } = await started('owner_id');
        await runs.sync(owned, killedState(commits));
        // A run in which it would share its request with no other one, and so be created with its owner.
        await runs.sync([owned[1]!]);
        const alone = held(apollo).find(({ email }) => email === owned[1]!.email);
        expect([commits, alone]).toEqual([commits, wanted[1]]);
        const next = await runs.sync(owned);
        expect([commits, next.status, held(apollo)]).toEqual([commits, 'succeeded', wanted]);
      }
    },
  );

  test('owners that could not be given are given by the next run', async () => {
    const { apollo, runs } = await started('owner_id');
    apollo.addTrouble([{ match: { path: 'contacts/bulk_update', times: 9 }, fault: { kind: 'status', status: 500 } }]);
    const first = await runs.sync(owned, { config: { retries: { max_retries: 0 } } });
    expect([first.counts, first.codes]).toEqual([{ created: 1, deferred: 2 }, { apollo_unavailable: 2 }]);
    expect(first.calls).toEqual({ [create]: 1, [update]: 1 });
    apollo.clearTrouble();
    const second = await runs.sync(owned);
    expect([second.counts, second.calls]).toEqual([{ created: 2, unchanged: 1 }, { [update]: 1 }]);
    expect(held(apollo)).toEqual(wanted);
  });
});
