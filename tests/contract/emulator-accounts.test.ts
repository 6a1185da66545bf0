import { describe, expect, test } from 'vitest';
import { bench, sorted } from '../emulator/client.ts';

// Expectations: docs.apollo.io/openapi/apollo-rest-api.json (2026-08-19), accounts.

const ID = '507f1f77bcf86cd799439011';
const UNKNOWN_ID = 'ffffffffffffffffffffffff';
const LEAD = '61b8e913e0f4d2012e3af74e';

describe('single accounts', () => {
  test('M19 the same company is created twice, without updated_at', async () => {
    const { emulator, post } = await bench();
    const body = { name: 'Acme', domain: 'acme.example', phone: '202-555-0101' };
    const first = await post('accounts', body);
    const second = await post('accounts', body);
    expect(second.json.account.id).not.toBe(first.json.account.id);
    expect(emulator.store.accounts.byDomain('ACME.example')).toHaveLength(2);
    expect(Object.keys(first.json)).toEqual(['account']);
    expect(first.json.account).toMatchObject({ ...body, source: 'api', modality: 'account', label_ids: [] });
    expect(first.json.account).not.toHaveProperty('updated_at');
  });

  test('M19 neither name nor domain is refused', async () => {
    const { emulator, post } = await bench();
    const { status, json } = await post('accounts', { phone: '202-555-0101' });
    expect([status, json]).toEqual([422, { error: 'Please specify at least a name or domain.' }]);
    expect(emulator.store.accounts.size).toBe(0);
  });

  test('M20 PATCH and PUT change what is sent', async () => {
    const { emulator, patch, send } = await bench({
      strict: false,
      data: { accounts: [{ id: ID, name: 'Acme', domain: 'acme.example', label_names: ['Top'] }] },
    });
    const { status, json } = await patch(`accounts/${ID}`, { name: 'Acme Inc', account_stage_id: LEAD });
    expect([status, Object.keys(json), sorted(json.labels, 'name')]).toEqual([200, ['account', 'labels'], ['Top']]);
    expect(json.account).toMatchObject({ name: 'Acme Inc', domain: 'acme.example', account_stage_id: LEAD });
    expect((await send('PUT', `accounts/${ID}`, { domain: 'acme.test' })).status).toBe(200);
    expect(emulator.store.accounts.byDomain('acme.test').map((account) => account.id)).toEqual([ID]);
    expect(emulator.store.accounts.byDomain('acme.example')).toEqual([]);
  });

  test('M20 the text for a bad account id holds the name of the parameter, for others their value', async () => {
    const { get, patch } = await bench({ data: { accounts: [{ id: ID, name: 'Acme' }] } });
    const error = async (path: string, body = {}) => {
      const { status, json } = await patch(path, body);
      return [status, json.error];
    };
    expect(await error('accounts/123')).toEqual([422, 'Parameters misconfigured. account_id is not a valid ID']);
    expect(await error(`accounts/${ID}`, { owner_id: '23423423' })).toEqual([
      422,
      'Parameters misconfigured. 23423423 is not a valid ID',
    ]);
    expect(await error(`accounts/${ID}`, { account_stage_id: '78977' })).toEqual([
      422,
      'Parameters misconfigured. 78977 is not a valid ID',
    ]);
    const shown = await get('accounts/123');
    expect([shown.status, shown.json.error]).toEqual([422, 'Parameters misconfigured. id is not a valid ID']);
    expect((await get(`accounts/${ID}`)).json).toMatchObject({
      account: { id: ID, name: 'Acme' },
      salesforce_users: [],
      hubspot_owners: [],
    });
  });
});

