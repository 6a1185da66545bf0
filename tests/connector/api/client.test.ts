import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { currentValue, sameValue } from '../../../catalog/current-value.ts';
import type { Field } from '../../../catalog/object.ts';
import { checkedBaseUrl, urlOf } from '../../../connector/api/address.ts';
import { type Client, createClient } from '../../../connector/api/client.ts';
import { endpoints } from '../../../connector/api/endpoints.ts';
import { anything, bulkCreated, single } from '../../../connector/api/wire.ts';
import { ManualClock } from '../../../emulator/calls/clock.ts';
import type { EmulatorOptions } from '../../../emulator/server/options.ts';
import { type Emulator, startEmulator } from '../../../emulator/server/server.ts';
import type { TroubleRule } from '../../../emulator/server/trouble.ts';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { createHttp, type Http } from '../../../runtime/http/http.ts';
import type { TransportEvent } from '../../../runtime/http/transport.ts';
import { slow } from '../../support/runs.ts';

type ClientOptions = Parameters<typeof createClient>[0];

const KEY = 'key-that-nobody-may-see';
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const { signal } = new AbortController();

/** Time that passes when the client waits, for the emulator as well. */
class SharedClock extends VirtualClock {
  readonly emulated = new ManualClock();

  constructor() {
    super();
    this.time = this.emulated.now();
    this.chance = () => 0.5;
  }

  override async sleep(ms: number, stop: AbortSignal): Promise<void> {
    await super.sleep(ms, stop);
    this.emulated.advance(this.time - this.emulated.now());
  }
}

interface Setup {
  readonly client: Client;
  readonly apollo: Emulator;
  readonly clock: SharedClock;
  readonly events: TransportEvent[];
}

async function setup(emulator: EmulatorOptions = {}, options: Partial<ClientOptions> = {}): Promise<Setup> {
  const clock = new SharedClock();
  const apollo = await startEmulator({ keys: [{ key: KEY }], clock: clock.emulated, ...emulator });
  const http = createHttp({ userAgent: 'test/1', connections: 4, requestTimeoutMs: 5000 });
  opened.push(apollo, http);
  const events: TransportEvent[] = [];
  const client = clientOf(apollo.url, http, { clock, observe: (event) => events.push(event), ...options });
  return { client, apollo, clock, events };
}

const clientOf = (baseUrl: string, http: Http, more: Partial<ClientOptions> = {}): Client =>
  createClient({
    credentials: { auth_type: 'api_key', api_key: KEY },
    baseUrl,
    http,
    clock: new VirtualClock(),
    rateLimits: { plan: 'auto', reservePercent: 0, maxWaitMs: 3_900_000 },
    maxRetries: 3,
    concurrency: 4,
    ...more,
  });

const create = (client: Client, emails: readonly string[], idempotent = true, stop = signal) =>
  client.call(
    endpoints.contacts.bulkCreate,
    {
      body: { run_dedupe: true, contacts: emails.map((email) => ({ email })) },
      records: emails.length,
      idempotent,
      schema: bulkCreated('contacts'),
    },
    stop,
  );

const bulkCreate = { method: 'POST', path: 'contacts/bulk_create' };
const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );

