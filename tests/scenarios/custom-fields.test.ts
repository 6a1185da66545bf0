import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { deliverRows } from '../support/run.ts';
import { idOf, mapped as map, play, type Scenario } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const read = 'GET contacts/{id}';
const customLists = { 'GET fields': 1, 'GET typed_custom_fields': 1 };

const custom: Scenario[] = [
  {
    name: 'custom fields of every type, by label and by id, labels of options included',
    stream: {
      mapping: map(
        ['custom:External ID', 'external'],
        ['custom:60c39ed82bd02f0115000200', 'notes'],
        ['custom:contact.60c39ed82bd02f0115000300', 'score'],
        ['custom:renewal date', 'renewal'],
        ['custom:Last Login', 'login'],
        ['custom:Newsletter', 'newsletter'],
        ['custom:Customer Tier', 'tier'],
        ['custom:Interests', 'interests'],
      ),
    },
    rows: [
      {
        email: 'ann@acme.example',
        external: 'x-1',
        notes: 'two\nlines',
        score: 12.5,
        renewal: '2026-03-01',
        login: '2026-01-31T08:00:00Z',
        newsletter: true,
        tier: 'gold',
        interests: ['Product', 'Support'],
      },
      {
        email: 'bo@bolt.example',
        score: 3,
        newsletter: false,
        tier: '60c39ed82bd02f0115000701',
        interests: ['Pricing'],
      },
    ],
    outcomes: ['created', 'created'],
    calls: { ...customLists, [create]: 1 },
    after: [
      {
        email: 'ann@acme.example',
        custom: {
          'External ID': 'x-1',
          Notes: 'two\nlines',
          'Lead Score': '12.5',
          'Renewal Date': '2026-03-01',
          'Last Login': '2026-01-31T08:00:00.000Z',
          Newsletter: 'true',
          'Customer Tier': ['Gold'],
          Interests: ['Product', 'Support'],
        },
      },
      {
        email: 'bo@bolt.example',
        custom: { 'Lead Score': '3', Newsletter: 'false', 'Customer Tier': ['Bronze'], Interests: ['Pricing'] },
      },
    ],
  },
  {
    name: 'a value that is none of its type or options is refused before anything is sent',
    stream: {
      mapping: map(
        ['custom:Lead Score', 'score'],
        ['custom:Customer Tier', 'tier'],
        ['custom:Renewal Date', 'renewal'],
      ),
    },
    rows: [
      { email: 'a@a.example', score: 'many', tier: null, renewal: null },
      { email: 'b@b.example', score: null, tier: 'Platinum', renewal: null },
      { email: 'c@c.example', score: null, tier: null, renewal: '31.12.2026' },
    ],
    outcomes: ['rejected invalid_value', 'rejected unknown_option', 'rejected invalid_value'],
    calls: customLists,
    after: [],
  },
  {
    name: 'custom fields of an existing contact are patched, and emptied by a null where that is wanted',
    stream: { nulls: 'clear', mapping: map(['custom:External ID', 'external'], ['custom:Customer Tier', 'tier']) },
    holds: {
      contacts: [
        {
          email: 'ann@acme.example',
          typed_custom_fields: {
            '60c39ed82bd02f0115000100': 'old',
            '60c39ed82bd02f0115000700': '60c39ed82bd02f0115000703',
          },
        },
      ],
    },
    rows: [{ email: 'ann@acme.example', external: 'new', tier: null }],
    outcomes: ['updated'],
    calls: { ...customLists, [create]: 1, [patch]: 1 },
    after: [{ custom: { 'External ID': 'new' } }],
  },
  {
    name: 'fill_blanks reads the record to see which custom fields are empty',
    stream: {
      on_existing: 'fill_blanks',
      mapping: map(['custom:External ID', 'external'], ['custom:Notes', 'notes']),
    },
    holds: {
      contacts: [{ email: 'ann@acme.example', typed_custom_fields: { '60c39ed82bd02f0115000100': 'old' } }],
    },
    rows: [{ email: 'ann@acme.example', external: 'new', notes: 'new' }],
    outcomes: ['updated'],
    calls: { ...customLists, [create]: 1, [read]: 1, [patch]: 1 },
    after: [{ custom: { 'External ID': 'old', Notes: 'new' } }],
  },
];

describe('custom fields', () => {
  test.each(custom)('$name', async (scenario) => {
    await play(scenario);
  });

  test.each(['reported', 'silent'] as const)(
    'a value that Apollo does not take is a rejection, where it is %s too',
    async (how) => {
      const apollo = await startApollo({
        quirks: { customFieldErrors: how },
        data: { contacts: [{ email: 'ann@acme.example' }] },
        // The field's options change between the reading of the workspace and the update.
        onRequest: ({ method }) => {
          if (method !== 'PATCH') return;
          apollo.store.fields.get('60c39ed82bd02f0115000700')!.options = [{ id: idOf(9), name: 'Other' }];
        },
      });
      const mapping = map('title', ['custom:Customer Tier', 'tier']);
      const rows = [{ email: 'ann@acme.example', title: 'CTO', tier: 'Gold' }];
      const { settled } = await deliverRows({ apollo, rows, stream: { mapping } });
      expect(settled).toEqual([
        {
          status: 'rejected',
          id: expect.any(String),
          rejection: {
            code: 'apollo_rejected',
            message: 'Apollo answered that it wrote the record, and did not take Customer Tier.',
            field: 'custom:Customer Tier',
            endpoint: 'PATCH contacts/{id}',
            httpStatus: 200,
            attempts: 1,
          },
        },
      ]);
    },
  );
});
