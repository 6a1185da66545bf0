import { describe, expect, test } from 'vitest';
import type { Quirks } from '../../emulator/calls/quirks.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { idOf, mapped as map, play, type Scenario, shown } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const bulk = 'POST contacts/bulk_update';
const ann = { email: 'ann@acme.example', first_name: 'Ann', last_name: 'Lee' };
const old = { ...ann, id: idOf(1), title: 'CEO', organization_name: 'Acme', mobile_phone: '+12025550100' };
const holds = { contacts: [old] };

const scenarios: Scenario[] = [
  {
    name: 'a title that a PATCH does not take is a rejection, and so is one that its answer shows as it was',
    holds,
    quirks: { untaken: ['contacts/update title'] },
    rows: [{ ...ann, title: 'CTO', organization_name: 'Bolt' }],
    outcomes: ['rejected apollo_rejected'],
    calls: { [create]: 1, [patch]: 1 },
    after: [{ title: 'CEO', organization_name: 'Bolt' }],
  },
  {
    name: 'an answer that is stale as a whole confirms nothing',
    holds,
    quirks: { staleAnswers: ['contacts/update'] },
    rows: [{ ...ann, title: 'CTO', mobile_phone: '+12025550101' }],
    outcomes: ['rejected apollo_rejected'],
    calls: { [create]: 1, [patch]: 1 },
  },
  {
    name: 'what bulk_update does not take goes by PATCH',
    stream: { updates: 'bulk' },
    holds,
    quirks: { untaken: ['contacts/bulk_update title', 'contacts/bulk_update organization_name'] },
    rows: [{ ...ann, title: 'CTO', organization_name: 'Bolt' }],
    outcomes: ['updated'],
    calls: { [create]: 1, [bulk]: 1, [patch]: 1 },
    after: [{ title: 'CTO', organization_name: 'Bolt' }],
  },
  {
    name: 'an owner that bulk_update does not take goes by group',
    holds,
    quirks: { untaken: ['contacts/bulk_update owner_id'] },
    rows: [{ ...ann, owner: 'bruno.lindqvist@emulator.example' }],
    outcomes: ['updated'],
    calls: { [create]: 1, [bulk]: 1, 'POST contacts/update_owners': 1, 'GET users/search': 1 },
    after: [{ owner: 'bruno.lindqvist@emulator.example' }],
  },
  {
    name: 'a stage that the grouped endpoint does not take goes by PATCH',
    stream: { updates: 'bulk' },
    holds: { contacts: [old, { ...old, id: idOf(2), email: 'bo@bolt.example', first_name: 'Bo' }] },
    quirks: { untaken: ['contacts/update_stages contact_stage_id'] },
    rows: [
      { ...ann, stage: 'Approaching' },
      { ...ann, email: 'bo@bolt.example', first_name: 'Bo', stage: 'Approaching' },
    ],
    outcomes: ['updated', 'updated'],
    calls: { [create]: 1, 'POST contacts/update_stages': 1, [patch]: 2, 'GET contact_stages': 1 },
    after: [{ stage: 'Approaching' }, { stage: 'Approaching' }],
  },
  {
    name: 'a value that a create leaves out is written by PATCH',
    quirks: { untaken: ['contacts/bulk_create title', 'contacts/bulk_create contact_stage_id'] },
    rows: [{ ...ann, title: 'CTO', stage: 'Approaching' }],
    outcomes: ['created'],
    calls: { [create]: 1, [patch]: 1, 'GET contact_stages': 1 },
    after: [{ title: 'CTO', stage: 'Approaching' }],
  },
  {
    name: 'names and titles in a spelling of Apollo are no contradiction',
    holds,
    quirks: { textSpelling: 'title-case' },
    rows: [{ email: ann.email, first_name: 'ANN', last_name: 'lee', title: 'vp  of sales' }],
    outcomes: ['updated'],
    calls: { [create]: 1, [patch]: 1 },
    after: [{ first_name: 'Ann', last_name: 'Lee', title: 'Vp Of Sales' }],
  },
  {
    name: 'a contact that was merged into another one has that one\u2019s id from then on',
    stream: { mode: 'update', apollo_id: 'id', mapping: map('title') },
    holds,
    quirks: { mergedContacts: { [idOf(7)]: idOf(1) } },
    rows: [{ id: idOf(7), email: ann.email, title: 'CTO' }],
    outcomes: ['updated'],
    calls: { [patch]: 1 },
    after: [{ id: idOf(1), title: 'CTO' }],
  },
];

describe('what an answer contradicts', () => {
  test.each(scenarios)('$name', async (scenario) => {
    await play(scenario);
  });

  test('every field that was not taken is named, with the id of the record', async () => {
    const apollo = await startApollo({
      data: holds,
      quirks: { untaken: ['contacts/update title', 'contacts/update mobile_phone'] },
    });
    const rows = [{ ...ann, title: 'CTO', mobile_phone: '+12025550101', organization_name: 'Bolt' }];
    const { settled } = await deliverRows({ apollo, rows });
    expect(settled).toEqual([
      {
        status: 'rejected',
        id: idOf(1),
        rejection: {
          code: 'apollo_rejected',
          message: 'Apollo answered that it wrote the record, and did not take Job title, Mobile phone.',
          field: 'title',
          endpoint: patch,
          httpStatus: 200,
          attempts: 1,
        },
      },
    ]);
  });

  sweepOver(['silent', 'reported', 'array', 'string', 'nested'])(
    'a custom value that does not fit is a rejection, with errors that are %s',
    async (customFieldErrors) => {
      const apollo = await startApollo({
        data: {
          contacts: [{ ...old, typed_custom_fields: { '60c39ed82bd02f0115000700': '60c39ed82bd02f0115000701' } }],
        },
        quirks: { customFieldErrors },
        onRequest: ({ method }) => {
          if (method !== 'PATCH') return;
          apollo.store.fields.get('60c39ed82bd02f0115000700')!.options = [{ id: idOf(9), name: 'Other' }];
        },
      });
      const mapping = map('title', ['custom:Customer Tier', 'tier']);
      const rows = [{ email: ann.email, title: 'CTO', tier: 'Gold' }];
      const { outcomes, settled } = await deliverRows({ apollo, rows, stream: { mapping } });
      expect(outcomes).toEqual(['rejected apollo_rejected']);
      expect(settled[0]).toMatchObject({ rejection: { field: 'custom:Customer Tier' } });
      expect(shown(apollo, 'contacts', ['title'])).toEqual([{ title: 'CTO' }]);
    },
  );
});