describe('against the emulator', () => {
  test('a call is sent, counted, reported and read', async () => {
    const { client, events, clock } = await setup();
    const { created, existing } = await create(client, ['a@example.com', 'b@example.com']);
    expect([created.map(({ email }) => email).sort(), existing]).toEqual([['a@example.com', 'b@example.com'], []]);
    expect(client.counters()).toEqual({ calls: { 'POST contacts/bulk_create': 1 }, retries: 0, rateLimited: 0 });
    expect(events).toEqual([
      {
        type: 'call',
        call: {
          request: 'POST contacts/bulk_create',
          action: 'contacts/bulk_create',
          status: 200,
          startedAt: clock.time,
          ms: 0,
          attempt: 1,
          records: 2,
          windows: [
            { name: 'minute', limit: 200, used: 1 },
            { name: 'hour', limit: 400, used: 1 },
            { name: 'day', limit: 2000, used: 1 },
          ],
        },
      },
    ]);
  });

  const transient: [string, TroubleRule['fault']][] = [
    ['408', { kind: 'status', status: 408 }],
    ['500', { kind: 'status', status: 500 }],
    ['502 with HTML', { kind: 'status', status: 502 }],
    ['an empty body', { kind: 'empty' }],
    ['a body that is cut off', { kind: 'truncated' }],
    ['a dropped connection', { kind: 'drop' }],
    ['a connection dropped after the write', { kind: 'applied-then-drop' }],
    ['500 after the write', { kind: 'applied-then-status' }],
  ];
  test.each(transient)('%s: sent again, and nothing is written twice', async (_, fault) => {
    const { client, apollo, clock } = await setup({ trouble: [{ match: { ...bulkCreate, nth: 1 }, fault }] });
    const { created, existing } = await create(client, ['a@example.com']);
    expect(created.length + existing.length).toBe(1);
    expect(apollo.requests.count('contacts/bulk_create')).toBe(2);
    expect(client.counters()).toEqual({ calls: { 'POST contacts/bulk_create': 2 }, retries: 1, rateLimited: 0 });
    expect(clock.sleeps).toEqual([250]);
  });

  test.each(transient)('%s: not sent again where twice would do harm', async (_, fault) => {
    const { client, apollo } = await setup({ trouble: [{ match: bulkCreate, fault }] });
    expect(await thrown(create(client, ['a@example.com'], false))).toMatchObject({
      name: 'TransientFailure',
      code: 'apollo_unavailable',
      delivery: 'unknown',
      endpoint: 'POST contacts/bulk_create',
    });
    expect(apollo.requests.count('contacts/bulk_create')).toBe(1);
  });

  test('after all retries the failure is thrown', async () => {
    const { client } = await setup(
      { trouble: [{ match: bulkCreate, fault: { kind: 'status', status: 503 } }] },
      { maxRetries: 2 },
    );
    expect(await thrown(create(client, ['a@example.com']))).toMatchObject({
      code: 'apollo_unavailable',
      httpStatus: 503,
    });
    expect(client.counters()).toEqual({ calls: { 'POST contacts/bulk_create': 3 }, retries: 2, rateLimited: 0 });
  });

  test.each(['seconds', 'date'] as const)('429 with %s: waited for, counted, and no retry', async (retryAfterAs) => {
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 90, retryAfterAs } as const;
    const { client, clock, events } = await setup(
      { trouble: [{ match: { ...bulkCreate, nth: 1 }, fault }] },
      { maxRetries: 0 },
    );
    const start = clock.time;
    await create(client, ['a@example.com']);
    expect(clock.time - start).toBe(90_000);
    expect(client.counters()).toEqual({ calls: { 'POST contacts/bulk_create': 2 }, retries: 0, rateLimited: 1 });
    expect(events.map(({ type }) => type)).toEqual(['call', 'wait', 'call']);
  });

  test('429 without a word of when: the whole window that it names', async () => {
    const fault = { kind: 'status', status: 429 } as const;
    const { client, clock } = await setup({ trouble: [{ match: { ...bulkCreate, nth: 1 }, fault }] });
    const start = clock.time;
    await create(client, ['a@example.com']);
    expect(clock.time - start).toBe(3_600_000);
  });

  test.each([
    [{ kind: 'status', status: 503 }, 'answered 503'],
    [{ kind: 'drop' }, 'no answer'],
  ] as const)('a request that is sent again says why, and which try it is: %j', async (fault, why) => {
    const { client, events } = await setup(
      { trouble: [1, 2].map((nth) => ({ match: { ...bulkCreate, nth }, fault })) },
      { maxRetries: 3 },
    );
    await create(client, ['a@example.com']);
    const reasons = events.flatMap((event) => (event.type === 'wait' ? [event.reason] : []));
    expect(reasons).toEqual([`${why}, try 2 of 4`, `${why}, try 3 of 4`]);
  });

  test('the quota is never overrun; a window worth waiting for is waited for, a longer one is not', async () => {
    const { client, apollo, clock, events } = await setup({ plan: { minute: 3, hour: 5, day: 8 } });
    const start = clock.time;
    for (let i = 0; i < 8; i++) await create(client, [`a${i}@example.com`]);
    const failure = await thrown(create(client, ['late@example.com']));
    expect(failure).toMatchObject({
      code: 'quota_exhausted',
      delivery: 'not-delivered',
      retryAfterMs: start + 86_400_000 - clock.time,
    });
    expect(apollo.requests.counts).toEqual({ 'contacts/bulk_create': { '200': 8 } });
    expect(client.counters().rateLimited).toBe(0);
    expect(events.filter(({ type }) => type === 'wait')).toEqual([
      {
        type: 'wait',
        endpoint: 'POST contacts/bulk_create',
        untilMs: start + 60_000,
        reason: 'minute',
        isRateLimit: true,
      },
      {
        type: 'wait',
        endpoint: 'POST contacts/bulk_create',
        untilMs: start + 3_600_000,
        reason: 'hour',
        isRateLimit: true,
      },
    ]);
  });

  test('each action has a quota of its own', async () => {
    const { client } = await setup(
      { plan: { minute: 1, hour: 1, day: 1 } },
      { rateLimits: { plan: 'auto', reservePercent: 0, maxWaitMs: 0 } },
    );
    await create(client, ['a@example.com']);
    expect(await thrown(create(client, ['b@example.com']))).toMatchObject({ code: 'quota_exhausted' });
    await client.call(endpoints.contacts.stages, { idempotent: true, schema: anything }, signal);
  });

  test('the windows can be handed to the next run', async () => {
    const first = await setup({ plan: { minute: 2, hour: 2, day: 2 } });
    await create(first.client, ['a@example.com']);
    await create(first.client, ['b@example.com']);
    const http = createHttp({ userAgent: 'test/1', connections: 1 });
    opened.push(http);
    const next = clientOf(first.apollo.url, http, { clock: first.clock });
    next.restore(JSON.parse(JSON.stringify(first.client.snapshot())) as ReturnType<Client['snapshot']>);
    expect(next.snapshot()).toEqual(first.client.snapshot());
    expect(await thrown(create(next, ['c@example.com']))).toMatchObject({ code: 'quota_exhausted' });
    const left = next.quota()['contacts/bulk_create'];
    expect(left?.map(({ name, used, limit }) => [name, used, limit])).toEqual([
      ['minute', 2, 2],
      ['hour', 2, 2],
      ['day', 2, 2],
    ]);
    expect(first.apollo.requests.total).toBe(2);
  });

  test('a bad key is a matter of configuration', async () => {
    const { client } = await setup({}, { credentials: { auth_type: 'api_key', api_key: 'wrong-key' } });
    expect(await thrown(create(client, ['a@example.com']))).toMatchObject({
      name: 'ConfigFailure',
      code: 'unauthorized',
      httpStatus: 401,
    });
  });

  test('an OAuth token goes into its own header', async () => {
    const { client } = await setup(
      { tokens: [{ token: 'a-token' }] },
      { credentials: { auth_type: 'oauth', access_token: ' a-token\n' } },
    );
    await client.call(endpoints.contacts.stages, { idempotent: true, schema: anything }, signal);
  });

  test('nothing that is thrown or reported holds the key or an address', async () => {
    const body = `<p>${KEY} of jane@example.com</p>`;
    const statuses = [400, 401, 403, 404, 413, 422, 429, 500];
    for (const status of statuses) {
      const fault = { kind: 'status', status, body, retryAfterSeconds: 9999 } as const;
      const { client, events } = await setup({ trouble: [{ match: bulkCreate, fault }] });
      const failure = (await thrown(create(client, ['jane@example.com']))) as Error;
      const all = JSON.stringify([failure.message, failure.stack, failure, failure.cause, events]);
      expect(all, String(status)).not.toContain(KEY);
      expect(all, String(status)).not.toContain('jane');
    }
  });

  test('after the stop nothing is sent, and what is on its way ends', async () => {
    const run = new AbortController();
    const { client, apollo } = await setup({ onRequest: () => run.abort(new Error('SIGTERM')) });
    const { created } = await create(client, ['a@example.com'], true, run.signal);
    expect(created).toHaveLength(1);
    expect(await thrown(create(client, ['b@example.com'], true, run.signal))).toMatchObject({ code: 'run_stopped' });
    expect(apollo.requests.total).toBe(1);
  });

  test('a stop while waiting for the quota ends the wait', async () => {
    const run = new AbortController();
    const { client, apollo, clock } = await setup({ plan: { minute: 1, hour: null, day: null } });
    await create(client, ['a@example.com']);
    clock.onSleep = () => run.abort(new Error('SIGTERM'));
    expect(await thrown(create(client, ['b@example.com'], true, run.signal))).toMatchObject({ code: 'run_stopped' });
    expect(apollo.requests.total).toBe(1);
  });

  test('no more requests are in flight than allowed, over all endpoints', async () => {
    let inFlight = 0;
    let most = 0;
    const { client } = await setup(
      {
        onRequest: async () => {
          most = Math.max(most, ++inFlight);
          await new Promise((resolve) => setTimeout(resolve, 10));
          inFlight--;
        },
      },
      { concurrency: 2 },
    );
    const stages = () => client.call(endpoints.contacts.stages, { idempotent: true, schema: anything }, signal);
    await Promise.all([...Array(4).keys()].flatMap((i) => [create(client, [`a${i}@example.com`]), stages()]));
    expect(most).toBe(2);
  });
});

