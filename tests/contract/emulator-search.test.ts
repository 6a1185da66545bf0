import { describe, expect, test } from 'vitest';
import { bench, people, sorted } from '../emulator/client.ts';

// Expectations: docs.apollo.io/openapi/apollo-rest-api.json (2026-08-19), contacts/search, accounts/search,
// update_stages, update_owners.

const CUSTOMER = '664fa2e6ebf116034859a1fb';
const A = 'aaaaaaaaaaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbbbbbbbbbb';

const data = {
  accounts: [{ id: A, name: 'The Irish Copywriters', domain: 'irish.example' }],
  contacts: [
    { id: A, first_name: 'Ann', last_name: 'Lee', email: 'ann@acme.example', title: 'Chief Editor', account_id: A },
    {
      id: B,
      first_name: 'Bo',
      last_name: 'Annan',
      email: 'bo@other.example',
      contact_stage_id: CUSTOMER,
      label_names: ['VIP'],
    },
  ],
};

describe('contact search', () => {
  test('M17 every word must occur in names, title, employer or an e-mail: no exact filter', async () => {
    const { post } = await bench({ data });
    const find = async (q_keywords: string) =>
      sorted((await post('contacts/search', { q_keywords })).json.contacts, 'id');
    expect(await find('ANN')).toEqual([A, B]);
    expect(await find('ann editor')).toEqual([A]);
    expect(await find('bo@other.example')).toEqual([B]);
    expect(await find('ann nobody')).toEqual([]);
  });

  test('M17 stages and lists filter, breadcrumbs echo what was understood, unknown keys do nothing', async () => {
    const { emulator, post } = await bench({ strict: false, data });
    const label = emulator.store.labels.byName('VIP', 'contacts')?.id;
    const sent = {
      contact_stage_ids: [CUSTOMER, 'ffffffffffffffffffffffff'],
      contact_label_ids: [label],
      email: 'nobody',
    };
    const { json } = await post('contacts/search', sent);
    expect(sorted(json.contacts, 'id')).toEqual([B]);
    const seen = json.breadcrumbs.map((crumb: Record<string, unknown>) => [
      crumb['signal_field_name'],
      crumb['display_name'],
    ]);
    expect(seen).toEqual([
      ['contact_stage_ids', 'Customer'],
      ['contact_stage_ids', '[Deleted Stage]'],
      ['contact_label_ids', 'VIP'],
    ]);
    expect((await post('contacts/search', { contact_stage_ids: [CUSTOMER], q_keywords: 'lee' })).json.contacts).toEqual(
      [],
    );
  });

  test('M17 the envelope, and full contacts with their account', async () => {
    const { post } = await bench({ data });
    const { json } = await post('contacts/search', { q_keywords: 'lee' });
    const { contacts, breadcrumbs: _breadcrumbs, ...envelope } = json;
    expect(envelope).toEqual({
      partial_results_only: false,
      has_join: false,
      disable_eu_prospecting: false,
      partial_results_limit: 10000,
      pagination: { page: 1, per_page: 25, total_entries: 1, total_pages: 1 },
      num_fetch_result: null,
    });
    expect(contacts[0]).toMatchObject({
      id: A,
      account: { id: A, domain: 'irish.example' },
      contact_job_change_event: null,
    });
  });

  test('M17 pages of at most 100, none beyond the 500th, sorted as asked', async () => {
    const { clock, emulator, post } = await bench({ data: { contacts: people(120) } });
    clock.advance(1000);
    emulator.seed({ contacts: [{ id: A, email: 'late@acme.example' }] });
    const page = async (body: object) => (await post('contacts/search', body)).json;
    const last = await page({ page: 2, per_page: 250 });
    expect(last.pagination).toEqual({ page: 2, per_page: 100, total_entries: 121, total_pages: 2 });
    expect(last.contacts).toHaveLength(21);
    const newest = await page({ sort_by_field: 'contact_created_at', per_page: 1 });
    expect(newest.contacts[0].id).toBe(A);
    const oldest = await page({ sort_by_field: 'contact_created_at', sort_ascending: true, per_page: 100, page: 2 });
    expect(oldest.contacts.at(-1).id).toBe(A);
    emulator.seed({ contacts: people(500, 'many.example') });
    expect((await page({ page: 500, per_page: 1 })).contacts).toHaveLength(1);
    expect((await page({ page: 501, per_page: 1 })).contacts).toEqual([]);
    emulator.setQuirks({ beyondLastPage: '422', perPageAbove100: '422' });
    expect((await post('contacts/search', { page: 501 })).status).toBe(422);
    expect((await post('contacts/search', { per_page: 101 })).status).toBe(422);
    expect((await post('contacts/search', { sort_by_field: 'name' })).json).toEqual({
      error: 'Invalid sort criteria',
      skip_alert_dialog: true,
    });
  });

  test('M17 the index may lag behind a write', async () => {
    const { clock, post } = await bench({ quirks: { searchLagMs: 5000 } });
    await post('contacts', { email: 'new@acme.example' });
    const found = async () => (await post('contacts/search', { q_keywords: 'new@acme.example' })).json.contacts.length;
    expect(await found()).toBe(0);
    clock.advance(5000);
    expect(await found()).toBe(1);
  });

  test('M17 the index shows a record as it was before the lag, in the order of that', async () => {
    const [a, b] = ['a', 'b'].map((letter) => letter.repeat(24)) as [string, string];
    const people = [
      { id: a, email: 'a@acme.example', title: 'CTO' },
      { id: b, email: 'b@acme.example', title: 'CFO' },
    ];
    const { emulator, clock, post } = await bench();
    emulator.seed({ contacts: people });
    emulator.setQuirks({ searchLagMs: 5000 });
    clock.advance(10_000);
    emulator.edit({ contacts: [{ id: b, title: 'CEO', label_names: ['VIP'] }] });
    const found = async () => {
      const sorted = { sort_by_field: 'contact_updated_at', sort_ascending: false };
      const { contacts } = (await post('contacts/search', sorted)).json;
      return contacts.map((contact: Record<string, unknown>) => [
        contact['id'],
        contact['title'],
        (contact['label_ids'] as unknown[]).length,
      ]);
    };
    expect(await found()).toEqual([
      [a, 'CTO', 0],
      [b, 'CFO', 0],
    ]);
    clock.advance(5000);
    expect(await found()).toEqual([
      [b, 'CEO', 1],
      [a, 'CTO', 0],
    ]);
    emulator.edit({ contacts: [{ id: a, state: 'deleted' }] });
    expect(await found()).toHaveLength(2);
    clock.advance(5000);
    expect(await found()).toHaveLength(1);
  });
});