describe('accounts in bulk', () => {
  const stored = {
    id: ID,
    name: 'Acme',
    domain: 'acme.example',
    organization_id: '5e66b6381e05b4008c8331b8',
    salesforce_id: 'sf-1',
    merged_crm_ids: ['old-1'],
  };

  test.each([
    ['Salesforce id', { name: 'Other', salesforce_id: 'sf-1' }],
    ['an id in merged_crm_ids', { name: 'Other', merged_crm_ids: ['sf-1'] }],
    ['a merged id', { name: 'Other', hubspot_id: 'old-1' }],
  ])('M21 %s matches with and without run_dedupe, and changes nothing', async (_rule, sent) => {
    const { emulator, post } = await bench({ data: { accounts: [stored] } });
    for (const run_dedupe of [false, true]) {
      const { json } = await post('accounts/bulk_create', { accounts: [sent], run_dedupe });
      expect([json.created_accounts, sorted(json.existing_accounts, 'id')]).toEqual([[], [ID]]);
    }
    expect(emulator.store.accounts.get(ID)?.name).toBe('Acme');
  });

  test.each([
    ['domain', { name: 'Other', domain: 'Acme.example' }],
    ['organization', { name: 'Other', organization_id: stored.organization_id }],
    ['name, whatever the domain', { name: 'ACME', domain: 'other.example' }],
  ])('M21 %s matches with run_dedupe only', async (_rule, sent) => {
    const { post } = await bench({ data: { accounts: [stored] } });
    const deduped = await post('accounts/bulk_create', { accounts: [sent], run_dedupe: true });
    expect(sorted(deduped.json.existing_accounts, 'id')).toEqual([ID]);
    const inserted = await post('accounts/bulk_create', { accounts: [sent] });
    expect([inserted.json.created_accounts.length, inserted.json.existing_accounts]).toEqual([1, []]);
  });

  test('M21 items are slim and shuffled, lists reach what is created', async () => {
    const { emulator, post } = await bench();
    const accounts = Array.from({ length: 30 }, (_, i) => ({ name: `Company ${i}`, domain: `c${i}.example` }));
    const { json } = await post('accounts/bulk_create', {
      accounts,
      append_label_names: ['New ones'],
      run_dedupe: true,
    });
    const domains = json.created_accounts.map((account: { domain: string }) => account.domain);
    expect(domains).not.toEqual(accounts.map((account) => account.domain));
    expect([...domains].sort()).toEqual(accounts.map((account) => account.domain).sort());
    expect(Object.keys(json.created_accounts[0])).toEqual([
      'id',
      'name',
      'domain',
      'team_id',
      'owner_id',
      'account_stage_id',
      'phone',
      'created_at',
      'updated_at',
    ]);
    expect(emulator.store.labels.members('New ones', 'accounts').size).toBe(30);
  });

  test('M21 more than 100 and no array are refused', async () => {
    const { post } = await bench();
    const error = async (body: unknown) => {
      const { status, json } = await post('accounts/bulk_create', body);
      return [status, json.error];
    };
    const many = Array.from({ length: 101 }, (_, i) => ({ name: `C${i}` }));
    expect(await error({ accounts: many })).toEqual([422, 'Please limit your array to 100 accounts or fewer.']);
    const missing = 'Please provide an array of account attributes in the "accounts" parameter.';
    expect(await error({})).toEqual([422, missing]);
    expect(await error({ accounts: 'Acme' })).toEqual([422, missing]);
  });

  test('M22 one set of values for many, or a set for each; the answer holds the id and what was sent', async () => {
    const other = 'aaaaaaaaaaaaaaaaaaaaaaaa';
    const { emulator, post } = await bench({ data: { accounts: [stored, { id: other, name: 'B' }] } });
    const same = await post('accounts/bulk_update', { account_ids: [ID, other, UNKNOWN_ID], account_stage_id: LEAD });
    expect(sorted(same.json.accounts, 'id')).toEqual([ID, other].sort());
    expect(same.json.accounts[0]).toEqual({ id: expect.any(String), account_stage_id: LEAD });
    const each = [
      { id: ID, name: 'Acme Inc' },
      { id: other, name: 'Beta' },
    ];
    expect((await post('accounts/bulk_update', { account_attributes: each })).status).toBe(200);
    expect([emulator.store.accounts.get(ID)?.name, emulator.store.accounts.get(other)?.name]).toEqual([
      'Acme Inc',
      'Beta',
    ]);
  });

  test('M22 domain, phone and address are ignored', async () => {
    const { emulator, post } = await bench({ strict: false, data: { accounts: [stored] } });
    const sent = { id: ID, domain: 'new.example', phone: '202-555-0101', raw_address: 'Lyon, France' };
    expect((await post('accounts/bulk_update', { account_attributes: [sent] })).status).toBe(200);
    expect(emulator.store.accounts.get(ID)).toMatchObject({ domain: 'acme.example', phone: null, raw_address: null });
  });

  test('M22 async is refused with individual values, and a job with equal ones; 1000 at most', async () => {
    const { clock, emulator, post } = await bench({ data: { accounts: [stored] } });
    const refused = await post('accounts/bulk_update', { account_attributes: [{ id: ID, name: 'X' }], async: true });
    expect([refused.status, refused.json]).toEqual([422, { error: 'Async processing is not permitted.' }]);
    const job = await post('accounts/bulk_update', { account_ids: [ID], name: 'Later', async: true });
    expect(Object.keys(job.json)).toEqual(['entity_progress_job']);
    expect(emulator.store.accounts.get(ID)?.name).toBe('Acme');
    clock.advance(1000);
    expect(emulator.store.accounts.get(ID)?.name).toBe('Later');
    const many = await post('accounts/bulk_update', { account_ids: Array(1001).fill(ID), name: 'X' });
    expect([many.status, many.json]).toEqual([422, { error: 'Please limit your array to fewer than 1000.' }]);
  });
});