describe('against a server of the test', () => {
  async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
    const server = createServer(handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const http = createHttp({ userAgent: 'test/1', connections: 4 });
    opened.push({ close: async () => void server.close() }, http);
    return clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/`, http);
  }
  const contact = JSON.stringify({ contact: { id: 'c1' } });
  const patch = (client: Client, id: string) =>
    client.call(
      endpoints.contacts.update,
      { params: { id }, body: {}, idempotent: true, schema: single('contacts') },
      signal,
    );

  test.each([404, 405])('where PATCH gives %i, PUT is tried, and remembered', async (status) => {
    const seen: string[] = [];
    const client = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      if (request.method === 'PUT') response.end(contact);
      else response.writeHead(status).end('<h1>no</h1>');
    });
    await patch(client, 'c1');
    await patch(client, 'c2');
    expect(seen).toEqual(['PATCH /api/v1/contacts/c1', 'PUT /api/v1/contacts/c1', 'PUT /api/v1/contacts/c2']);
    expect(client.counters()).toEqual({ calls: { 'PATCH contacts/{id}': 3 }, retries: 0, rateLimited: 0 });
  });

  test('where PUT is refused as well, for all retries, and Apollo does not answer at all, the address is wrong', async () => {
    const seen: string[] = [];
    const client = await serve(({ method, url }, response) => {
      seen.push(`${method} ${url}`);
      response.writeHead(404).end();
    });
    expect(await thrown(patch(client, 'c1'))).toMatchObject({ code: 'wrong_address', httpStatus: 404 });
    const both = ['PATCH /api/v1/contacts/c1', 'PUT /api/v1/contacts/c1'];
    expect(seen).toEqual([...both, ...both, ...both, ...both, 'GET /api/v1/auth/health']);
  });

  test.each(['health', 'an answer before'])('a page for 404 is an outage where Apollo is there: %s', async (proof) => {
    let isDown = proof === 'health';
    const client = await serve(({ url }, response) => {
      if (url === '/api/v1/auth/health') response.end('{"healthy":true,"is_logged_in":true}');
      else if (isDown) response.writeHead(404).end('<h1>Not Found</h1>');
      else response.end(contact);
    });
    if (!isDown) await patch(client, 'c1');
    isDown = true;
    expect(await thrown(patch(client, 'c1'))).toMatchObject({ code: 'apollo_unavailable', httpStatus: 404 });
  });

  test.each([500, 502, 429, 422])(
    'PUT that is answered with %i has not worked: the next asks by PATCH',
    async (status) => {
      const seen: (string | undefined)[] = [];
      const client = await serve(({ method }, response) => {
        seen.push(method);
        if (seen.length === 1) response.writeHead(405).end();
        else if (method === 'PUT') response.writeHead(status, { 'retry-after': '0' }).end('{"error":"no"}');
        else response.end(contact);
      });
      await thrown(patch(client, 'c1'));
      await patch(client, 'c2');
      expect(seen.filter((method) => method === 'PUT')).toHaveLength(1);
    },
  );

  test(
    'a create that has timed out is not repeated before Apollo has surely ended it; an update is',
    slow,
    async () => {
      const clock = new VirtualClock();
      const hang = createServer(({ url }, response) => {
        const isFirst = !asked.includes(url!);
        asked.push(url!);
        if (!isFirst) response.end(url!.includes('bulk') ? '{"created_contacts":[{"id":"c1"}]}' : contact);
      });
      const asked: string[] = [];
      await new Promise<void>((resolve) => hang.listen(0, '127.0.0.1', resolve));
      const http = createHttp({ userAgent: 'test/1', connections: 4 });
      opened.push({ close: async () => void hang.close() }, http);
      const client = clientOf(`http://127.0.0.1:${(hang.address() as AddressInfo).port}/api/v1`, http, {
        clock,
        responseTimeoutMs: 2_000,
      });
      const sentAt = clock.time;
      await create(client, ['a@example.com']);
      expect(clock.time).toBe(sentAt + 300_000);
      await patch(client, 'c1');
      expect(clock.time).toBeLessThan(sentAt + 302_000);
      expect(asked).toHaveLength(4);
    },
  );

  test('where PATCH has worked, PUT is never tried', async () => {
    const seen: (string | undefined)[] = [];
    const client = await serve(({ method }, response) => {
      seen.push(method);
      if (seen.length === 2) response.writeHead(404).end('<h1>Not Found</h1>');
      else response.end(contact);
    });
    await patch(client, 'c1');
    await patch(client, 'c2');
    expect(seen).toEqual(['PATCH', 'PATCH', 'PATCH']);
  });

  test.each([
    ['once', 1],
    ['always', 9],
  ])('an answer that may be a slip, %s', async (_, times) => {
    let requests = 0;
    const client = await serve((__, response) => {
      if (requests++ < times) response.writeHead(400).end('{"error_message":"Invalid request."}');
      else response.end(contact);
    });
    const failure = await thrown(patch(client, 'c1'));
    expect(requests).toBe(2);
    if (times === 1) expect(failure).toBe('nothing was thrown');
    else expect(failure).toMatchObject({ code: 'apollo_rejected', httpStatus: 400 });
  });

  test('a 404 that speaks of the record is the row, and no reason for PUT', async () => {
    const client = await serve((_, response) => response.writeHead(404).end('{"error":"Record not found."}'));
    expect(await thrown(patch(client, 'c1'))).toMatchObject({ code: 'record_deleted' });
  });

  test('a 429 of one request holds the others back, even those that already had leave', async () => {
    let requests = 0;
    const client = await serve((_, response) => {
      requests++;
      setTimeout(() => response.writeHead(429, { 'retry-after': '9999' }).end('{}'), 5);
    });
    const wanted = [...Array(12).keys()].map((i) => thrown(patch(client, `c${i}`)));
    const failures = await Promise.all(wanted);
    expect(requests).toBe(4);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'quota_exhausted' });
  });

  test('an answer without what is documented is not success, and says what is missing without its values', async () => {
    const client = await serve((_, response) => void response.end('{"contacts":"jane@example.com"}'));
    const failure = (await thrown(create(client, ['a@example.com'], false))) as Error;
    expect(failure).toMatchObject({ code: 'apollo_unavailable', delivery: 'unknown' });
    expect(failure.message).toMatch(/created_contacts/);
    expect(failure.message).not.toContain('jane');
  });

  test('a number beyond 2^53 in an answer keeps its digits', async () => {
    const text =
      '{"contact":{"id":"1","typed_custom_fields":{"a":9007199254740993,"b":-123456789012345678901.5,"c":42}}}';
    const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(text));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const http = createHttp({ userAgent: 'test/1', connections: 1 });
    opened.push({ close: async () => void server.close() }, http);
    const client = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, http);
    const answer = await client.call(
      endpoints.contacts.show,
      { params: { id: '1' }, idempotent: true, schema: anything },
      signal,
    );
    const field = (id: string) => ({ name: `custom:${id}`, type: 'number', shownAs: 'typed_custom_fields' }) as Field;
    const shown = (answer as { contact: Record<string, unknown> }).contact;
    const same = (id: string, wanted: string): boolean => {
      const current = currentValue(field(id), shown);
      return current.known && sameValue(field(id), wanted, current.value);
    };
    expect([
      same('a', '9007199254740993'),
      same('a', '9007199254740992'),
      same('b', '-123456789012345678901.5'),
      same('b', '-123456789012345678902.5'),
      same('c', '42'),
    ]).toEqual([true, false, true, false, true]);
  });

  test('headers and the query are as Apollo expects them', async () => {
    let seen: unknown;
    const client = await serve(({ url, headers, method }, response) => {
      seen = [method, url, headers['x-api-key'], headers['content-type'], headers['user-agent']];
      response.end('{}');
    });
    const query = { contact_ids: ['a', 'b'], contact_stage_id: 's' };
    await client.call(endpoints.contacts.updateStages, { query, idempotent: true, schema: anything }, signal);
    const url = '/api/v1/contacts/update_stages?contact_ids%5B%5D=a&contact_ids%5B%5D=b&contact_stage_id=s';
    expect(seen).toEqual(['POST', url, KEY, undefined, 'test/1']);
  });

  test('a connection that is refused is Apollo not being there', async () => {
    const http = createHttp({ userAgent: 'test/1', connections: 1 });
    opened.push(http);
    const client = clientOf('http://127.0.0.1:1/api/v1', http);
    expect(await thrown(patch(client, 'c1'))).toMatchObject({ code: 'apollo_unavailable', delivery: 'not-delivered' });
    expect(client.counters()).toEqual({ calls: {}, retries: 3, rateLimited: 0 });
  });
});

