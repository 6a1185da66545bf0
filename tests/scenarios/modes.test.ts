import { describe, test } from 'vitest';
import { idOf, play, type Scenario } from './scenario.ts';

const ann = { email: 'ann@acme.example', first_name: 'Ann', last_name: 'Lee' };
const bo = { email: 'bo@bolt.example', first_name: 'Bo', last_name: 'Ek' };
const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const read = 'GET contacts/{id}';

const upsert: Scenario[] = [
  {
    name: 'upsert creates what Apollo lacks and updates what it has',
    holds: { contacts: [{ ...ann, title: 'CFO' }] },
    rows: [
      { ...ann, title: 'CTO' },
      { ...bo, title: 'CEO' },
    ],
    outcomes: ['updated', 'created'],
    calls: { [create]: 1, [patch]: 1 },
    after: [
      { email: 'ann@acme.example', title: 'CTO' },
      { email: 'bo@bolt.example', title: 'CEO' },
    ],
  },
  {
    name: 'a record that differs in nothing is unchanged and costs no update',
    holds: { contacts: [{ ...ann, email: 'Ann@Acme.example', title: 'CTO' }] },
    rows: [{ ...ann, title: ' CTO ' }],
    outcomes: ['unchanged'],
    calls: { [create]: 1 },
    after: [{ email: 'Ann@Acme.example', title: 'CTO' }],
  },
  {
    name: 'a field that bulk_create cannot write follows by PATCH, and the record counts as created',
    stream: { mapping: [...fields('email', 'first_name'), { to: 'mobile_phone', from: 'mobile' }] },
    rows: [
      { ...ann, mobile: '+1 202 555 0101' },
      { ...bo, mobile: null },
    ],
    outcomes: ['created', 'created'],
    calls: { [create]: 1, [patch]: 1 },
    after: [
      { email: 'ann@acme.example', phones: { mobile: '+1 202 555 0101' } },
      { email: 'bo@bolt.example', phones: {} },
    ],
  },
  {
    name: 'on_existing skip leaves what exists alone and creates the rest',
    stream: { on_existing: 'skip' },
    holds: { contacts: [ann] },
    rows: [{ ...ann, first_name: 'Anna' }, bo],
    outcomes: ['skipped', 'created'],
    calls: { [create]: 1 },
    after: [
      { email: 'ann@acme.example', first_name: 'Ann' },
      { email: 'bo@bolt.example', first_name: 'Bo' },
    ],
  },
  {
    name: 'the last row of a match key counts, whatever its spelling; the others are superseded',
    rows: [
      { ...ann, title: 'first' },
      { ...ann, email: ' ANN@acme.example', title: 'last' },
    ],
    outcomes: ['superseded', 'created'],
    calls: { [create]: 1 },
    after: [{ email: 'ann@acme.example', title: 'last' }],
  },
  {
    name: 'a null leaves a field as it is',
    holds: { contacts: [{ ...ann, title: 'CTO', direct_phone: '+1 202 555 0101' }] },
    rows: [{ ...ann, first_name: 'Anna', title: null, direct_phone: null }],
    outcomes: ['updated'],
    calls: { [create]: 1, [patch]: 1 },
    after: [{ first_name: 'Anna', title: 'CTO', phones: { work_direct: '+1 202 555 0101' } }],
  },
  {
    name: 'with nulls: clear a null empties a field, and a blank one needs no request',
    stream: { nulls: 'clear' },
    holds: { contacts: [{ ...ann, title: 'CTO' }, bo] },
    rows: [
      { ...ann, title: null },
      { ...bo, title: null },
    ],
    outcomes: ['updated', 'unchanged'],
    calls: { [create]: 1, [patch]: 1 },
    after: [
      { email: 'ann@acme.example', title: null },
      { email: 'bo@bolt.example', title: null },
    ],
  },
  {
    name: 'a record that does not exist yet has nothing to clear',
    stream: { nulls: 'clear' },
    rows: [{ ...ann, title: null, mobile_phone: null }],
    outcomes: ['created'],
    calls: { [create]: 1 },
    after: [{ email: 'ann@acme.example', title: null }],
  },
];

