import { describe, test } from 'vitest';
import { idOf, play, type Scenario } from './scenario.ts';

const ann = { email: 'ann@acme.example', first_name: 'Ann', last_name: 'Lee', organization_name: 'Acme' };
const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const read = 'GET contacts/{id}';
const lists = 'POST labels/add_entity_ids_to_label_names';

const nameMatches: Scenario[] = [
  {
    name: 'a name match in the same company is never overwritten: the row is a match conflict',
    holds: { contacts: [{ ...ann, email: 'ann.lee@acme.example', title: 'CFO' }] },
    rows: [{ ...ann, title: 'CTO' }],
    outcomes: ['rejected match_conflict'],
    calls: { [create]: 1, [read]: 1 },
    after: [{ email: 'ann.lee@acme.example', title: 'CFO' }],
  },
  {
    name: 'a name match is found out in a batch as well, and costs the others nothing',
    holds: { contacts: [{ ...ann, email: 'ann.lee@acme.example', title: 'CFO' }] },
    rows: [
      { email: 'bo@bolt.example', first_name: 'Bo', last_name: 'Ek', organization_name: 'Bolt', title: 'CEO' },
      { ...ann, title: 'CTO' },
      { email: 'cy@coil.example', first_name: 'Cy', last_name: 'Om', organization_name: 'Coil', title: 'CEO' },
    ],
    outcomes: ['created', 'rejected match_conflict', 'created'],
    calls: { [create]: 1, [read]: 1 },
    after: [
      { email: 'ann.lee@acme.example', title: 'CFO' },
      { email: 'bo@bolt.example', title: 'CEO' },
      { email: 'cy@coil.example', title: 'CEO' },
    ],
  },
  {
    name: 'a name match whose slim record does not show the company is asked for alone',
    quirks: { slimExisting: 'schema' },
    holds: { contacts: [{ ...ann, email: 'ann@private.example', title: 'CFO' }] },
    rows: [{ email: 'bo@bolt.example' }, { ...ann, title: 'CTO' }],
    outcomes: ['created', 'rejected match_conflict'],
    calls: { [create]: 2, [read]: 1 },
    after: [
      { email: 'ann@private.example', title: 'CFO' },
      { email: 'bo@bolt.example', title: null },
    ],
  },
  {
    name: 'on_existing skip does not skip a name match: it is somebody else',
    stream: { on_existing: 'skip' },
    holds: { contacts: [{ ...ann, email: 'ann.lee@acme.example' }] },
    rows: [ann],
    outcomes: ['rejected match_conflict'],
    calls: { [create]: 1, [read]: 1 },
  },
];

const addresses: Scenario[] = [
  {
    name: 'an additional e-mail address is accepted after a look at the whole record, and stays additional',
    holds: { contacts: [{ ...ann, contact_emails: [{ email: 'lee@private.example', position: 0 }] }] },
    rows: [{ email: 'lee@private.example', first_name: 'Ann', last_name: 'Lee', title: 'CTO' }],
    outcomes: ['updated'],
    calls: { [create]: 1, [read]: 1, [patch]: 1 },
    after: [{ email: 'ann@acme.example', emails: ['lee@private.example'], title: 'CTO' }],
  },
  {
    name: 'an additional e-mail address with nothing else to write is unchanged',
    holds: { contacts: [{ ...ann, contact_emails: [{ email: 'lee@private.example', position: 0 }] }] },
    rows: [{ email: 'Lee@Private.example', first_name: 'Ann' }],
    outcomes: ['unchanged'],
    calls: { [create]: 1, [read]: 1 },
    after: [{ email: 'ann@acme.example', emails: ['lee@private.example'] }],
  },
  {
    name: 'an address that differs by what follows a plus is another one',
    holds: { contacts: [{ email: 'ann@acme.example', title: 'CFO' }] },
    rows: [{ email: 'ann+news@acme.example', title: 'CTO' }],
    outcomes: ['rejected match_conflict'],
    calls: { [create]: 1, [read]: 1 },
    after: [{ email: 'ann@acme.example', title: 'CFO' }],
  },
  {
    name: 'where Apollo tells plus addresses apart, both are created',
    quirks: { plusAddressing: false },
    rows: [{ email: 'ann+news@acme.example' }, { email: 'ann@acme.example' }],
    outcomes: ['created', 'created'],
    calls: { [create]: 2 },
    after: [{ email: 'ann+news@acme.example' }, { email: 'ann@acme.example' }],
  },
];

const withoutEmail: Scenario[] = [
  {
    name: 'rows without an e-mail are told apart by name and company',
    holds: { contacts: [{ ...ann, title: 'CFO' }] },
    rows: [
      { email: null, first_name: 'ANN', last_name: 'Lee', organization_name: 'acme', title: 'CTO' },
      { first_name: 'Bo', last_name: 'Ek', organization_name: 'Bolt', title: 'CEO' },
      { first_name: 'Cy', last_name: 'Om', organization_name: null, title: 'CEO' },
    ],
    stream: { mapping: ['email', 'first_name', 'last_name', 'organization_name', 'title'].map(same) },
    outcomes: ['updated', 'created', 'rejected missing_required_field'],
    calls: { [create]: 1, [patch]: 1 },
    after: [
      { email: 'ann@acme.example', title: 'CTO' },
      { email: null, title: 'CEO' },
    ],
  },
  {
    name: 'rows without an e-mail are told apart by the id in a CRM, which only the whole record shows',
    holds: { contacts: [{ hubspot_vid: '17', title: 'CFO' }] },
    rows: [
      { hubspot_id: '17', title: 'CTO' },
      { hubspot_id: '18', title: 'CEO' },
    ],
    outcomes: ['updated', 'created'],
    calls: { [create]: 2, [read]: 1, [patch]: 1 },
    after: [
      { hubspot_vid: '17', hubspot_id: undefined, title: 'CTO' },
      { hubspot_vid: undefined, hubspot_id: '18', title: 'CEO' },
    ],
  },
  {
    name: 'a CRM id that belongs to somebody with another e-mail is a match conflict',
    holds: { contacts: [{ email: 'ann@acme.example', salesforce_id: '003A', title: 'CFO' }] },
    rows: [{ email: 'bo@bolt.example', salesforce_id: '003A', title: 'CEO' }],
    outcomes: ['rejected match_conflict'],
    calls: { [create]: 1, [read]: 1 },
    after: [{ email: 'ann@acme.example', title: 'CFO' }],
  },
];