describe('addresses and credentials', () => {
  test('plain http is for loopback addresses only', () => {
    for (const url of [
      'https://api.apollo.io/api/v1',
      'http://localhost:1/',
      'http://127.0.0.1/api/v1',
      'http://[::1]:80',
    ]) {
      expect(checkedBaseUrl(url)).not.toMatch(/\/$/);
    }
    for (const url of ['http://api.apollo.io/api/v1', 'http://127.0.0.1.example.com', 'ftp://x', 'nonsense']) {
      expect(() => checkedBaseUrl(url), url).toThrow(expect.objectContaining({ code: 'invalid_config' }));
    }
  });

  test('an id cannot lead to another path', () => {
    expect(urlOf('https://x', 'contacts/{id}', { id: '../users?a=b' })).toBe('https://x/contacts/..%2Fusers%3Fa%3Db');
    for (const id of ['', '.', '..']) expect(() => urlOf('https://x', 'contacts/{id}', { id })).toThrow('lacks its id');
    expect(() => urlOf('https://x', 'contacts/{id}')).toThrow('lacks its id');
  });

  test('a key that no header carries is refused, without telling it', () => {
    const http = createHttp({ userAgent: 'test/1', connections: 1 });
    opened.push(http);
    for (const api_key of ['', '  ', 'two words', 'line\nbreak', 'schlüssel']) {
      const make = () => clientOf('https://x', http, { credentials: { auth_type: 'api_key', api_key } });
      expect(make).toThrow(
        expect.objectContaining({ code: 'invalid_config', message: expect.stringContaining('credentials.api_key') }),
      );
    }
  });
});