describe('with a state store', () => {
  const setUp = async (quirks: Partial<Quirks>, stream: object = {}) => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, data: holds, quirks });
    return { apollo, runs: new Runs(apollo, { clock, stream: { primary_key: 'email', ...stream } }) };
  };

  test('what was not taken is not remembered as written, and not sent again while the row stays', async () => {
    const { apollo, runs } = await setUp({ untaken: ['contacts/update title'] });
    const rows = [{ ...ann, title: 'CTO', organization_name: 'Bolt' }];
    expect((await runs.sync(rows)).counts).toEqual({ rejected: 1 });
    expect((await runs.sync(rows)).calls).toEqual({});
    apollo.setQuirks({ untaken: [] });
    const changed = await runs.sync([{ ...rows[0]!, organization_name: 'Core' }]);
    expect([changed.counts, changed.calls]).toEqual([{ updated: 1 }, { [patch]: 1 }]);
    expect(shown(apollo, 'contacts', ['title', 'organization_name'])).toEqual([
      { title: 'CTO', organization_name: 'Core' },
    ]);
  });

  test('a value that goes back to what was confirmed before is written again', async () => {
    const { apollo, runs } = await setUp({});
    await runs.sync([{ ...ann, title: 'CTO' }]);
    apollo.setQuirks({ staleAnswers: ['contacts/update'] });
    expect((await runs.sync([{ ...ann, title: 'COO' }])).counts).toEqual({ rejected: 1 });
    apollo.setQuirks({ staleAnswers: [] });
    expect((await runs.sync([{ ...ann, title: 'CTO' }])).counts).toEqual({ updated: 1 });
    expect(shown(apollo, 'contacts', ['title'])).toEqual([{ title: 'CTO' }]);
  });

  test('another spelling is written once', async () => {
    const { runs } = await setUp({ textSpelling: 'title-case' });
    const rows = [{ ...ann, title: 'vp of sales' }];
    expect((await runs.sync(rows)).counts).toEqual({ updated: 1 });
    expect((await runs.sync(rows)).calls).toEqual({});
    const next = await runs.sync([{ ...ann, title: 'head of sales' }]);
    expect([next.counts, next.calls]).toEqual([{ updated: 1 }, { [patch]: 1 }]);
  });

  sweepOver<Quirks['listChanges']>(['no-labels', 'other-labels', 'other-message', 'failed-job'])(
    'a record is not on a list by an answer of %s, and the next run puts it there',
    async (listChanges) => {
      const { apollo, runs } = await setUp({ listChanges }, { lists: ['VIP'] });
      const rows = [{ ...ann, title: 'CTO' }];
      const first = await runs.sync(rows);
      expect([first.counts, first.codes]).toEqual([{ rejected: 1 }, { apollo_rejected: 1 }]);
      apollo.setQuirks({ listChanges: 'done' });
      const second = await runs.sync(rows);
      expect(second.calls).toEqual({ 'POST labels/add_entity_ids_to_label_names': 1 });
      expect(shown(apollo, 'contacts', ['lists', 'title'])).toEqual([{ lists: ['VIP'], title: 'CTO' }]);
    },
  );

  sweepOver<Quirks['listChanges']>(['no-labels', 'other-labels', 'other-message', 'failed-job'])(
    'nor off one, and the next run takes it off',
    async (listChanges) => {
      const { apollo, runs } = await setUp({}, { mode: 'mirror', lists: ['VIP'], max_removed_percent: 100 });
      const rows = [
        { ...ann, title: 'CTO' },
        { email: 'bo@bolt.example', first_name: 'Bo', title: 'CTO' },
      ];
      await runs.sync(rows);
      apollo.setQuirks({ listChanges });
      expect((await runs.sync(rows.slice(0, 1))).removed).toEqual({ found: 1, rejected: 1 });
      apollo.setQuirks({ listChanges: 'done' });
      expect((await runs.sync(rows.slice(0, 1))).removed).toMatchObject({ updated: 1 });
      expect(apollo.store.labels.members('VIP', 'contacts')).toEqual(new Set([idOf(1)]));
    },
  );

  test('no record is on a list that does not exist', async () => {
    const { apollo, runs } = await setUp({}, { mode: 'mirror', lists: ['VIP'], max_removed_percent: 100 });
    const rows = [
      { ...ann, title: 'CTO' },
      { email: 'bo@bolt.example', first_name: 'Bo', title: 'CTO' },
    ];
    await runs.sync(rows);
    const label = apollo.store.labels.byName('VIP', 'contacts')!;
    apollo.store.labels.rename(label, 'Gone');
    expect((await runs.sync(rows.slice(0, 1))).removed).toMatchObject({ found: 1, unchanged: 1 });
  });
});
