import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { deliverRows, refusal } from '../support/run.ts';
import { mapped as map, play, type Scenario } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const bulkUpdate = 'POST contacts/bulk_update';
const addToLists = 'POST labels/add_entity_ids_to_label_names';
const users = 'GET users/search';

const ada = 'ada.reyes@emulator.example';
const bruno = 'bruno.lindqvist@emulator.example';

const assigned: Scenario[] = [
  {
    name: 'owners by e-mail: after a creation that few of each owner share, in the bulk_update of those that exist',
    stream: { mapping: map(['owner_id', 'owner']) },
    holds: { contacts: [{ email: 'old@a.example' }, { email: 'same@a.example' }] },
    rows: [
      { email: 'a@a.example', owner: ada },
      { email: 'b@b.example', owner: bruno },
      { email: 'c@c.example', owner: null },
      { email: 'd@d.example', owner: 'nobody@emulator.example' },
      { email: 'e@e.example', owner: 'dora.fenn@emulator.example' },
      { email: 'old@a.example', owner: bruno },
      { email: 'same@a.example', owner: ada },
    ],
    outcomes: [
      'created',
      'created',
      'created',
      'rejected unknown_option',
      'rejected unknown_option',
      'updated',
      'unchanged',
    ],
    calls: { [users]: 1, [create]: 1, [bulkUpdate]: 1 },
    after: [
      { email: 'a@a.example', owner: ada },
      { email: 'b@b.example', owner: bruno },
      { email: 'c@c.example', owner: ada },
      { email: 'old@a.example', owner: bruno },
      { email: 'same@a.example', owner: ada },
    ],
  },
  {
    name: 'stages by name, on creation and by PATCH afterwards',
    stream: { mapping: map(['contact_stage_id', 'stage']) },
    holds: { contacts: [{ email: 'old@a.example' }, { email: 'same@a.example' }] },
    rows: [
      { email: 'a@a.example', stage: 'customer' },
      { email: 'old@a.example', stage: 'Replied' },
      { email: 'same@a.example', stage: 'New' },
      { email: 'b@a.example', stage: 'Won' },
    ],
    outcomes: ['created', 'updated', 'unchanged', 'rejected unknown_option'],
    calls: { 'GET contact_stages': 1, [create]: 1, [patch]: 1 },
    after: [
      { email: 'a@a.example', stage: 'Customer' },
      { email: 'old@a.example', stage: 'Replied' },
      { email: 'same@a.example', stage: 'New' },
    ],
  },
  {
    name: 'lists: new contacts by append_label_names, existing ones through the labels endpoint',
    stream: { lists: ['Warehouse sync'], mapping: map() },
    holds: { contacts: [{ email: 'old@a.example', label_names: ['Trade Show Leads'] }] },
    rows: [{ email: 'a@a.example' }, { email: 'old@a.example' }],
    outcomes: ['created', 'updated'],
    calls: { [create]: 1, [addToLists]: 1 },
    after: [
      { email: 'a@a.example', lists: ['Warehouse sync'] },
      { email: 'old@a.example', lists: ['Trade Show Leads', 'Warehouse sync'] },
    ],
  },
  {
    name: 'lists of each row: those that agree share a request, in whatever order they are written',
    stream: { lists: ['All'], mapping: map(['lists', 'tags']) },
    rows: [
      { email: 'a@a.example', tags: ['Red', 'Blue'] },
      { email: 'b@b.example', tags: ['Blue', 'Red'] },
      { email: 'c@c.example', tags: ['Green'] },
      { email: 'd@d.example', tags: null },
    ],
    outcomes: ['created', 'created', 'created', 'created'],
    calls: { [create]: 3 },
    after: [
      { email: 'a@a.example', lists: ['All', 'Blue', 'Red'] },
      { email: 'b@b.example', lists: ['All', 'Blue', 'Red'] },
      { email: 'c@c.example', lists: ['All', 'Green'] },
      { email: 'd@d.example', lists: ['All'] },
    ],
  },
  {
    name: 'on_existing skip adds no record to a list that was there before',
    stream: { lists: ['All'], on_existing: 'skip', mapping: map() },
    holds: { contacts: [{ email: 'old@a.example' }] },
    rows: [{ email: 'a@a.example' }, { email: 'old@a.example' }],
    outcomes: ['created', 'skipped'],
    calls: { [create]: 1 },
    after: [
      { email: 'a@a.example', lists: ['All'] },
      { email: 'old@a.example', lists: [] },
    ],
  },
  {
    name: 'the LinkedIn profile of an existing contact goes by bulk_update, a hundred at a time',
    stream: { mapping: map('linkedin_url', 'title') },
    holds: { contacts: [{ email: 'old@a.example' }, { email: 'older@a.example' }] },
    rows: [
      { email: 'a@a.example', linkedin_url: 'https://www.linkedin.com/in/a', title: 'CTO' },
      { email: 'old@a.example', linkedin_url: 'https://www.linkedin.com/in/b', title: 'CTO' },
      { email: 'older@a.example', linkedin_url: 'https://www.linkedin.com/in/c', title: null },
    ],
    outcomes: ['created', 'updated', 'updated'],
    calls: { [create]: 1, [bulkUpdate]: 1, [patch]: 1 },
    after: [
      { email: 'a@a.example', linkedin_url: 'https://www.linkedin.com/in/a', title: 'CTO' },
      { email: 'old@a.example', linkedin_url: 'https://www.linkedin.com/in/b', title: 'CTO' },
      { email: 'older@a.example', linkedin_url: 'https://www.linkedin.com/in/c', title: null },
    ],
  },
];