describe('stages and owners for many', () => {
  const owner = '66302798d03b9601c7934ebf';

  test('M18 stages by query, full contacts in the answer', async () => {
    const { emulator, send } = await bench({ data });
    const query = `contact_ids[]=${A}&contact_ids[]=${B}&contact_stage_id=${CUSTOMER}`;
    const { status, json } = await send('POST', `contacts/update_stages?${query}`);
    expect([status, sorted(json.contacts, 'id')]).toEqual([200, [A, B]]);
    expect(json.contacts[0]).toMatchObject({
      contact_stage_id: CUSTOMER,
      custom_field_errors: null,
      existence_level: 'full',
    });
    expect(emulator.store.contacts.get(A)?.contact_stage_id).toBe(CUSTOMER);
  });

  test('M18 the same names in a JSON body, where strict mode does not refuse them', async () => {
    const { post } = await bench({ strict: false, data });
    const { json } = await post('contacts/update_owners', { contact_ids: [A], owner_id: owner });
    expect(json).toEqual({ contacts: [{ id: A, owner_id: owner, crm_owner_id: null }] });
  });

  test('M18 a missing parameter is named', async () => {
    const { send } = await bench({ data });
    const error = async (path: string) => {
      const { status, json } = await send('POST', path);
      return [status, json.error];
    };
    const missing = [422, "Required parameter 'contact_ids' missing"];
    expect(await error(`contacts/update_stages?contact_stage_id=${CUSTOMER}`)).toEqual(missing);
    expect(await error(`contacts/update_owners?owner_id=${owner}`)).toEqual(missing);
    expect(await error(`accounts/update_owners?owner_id=${owner}`)).toEqual([
      422,
      "Required parameter 'account_ids' missing",
    ]);
    expect(await error(`accounts/update_owners?account_ids[]=${A}`)).toEqual([
      422,
      "Required parameter 'owner_id' missing",
    ]);
  });

  test('M18 owners of accounts', async () => {
    const { emulator, send } = await bench({ data });
    const { json } = await send('POST', `accounts/update_owners?account_ids[]=${A}&owner_id=${owner}`);
    expect(json).toEqual({ accounts: [{ id: A, owner_id: owner, crm_owner_id: null }] });
    expect(emulator.store.accounts.get(A)?.owner_id).toBe(owner);
  });
});

describe('account search', () => {
  test('M23 by part of the name only: a domain finds nothing', async () => {
    const { post } = await bench({ data });
    const find = async (name: string) =>
      sorted((await post('accounts/search', { q_organization_name: name })).json.accounts, 'id');
    expect(await find('irish COPY')).toEqual([A]);
    expect(await find('irish.example')).toEqual([]);
    const { json } = await post('accounts/search', {});
    expect(json.accounts[0]).toMatchObject({ id: A, num_contacts: 1, contact_campaign_status_tally: {} });
    expect(json.accounts[0]).not.toHaveProperty('updated_at');
  });

  test('M23 bad sort and bad stage ids are refused', async () => {
    const { post } = await bench({ data });
    const sort = await post('accounts/search', { sort_by_field: 'domain' });
    expect([sort.status, sort.json]).toEqual([422, { error: 'Invalid sort criteria', skip_alert_dialog: true }]);
    const stage = await post('accounts/search', { account_stage_ids: ['nonsense'] });
    expect([stage.status, stage.json.error]).toEqual([
      422,
      'Your search parameters are entered incorrectly. Did you try to edit the URL directly?',
    ]);
    expect((await post('accounts/search', { sort_by_field: 'account_updated_at' })).status).toBe(200);
  });
});
