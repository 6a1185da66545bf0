import { afterEach, expect, test } from 'vitest';
import { contacts } from '../../../catalog/contact.ts';
import type { Field } from '../../../catalog/object.ts';
import { createClient } from '../../../connector/api/client.ts';
import { offeredFields } from '../../../connector/workspace/offered-fields.ts';
import { createWorkspace } from '../../../connector/workspace/workspace.ts';
import type { EmulatorOptions } from '../../../emulator/server/options.ts';
import { startEmulator } from '../../../emulator/server/server.ts';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { createHttp } from '../../../runtime/http/http.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function setup(options: EmulatorOptions = {}) {
  const apollo = await startEmulator({ keys: [{ key: 'the-key' }], ...options });
  const http = createHttp({ userAgent: 'test/1', connections: 4 });
  opened.push(apollo, http);
  const client = createClient({
    credentials: { auth_type: 'api_key', api_key: 'the-key' },
    baseUrl: apollo.url,
    http,
    clock: new VirtualClock(),
    rateLimits: { plan: 'auto', reservePercent: 0, maxWaitMs: 3_900_000 },
    maxRetries: 0,
    concurrency: 4,
  });
  return { apollo, workspace: createWorkspace(client, new AbortController().signal) };
}

const deny = (path: string, status = 403) =>
  ({
    match: { path },
    fault: { kind: 'status', status, body: { error: 'no', error_code: 'API_INACCESSIBLE' } },
  }) as const;

const data = {
  labels: [
    { name: 'Warehouse sync', modality: 'contacts' },
    { name: 'Partners', modality: 'accounts' },
  ],
};

test('nothing is asked before it is needed, and everything once', async () => {
  const { apollo, workspace } = await setup({ data });
  expect(apollo.requests.total).toBe(0);
  await Promise.all([workspace.stages('contacts'), workspace.stages('contacts'), workspace.labels('contacts')]);
  await workspace.labels('accounts');
  expect(apollo.requests.counts).toEqual({ 'contact_stages/index': { '200': 1 }, 'labels/index': { '200': 1 } });
});

test('custom fields come from both endpoints: labels from one, options from the other', async () => {
  const { apollo, workspace } = await setup({ data });
  const { value, gaps } = await workspace.customFields({ singular: 'contact' });
  expect(gaps).toEqual([]);
  const stored = [...apollo.store.fields.values()];
  const titles = (modality: string) => stored.filter((one) => one.modality === modality).map(({ label }) => label);
  expect(value.map(({ title }) => title)).toEqual(titles('contact'));
  const tier = stored.find(({ label, modality }) => label === 'Customer Tier' && modality === 'contact')!;
  expect(value.find(({ title }) => title === 'Customer Tier')?.options?.map(({ id }) => id)).toEqual(
    tier.options.map(({ id }) => id),
  );
  const ofAccounts = await workspace.customFields({ singular: 'account' });
  expect(ofAccounts.value.map(({ title }) => title)).toEqual(titles('account'));
  expect(apollo.requests.counts).toEqual({ 'fields/index': { '200': 1 }, 'typed_custom_fields/index': { '200': 1 } });
});

test.each([
  ['fields', 'GET fields', 403],
  ['typed_custom_fields', 'GET typed_custom_fields', 404],
  ['typed_custom_fields', 'GET typed_custom_fields', 422],
] as const)('without %s the other one serves, and what is impossible is said', async (path, display, status) => {
  const { workspace } = await setup({ data, trouble: [deny(path, status)] });
  const { value, gaps } = await workspace.customFields({ singular: 'contact' });
  expect(value.map(({ title }) => title)).toContain('Customer Tier');
  expect(gaps).toEqual([expect.stringContaining(`Without ${display}, `)]);
});

test('without either the first failure is thrown, and the next to ask tries again', async () => {
  const { apollo, workspace } = await setup({ data, trouble: [deny('fields'), deny('typed_custom_fields')] });
  await expect(workspace.customFieldItems()).rejects.toMatchObject({ code: 'missing_scope', endpoint: 'GET fields' });
  apollo.clearTrouble();
  expect((await workspace.customFieldItems()).gaps).toEqual([]);
});

test('an outage is not a gap', async () => {
  const { workspace } = await setup({ trouble: [deny('fields', 500)] });
  await expect(workspace.customFieldItems()).rejects.toMatchObject({ code: 'apollo_unavailable' });
});

