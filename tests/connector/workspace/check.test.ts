import { afterEach, describe, expect, test } from 'vitest';
import { createClient } from '../../../connector/api/client.ts';
import { endpoints } from '../../../connector/api/endpoints.ts';
import { check, type Need } from '../../../connector/workspace/check.ts';
import type { EmulatorOptions } from '../../../emulator/server/options.ts';
import { startEmulator } from '../../../emulator/server/server.ts';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { createHttp } from '../../../runtime/http/http.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const { contacts, accounts, labels, fields, users } = endpoints;
const every: readonly Need[] = [
  contacts.bulkCreate,
  contacts.bulkUpdate,
  contacts.update,
  contacts.show,
  contacts.updateStages,
  contacts.updateOwners,
  contacts.stages,
  accounts.bulkCreate,
  accounts.bulkUpdate,
  accounts.update,
  accounts.show,
  accounts.updateOwners,
  accounts.stages,
  labels.index,
  labels.create,
  labels.add,
  labels.remove,
  fields.index,
  fields.typed,
  users.search,
].map((endpoint) => ({ endpoint, to: `use ${endpoint.display}` }));

async function checked(options: EmulatorOptions, needs: readonly Need[], key = 'the-key') {
  const apollo = await startEmulator(options);
  const http = createHttp({ userAgent: 'test/1', connections: 4 });
  opened.push(apollo, http);
  const client = createClient({
    credentials: { auth_type: 'api_key', api_key: key },
    baseUrl: apollo.url,
    http,
    clock: new VirtualClock(),
    rateLimits: { plan: 'auto', reservePercent: 0, maxWaitMs: 3_900_000 },
    maxRetries: 1,
    concurrency: 4,
  });
  const report = await check(client, needs, new AbortController().signal).catch((error: unknown) => error);
  return { report, apollo };
}

const scopesOf = (needs: readonly Need[]): string[] => needs.map(({ endpoint }) => endpoint.scope);
const withKey = (scopes: readonly string[] | 'master'): EmulatorOptions => ({ keys: [{ key: 'the-key', scopes }] });

describe('a good key', () => {
  test('every scope is proved, the acting user is named, and nothing is written', async () => {
    const { report, apollo } = await checked(withKey('master'), every);
    expect(report).toEqual({
      user: { id: expect.any(String), name: expect.any(String), teamId: expect.any(String) },
      notes: [],
    });
    expect(apollo.requests.total).toBe(every.length + 1);
    expect([apollo.store.contacts.size, apollo.store.accounts.size]).toEqual([0, 0]);
    expect(apollo.violations).toEqual([]);
  });

  test('only what is needed is asked for, and once', async () => {
    const needs = [contacts.bulkCreate, contacts.bulkCreate].map((endpoint, i) => ({ endpoint, to: `stream ${i}` }));
    const { apollo } = await checked(withKey('master'), needs);
    expect(apollo.requests.counts).toEqual({ 'users/api_profile': { '200': 1 }, 'contacts/bulk_create': { '422': 1 } });
  });

  test('it may lack the scope for its own profile', async () => {
    const { report } = await checked(withKey(scopesOf(every)), every);
    expect(report).toEqual({ notes: [expect.stringContaining('api/v1/users/api_profile')] });
  });

  test('a spent quota is reported, and is not a failure: a key without the scope does not get that far', async () => {
    const limits = { minute: 0, hour: 0, day: 0 };
    const options = { ...withKey('master'), limits: { 'contacts/bulk_create': limits, 'users/api_profile': limits } };
    const { report } = await checked(options, every);
    expect(report).toMatchObject({
      notes: [expect.stringContaining('GET users/api_profile'), expect.stringContaining('POST contacts/bulk_create')],
    });
  });
});

describe('a key that is not good enough', () => {
  test('all that is missing is named in one message, with what it is for and where keys are made', async () => {
    const lacks = [contacts.bulkUpdate, labels.add, users.search, contacts.update];
    const has = every.filter(({ endpoint }) => !lacks.includes(endpoint));
    const { report } = await checked(withKey(scopesOf(has)), every);
    expect(report).toMatchObject({ name: 'ConfigFailure', code: 'missing_scope' });
    const { message } = report as Error;
    for (const { scope } of lacks) expect(message).toContain(`${scope} (OAuth:`);
    for (const { scope } of has.map(({ endpoint }) => endpoint)) expect(message).not.toContain(`${scope} (`);
    expect(message).toContain('to use POST contacts/bulk_update');
    expect(message).toContain('Settings > Integrations > API');
  });

  test.each(every.map((need) => [need.endpoint.display, need] as const))('without the scope of %s', async (_, need) => {
    const { report } = await checked(withKey(scopesOf(every.filter((one) => one !== need))), [need]);
    expect(report).toMatchObject({
      code: 'missing_scope',
      message: expect.stringContaining(`${need.endpoint.scope} (`),
    });
  });

  test('a plan that is too low is reported as that', async () => {
    const { report } = await checked({ ...withKey('master'), plan: 'free' }, [
      { endpoint: users.search, to: 'know owners' },
    ]);
    expect(report).toMatchObject({
      code: 'plan_too_low',
      message: expect.stringMatching(/paid plans\. It is needed to know owners/),
    });
  });

  test('a bad key is refused, although health answers 200 to it', async () => {
    const { report, apollo } = await checked(withKey('master'), every, 'other-key');
    expect(report).toMatchObject({ name: 'ConfigFailure', code: 'unauthorized' });
    expect(apollo.requests.total).toBe(1);
  });

  test('one that may not ask who it is, and is not logged in, is refused as well', async () => {
    const trouble = [
      {
        match: { path: 'users/api_profile' },
        fault: { kind: 'status', status: 403, body: { error_code: 'API_INACCESSIBLE' } },
      },
    ] as const;
    const { report } = await checked({ ...withKey('master'), trouble }, every, 'other-key');
    expect(report).toMatchObject({ name: 'ConfigFailure', code: 'unauthorized' });
  });
});

test('an Apollo that is down is no verdict on the key', async () => {
  const trouble = [{ match: { path: 'contacts/bulk_create' }, fault: { kind: 'status', status: 503 } }] as const;
  const { report } = await checked({ ...withKey('master'), trouble }, every);
  expect(report).toMatchObject({ name: 'TransientFailure', code: 'apollo_unavailable' });
});

test('a refusal that proves nothing is reported', async () => {
  const trouble = [
    { match: { path: 'contacts/bulk_create' }, fault: { kind: 'status', status: 422, body: { error: 'Strange.' } } },
  ] as const;
  const { report } = await checked({ ...withKey('master'), trouble }, [every[0]!]);
  expect(report).toMatchObject({
    notes: ['Whether POST contacts/bulk_create is allowed could not be proved. Apollo refused it with 422: Strange.'],
  });
});
