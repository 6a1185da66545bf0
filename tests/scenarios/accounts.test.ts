import { test } from 'vitest';
import { play, type Scenario } from './scenario.ts';

const create = 'POST accounts/bulk_create';
const patch = 'PATCH accounts/{id}';
const read = 'GET accounts/{id}';
const accounts = { object: 'accounts' };
const creating = { ...accounts, on_match_conflict: 'create' };

const scenarios: Scenario[] = [
  {
    name: 'accounts are matched by domain, whatever its spelling, and updated where they differ',
    stream: accounts,
    holds: {
      accounts: [
        { domain: 'acme.example', name: 'Acme' },
        { domain: 'bolt.example', name: 'Bolt' },
      ],
    },
    rows: [
      { domain: 'https://www.Acme.example/about', name: 'Acme Corp', phone: '+1 202 555 0101' },
      { domain: 'bolt.example', name: 'Bolt', phone: null },
      { domain: 'bücher.example', name: 'Bücher', phone: null },
      { domain: 'nowhere', name: 'No', phone: null },
    ],
    outcomes: ['updated', 'unchanged', 'created', 'rejected invalid_domain'],
    calls: { [create]: 1, [patch]: 1 },
    after: [
      { domain: 'acme.example', name: 'Acme Corp', phone: '+1 202 555 0101' },
      { domain: 'bolt.example', name: 'Bolt', phone: null },
      { domain: 'bücher.example', name: 'Bücher', phone: null },
    ],
  },
  {
    name: 'a company of the same name and another domain is a match conflict, and left as it is',
    stream: accounts,
    holds: { accounts: [{ domain: 'acme.example', name: 'Acme' }] },
    rows: [
      { domain: 'acme-two.example', name: 'ACME' },
      { domain: 'bolt.example', name: 'Bolt' },
    ],
    outcomes: ['rejected match_conflict', 'created'],
    calls: { [create]: 1 },
    after: [
      { domain: 'acme.example', name: 'Acme' },
      { domain: 'bolt.example', name: 'Bolt' },
    ],
  },
  {
    name: 'with on_match_conflict: create companies of one name become accounts of their own',
    stream: creating,
    holds: { accounts: [{ domain: 'a0.example', name: 'Trinity' }] },
    rows: [
      { domain: 'a1.example', name: 'Trinity' },
      { domain: 'a2.example', name: 'Trinity' },
      { domain: 'b1.example', name: 'Union' },
      { domain: 'b2.example', name: 'Union' },
    ],
    config: { concurrency: 1 },
    outcomes: ['created', 'created', 'created', 'created'],
    // b1 is created at once; the conflicts of two requests are sent again in one.
    calls: { [create]: 3 },
    after: [
      { domain: 'a0.example', name: 'Trinity' },
      { domain: 'a1.example', name: 'Trinity' },
      { domain: 'a2.example', name: 'Trinity' },
      { domain: 'b1.example', name: 'Union' },
      { domain: 'b2.example', name: 'Union' },
    ],
  },
  {
    name: 'a CRM id that another account has is a conflict that creating cannot solve',
    stream: creating,
    holds: { accounts: [{ domain: 'acme.example', name: 'Acme', salesforce_id: '001A' }] },
    rows: [{ domain: 'bolt.example', name: 'Bolt', salesforce_id: '001A' }],
    outcomes: ['rejected match_conflict'],
    calls: { [create]: 2 },
    after: [{ domain: 'acme.example', name: 'Acme', salesforce_id: '001A' }],
  },
  {
    name: 'accounts without a domain are told apart by CRM id or name',
    stream: accounts,
    holds: { accounts: [{ domain: 'acme.example', name: 'Acme', salesforce_id: '001A' }, { name: 'Bolt' }] },
    rows: [
      { salesforce_id: '001A', name: null, phone: '+1 202 555 0101' },
      { salesforce_id: null, name: 'bolt', phone: '+1 202 555 0102' },
    ],
    outcomes: ['updated', 'updated'],
    calls: { [create]: 2, [read]: 1, [patch]: 2 },
    after: [
      { domain: 'acme.example', name: 'Acme', phone: '+1 202 555 0101' },
      { domain: null, name: 'bolt', phone: '+1 202 555 0102' },
    ],
  },
  {
    name: 'an account is found by its HubSpot id alone, though no answer shows it',
    stream: accounts,
    holds: { accounts: [{ domain: 'acme.example', name: 'Acme', hubspot_id: '17' }] },
    rows: [{ hubspot_id: '17', phone: '+1 202 555 0101' }],
    outcomes: ['updated'],
    calls: { [create]: 1, [read]: 1, [patch]: 1 },
    after: [{ domain: 'acme.example', phone: '+1 202 555 0101' }],
  },
  {
    name: 'an account that Apollo may have matched by name is not taken for the one of a HubSpot id',
    stream: accounts,
    holds: { accounts: [{ domain: 'acme.example', name: 'Acme' }] },
    rows: [{ hubspot_id: '17', name: 'Acme', phone: '+1 202 555 0101' }],
    outcomes: ['rejected match_conflict'],
    calls: { [create]: 1, [read]: 1 },
    after: [{ domain: 'acme.example', phone: null }],
  },
  {
    name: 'owners and stages of accounts go with each record',
    stream: accounts,
    holds: { accounts: [{ domain: 'acme.example' }] },
    rows: [
      { domain: 'acme.example', owner: 'bruno.lindqvist@emulator.example', stage: 'Lead' },
      { domain: 'bolt.example', owner: 'chidi.okafor@emulator.example', stage: 'review' },
      { domain: 'coil.example', owner: 'bruno.lindqvist@emulator.example', stage: null },
    ],
    outcomes: ['updated', 'created', 'created'],
    calls: { 'GET users/search': 1, 'GET account_stages': 1, [create]: 1, [patch]: 1 },
    after: [
      { domain: 'acme.example', owner: 'bruno.lindqvist@emulator.example', stage: 'Lead' },
      { domain: 'bolt.example', owner: 'chidi.okafor@emulator.example', stage: 'Review' },
      { domain: 'coil.example', owner: 'bruno.lindqvist@emulator.example', stage: 'Review' },
    ],
  },
  {
    name: 'custom fields and lists of accounts',
    stream: {
      ...accounts,
      lists: ['Warehouse sync'],
      mapping: [
        { to: 'domain', from: 'domain' },
        { to: 'custom:Segment', from: 'segment' },
        { to: 'custom:Strategic', from: 'strategic' },
      ],
    },
    holds: { accounts: [{ domain: 'acme.example', label_names: ['Target Accounts'] }] },
    rows: [
      { domain: 'acme.example', segment: 'enterprise', strategic: true },
      { domain: 'bolt.example', segment: 'Small', strategic: null },
    ],
    outcomes: ['updated', 'created'],
    calls: {
      'GET fields': 1,
      'GET typed_custom_fields': 1,
      [create]: 1,
      [patch]: 1,
      'POST labels/add_entity_ids_to_label_names': 1,
    },
    after: [
      {
        domain: 'acme.example',
        custom: { Segment: ['Enterprise'], Strategic: 'true' },
        lists: ['Target Accounts', 'Warehouse sync'],
      },
      { domain: 'bolt.example', custom: { Segment: ['Small'] }, lists: ['Warehouse sync'] },
    ],
  },
];

test.each(scenarios)('$name', async (scenario) => {
  await play(scenario);
});