const fillBlanks: Scenario[] = [
  {
    name: 'fill_blanks writes only the fields that are empty, and reads nothing where the slim answer shows them',
    stream: { on_existing: 'fill_blanks' },
    holds: { contacts: [{ ...ann, last_name: '' }, bo] },
    rows: [
      { email: ann.email, first_name: 'Anna', last_name: 'Lee', title: 'CTO' },
      { email: bo.email, first_name: 'Bob' },
    ],
    outcomes: ['updated', 'unchanged'],
    calls: { [create]: 1, [patch]: 1 },
    after: [
      { email: 'ann@acme.example', first_name: 'Ann', last_name: 'Lee', title: 'CTO' },
      { email: 'bo@bolt.example', first_name: 'Bo', last_name: 'Ek', title: null },
    ],
  },
  {
    name: 'fill_blanks reads the whole record where the slim one does not show a field',
    stream: { on_existing: 'fill_blanks' },
    holds: {
      contacts: [
        { ...ann, mobile_phone: '+1 202 555 0101', present_raw_address: 'Rome' },
        { ...bo, present_raw_address: 'Oslo' },
      ],
    },
    rows: [
      { ...ann, mobile_phone: '+1 202 555 0199', present_raw_address: 'Bonn' },
      { ...bo, mobile_phone: '+1 202 555 0199', present_raw_address: 'Bonn' },
    ],
    outcomes: ['unchanged', 'updated'],
    calls: { [create]: 1, [read]: 2, [patch]: 1 },
    after: [
      { present_raw_address: 'Rome', phones: { mobile: '+1 202 555 0101' } },
      { present_raw_address: 'Oslo', phones: { mobile: '+1 202 555 0199' } },
    ],
  },
  {
    name: 'fill_blanks never empties a field',
    stream: { on_existing: 'fill_blanks', nulls: 'clear' },
    holds: { contacts: [{ ...ann, title: 'CTO' }] },
    rows: [{ ...ann, title: null, mobile_phone: null }],
    outcomes: ['unchanged'],
    calls: { [create]: 1 },
    after: [{ title: 'CTO' }],
  },
];

const insert: Scenario[] = [
  {
    name: 'insert creates in batches and skips what exists',
    stream: { mode: 'insert' },
    holds: { contacts: [ann] },
    rows: [{ ...ann, title: 'CTO' }, bo],
    outcomes: ['skipped', 'created'],
    calls: { [create]: 1 },
    after: [
      { email: 'ann@acme.example', title: null },
      { email: 'bo@bolt.example', title: null },
    ],
  },
];

const update: Scenario[] = [
  {
    name: 'update changes the record that the row names, and creates none',
    stream: { mode: 'update', apollo_id: 'id', mapping: fields('email', 'title') },
    holds: {
      contacts: [
        { ...ann, id: idOf(1) },
        { ...bo, id: idOf(2), state: 'deleted' },
      ],
    },
    rows: [
      { id: idOf(1), email: 'ann.lee@acme.example', title: 'CTO' },
      { id: idOf(2), email: 'x@bolt.example', title: 'CEO' },
      { id: idOf(3), email: 'y@bolt.example', title: 'CEO' },
      { id: null, email: 'z@bolt.example', title: 'CEO' },
    ],
    outcomes: ['updated', 'rejected record_deleted', 'rejected record_deleted', 'rejected missing_apollo_id'],
    calls: { [patch]: 3 },
    after: [{ email: 'ann.lee@acme.example', title: 'CTO' }],
  },
  {
    name: 'an update row that says nothing is unchanged, without a request',
    stream: { mode: 'update', apollo_id: 'id', mapping: fields('title') },
    holds: { contacts: [{ ...ann, id: idOf(1), title: 'CTO' }] },
    rows: [{ id: idOf(1), title: null }],
    outcomes: ['unchanged'],
    calls: {},
    after: [{ title: 'CTO' }],
  },
  {
    name: 'update with on_existing skip leaves every record alone',
    stream: { mode: 'update', apollo_id: 'id', on_existing: 'skip', mapping: fields('title') },
    holds: { contacts: [{ ...ann, id: idOf(1), title: 'CTO' }] },
    rows: [{ id: idOf(1), title: 'CEO' }],
    outcomes: ['skipped'],
    calls: {},
    after: [{ title: 'CTO' }],
  },
  {
    name: 'update with fill_blanks reads first, and patches only what is blank',
    stream: { mode: 'update', apollo_id: 'id', on_existing: 'fill_blanks', mapping: fields('title', 'first_name') },
    holds: {
      contacts: [
        { ...ann, id: idOf(1) },
        { ...bo, id: idOf(2), title: 'CEO' },
        { id: idOf(4), state: 'deleted' },
      ],
    },
    rows: [
      { id: idOf(1), title: 'CTO', first_name: 'Anna' },
      { id: idOf(2), title: 'CTO', first_name: 'Bob' },
      { id: idOf(4), title: 'CTO', first_name: 'Cy' },
    ],
    outcomes: ['updated', 'unchanged', 'rejected record_deleted'],
    calls: { [read]: 3, [patch]: 1 },
    after: [
      { title: 'CTO', first_name: 'Ann' },
      { title: 'CEO', first_name: 'Bo' },
    ],
  },
  {
    name: 'two update rows of one record: the last one counts',
    stream: { mode: 'update', apollo_id: 'id', mapping: fields('title') },
    holds: { contacts: [{ ...ann, id: idOf(1) }] },
    rows: [
      { id: idOf(1), title: 'first' },
      { id: idOf(1).toUpperCase(), title: 'last' },
    ],
    outcomes: ['superseded', 'updated'],
    calls: { [patch]: 1 },
    after: [{ title: 'last' }],
  },
];

function fields(...names: string[]): { to: string; from: string }[] {
  return names.map((name) => ({ to: name, from: name }));
}

describe.each([
  ['upsert', upsert],
  ['fill_blanks', fillBlanks],
  ['insert', insert],
  ['update', update],
])('%s', (_, scenarios) => {
  test.each(scenarios)('$name', async (scenario) => {
    await play(scenario);
  });
});