test('all pages of users are read, and deleted users left out', async () => {
  const people = [...Array(249).keys()].map((i) => ({
    first_name: `U${i}`,
    last_name: 'X',
    email: `u${i}@example.com`,
    deleted: i % 10 === 0,
  }));
  const { apollo, workspace } = await setup({ data: { users: people } });
  const users = await workspace.users();
  const active = [...apollo.store.users.values()].filter(({ deleted }) => !deleted);
  expect(users.map(({ id }) => id).sort()).toEqual(active.map(({ id }) => id).sort());
  expect(users.find(({ names }) => names.includes('u1@example.com'))?.names).toContain('U1 X');
  expect(apollo.requests.counts).toEqual({ 'users/search': { '200': 3 } });
});

test.each([
  ['without pagination', undefined],
  ['with a pagination that says nothing', { page: null }],
])('all users are read %s', async (_, pagination) => {
  const users = Array.from({ length: 130 }, (_, i) => ({ id: `user${i}`, email: `u${i}@example.com` }));
  const page = (from: number) => ({ users: users.slice(from, from + 100), ...(pagination && { pagination }) });
  const answer = (nth: number, body: object) =>
    ({ match: { path: 'users/search', nth }, fault: { kind: 'status', status: 200, body } }) as const;
  const { workspace, apollo } = await setup({ trouble: [answer(1, page(0)), answer(2, page(100))] });
  expect((await workspace.users()).map(({ id }) => id)).toEqual(users.map(({ id }) => id));
  expect(apollo.requests.count('users/search')).toBe(2);
});

test('an Apollo that answers every page with the first one is asked twice, not for ever', async () => {
  const users = Array.from({ length: 100 }, (_, i) => ({ id: `user${i}`, email: `u${i}@example.com` }));
  const fault = { kind: 'status', status: 200, body: { users } } as const;
  const { workspace, apollo } = await setup({ trouble: [{ match: { path: 'users/search' }, fault }] });
  expect(await workspace.users()).toHaveLength(100);
  expect(apollo.requests.count('users/search')).toBe(2);
});

test('an endpoint of fields that is gone, with a page for 404, leaves a gap', async () => {
  const fault = { kind: 'status', status: 404, body: '<h1>Not Found</h1>' } as const;
  const { workspace } = await setup({ data, trouble: [{ match: { path: 'typed_custom_fields' }, fault }] });
  const { gaps } = await workspace.customFields({ singular: 'contact' });
  expect(gaps).toEqual([expect.stringContaining('Without GET typed_custom_fields, ')]);
});

test('stages are known by name, lists by their object', async () => {
  const { workspace } = await setup({ data });
  expect(await workspace.stages('contacts')).toContainEqual({ id: '6095a710bd01d100a506d4ae', names: ['New'] });
  const ofAccounts = (await workspace.labels('accounts')).map(({ name }) => name);
  expect(ofAccounts).toContain('Partners');
  expect(ofAccounts).not.toContain('Warehouse sync');
});

const namesOf = (fields: readonly Field[], name: string) =>
  fields.find((field) => field.name === name)?.options?.flatMap(({ names }) => names[0]!);

test('what is offered has the choices of the workspace: its stages, users, lists and picklists', async () => {
  const { apollo, workspace } = await setup({ data });
  const { value, gaps } = await offeredFields(contacts, workspace);
  const { store } = apollo;
  expect(gaps).toEqual([]);
  const lists = [...store.labels.values()].filter(({ modality }) => modality === 'contacts');
  expect(namesOf(value, 'lists')).toEqual(lists.map(({ name }) => name));
  expect(namesOf(value, 'contact_stage_id')).toEqual([...store.contactStages.values()].map(({ name }) => name));
  expect(namesOf(value, 'owner_id')).toEqual(
    [...store.users.values()].filter(({ deleted }) => !deleted).map(({ email }) => email),
  );
  const tier = value.find(({ title }) => title === 'Customer Tier')!;
  expect(tier.options!.length).toBeGreaterThan(1);
});

test('choices that the key may not read are left out, and said', async () => {
  const { workspace } = await setup({ data, trouble: [deny('labels'), deny('users/search')] });
  const { value, gaps } = await offeredFields(contacts, workspace);
  expect([namesOf(value, 'lists'), namesOf(value, 'owner_id')]).toEqual([undefined, undefined]);
  expect(namesOf(value, 'contact_stage_id')).not.toEqual([]);
  expect(gaps).toEqual([
    expect.stringContaining('discover offers no choices for owner_id.'),
    expect.stringContaining('discover offers no choices for lists.'),
  ]);
});