describe('owners, stages and lists', () => {
  test.each(assigned)('$name', async (scenario) => {
    await play(scenario);
  });
});

describe('what cannot be written', () => {
  test.each([
    ['a field that can only be read', 'email_status', /"email_status" cannot be written\. Apollo sets it itself/],
    ['a field that there is not', 'emial', /"emial" is not a field of contacts\. Did you mean "email"/],
    ['a custom field that there is not', 'custom:Customer Teir', /"custom:Customer Teir" is not a custom field\./],
  ])('%s is refused when the configuration is read, with exit code 2 and nothing sent', async (_, to, message) => {
    const apollo = await startApollo();
    const mapping = [...map(), { to, from: 'x' }];
    const refused = await refusal({ apollo, rows: [{ email: 'a@a.example', x: 'y' }], stream: { mapping } });
    expect(refused).toEqual({ exit: 2, message: expect.stringMatching(message) });
    expect(apollo.requests.entries.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test.each([
    ['a column that the source lacks', { mapping: map(['title', 'job']) }, /the source has no column "job"/],
    ['a field that is mapped twice', { mapping: map(['title', 'email'], ['job_title', 'email']) }, /mapped twice/],
    ['a primary key that the source lacks', { mapping: map(), primary_key: 'id' }, /no column "id"/],
  ])('%s is refused as well', async (_, stream, message) => {
    const apollo = await startApollo();
    const refused = await refusal({ apollo, rows: [{ email: 'a@a.example' }], stream });
    expect(refused).toEqual({ exit: 2, message: expect.stringMatching(message) });
    expect(apollo.requests.entries.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('the industry of an account is accepted and explained, and not sent', async () => {
    const apollo = await startApollo();
    const rows = [{ domain: 'acme.example', name: 'Acme', industry: 'Steel' }];
    const { warnings, outcomes } = await deliverRows({ apollo, rows, stream: { object: 'accounts' } });
    expect(outcomes).toEqual(['created']);
    expect(warnings).toEqual([
      'streams[0].mapping: "industry" is not sent. Apollo documents no endpoint that writes it. Use a custom field to keep your own.',
    ]);
  });
});