const lookAlikes: Scenario[] = [
  {
    name: 'rows that Apollo could take for one another never share a request',
    rows: [
      { ...ann, title: 'one' },
      { ...ann, email: 'ann2@acme.example', title: 'two' },
      { ...ann, email: 'ann3@acme.example', title: 'three' },
      { email: 'bo@bolt.example', title: 'four' },
    ],
    quirks: { withinBatch: 'both' },
    config: { concurrency: 1 },
    outcomes: ['created', 'rejected match_conflict', 'rejected match_conflict', 'created'],
    calls: { [create]: 3, [read]: 2 },
    after: [
      { email: 'ann@acme.example', title: 'one' },
      { email: 'bo@bolt.example', title: 'four' },
    ],
  },
  {
    name: 'an e-mail import that waited to become a contact is taken over, not doubled',
    stream: { lists: ['VIP'] },
    holds: { contacts: [{ email: 'ann@acme.example', source: 'email_import' }] },
    rows: [{ email: 'ann@acme.example', title: 'CTO' }],
    outcomes: ['updated'],
    calls: { [create]: 1, [lists]: 1 },
    after: [{ email: 'ann@acme.example', title: 'CTO', lists: ['VIP'], source: 'api' }],
  },
];

const refused: Scenario[] = [
  {
    name: 'a record that Apollo mentions in neither array is sent once more, alone, and then not acknowledged',
    trouble: [{ fault: { kind: 'omit', where: { equals: 'ann@acme.example' } } }],
    rows: [ann, { email: 'bo@bolt.example' }],
    outcomes: ['rejected not_acknowledged', 'created'],
    calls: { [create]: 2 },
    after: [{ email: 'bo@bolt.example' }],
  },
  {
    name: 'a record that Apollo left out once is created when it is sent alone',
    trouble: [{ match: { nth: 1 }, fault: { kind: 'omit', where: { equals: 'ann@acme.example' } } }],
    rows: [ann, { email: 'bo@bolt.example' }],
    outcomes: ['created', 'created'],
    calls: { [create]: 2 },
    after: [{ email: 'ann@acme.example' }, { email: 'bo@bolt.example' }],
  },
  {
    name: 'a record that was written and not mentioned is found when it is sent alone, not doubled',
    trouble: [{ match: { nth: 1 }, fault: { kind: 'omit-from-answer', where: { equals: 'ann@acme.example' } } }],
    rows: [ann, { email: 'bo@bolt.example' }],
    outcomes: ['unchanged', 'created'],
    calls: { [create]: 2 },
    after: [{ email: 'ann@acme.example' }, { email: 'bo@bolt.example' }],
  },
  {
    name: 'a deleted contact is not found, so the row is created again',
    holds: { contacts: [{ ...ann, state: 'deleted' }] },
    rows: [ann],
    outcomes: ['created'],
    calls: { [create]: 1 },
    after: [{ email: 'ann@acme.example' }],
  },
  {
    name: 'an update that Apollo refuses because the contact was deleted meanwhile is record_deleted',
    stream: { mode: 'update', apollo_id: 'id', mapping: [same('linkedin_url')] },
    quirks: { absentIds: '422' },
    holds: {
      contacts: [
        { ...ann, id: idOf(1) },
        { id: idOf(2), state: 'deleted' },
      ],
    },
    rows: [
      { id: idOf(1), linkedin_url: 'https://linkedin.com/in/ann' },
      { id: idOf(2), linkedin_url: 'https://linkedin.com/in/bo' },
      { id: idOf(3), linkedin_url: 'https://linkedin.com/in/cy' },
    ],
    outcomes: ['updated', 'rejected record_deleted', 'rejected record_deleted'],
    calls: { 'POST contacts/bulk_update': 3 },
    after: [{ linkedin_url: 'https://linkedin.com/in/ann' }],
  },
  {
    name: 'an update of ids that Apollo leaves out of its answer is not acknowledged',
    stream: { mode: 'update', apollo_id: 'id', mapping: [same('linkedin_url')] },
    holds: { contacts: [{ ...ann, id: idOf(1) }] },
    rows: [
      { id: idOf(1), linkedin_url: 'https://linkedin.com/in/ann' },
      { id: idOf(3), linkedin_url: 'https://linkedin.com/in/cy' },
    ],
    outcomes: ['updated', 'rejected not_acknowledged'],
    calls: { 'POST contacts/bulk_update': 2 },
    after: [{ linkedin_url: 'https://linkedin.com/in/ann' }],
  },
];

function same(name: string) {
  return { to: name, from: name };
}

describe.each([
  ['nameMatches', nameMatches],
  ['e-mail addresses', addresses],
  ['rows without an e-mail', withoutEmail],
  ['look-alikes', lookAlikes],
  ['records that Apollo does not take', refused],
])('%s', (_, scenarios) => {
  test.each(scenarios)('$name', async (scenario) => {
    await play(scenario);
  });
});
