import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Client } from '../../../connector/api/client.ts';
import { endpoints } from '../../../connector/api/endpoints.ts';
import { anything } from '../../../connector/api/wire.ts';
import type { TroubleRule } from '../../../emulator/server/trouble.ts';
import { createHttp } from '../../../runtime/http/http.ts';
import { bulkCreate, clientOf, closeOpened, create, KEY, opened, setup, signal, thrown } from './clients.ts';

afterEach(closeOpened);

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
    const { client, apollo } = await setup({}, { concurrency: 2 });
    let inFlight = 0;
    let most = 0;
    // What a request of undici publishes as it is made, and when its answer has come (undici, docs/api/DiagnosticsChannel.md).
    const began = (message: unknown): void => {
      const { origin } = (message as { request: { origin: unknown } }).request;
      if (String(origin) === apollo.origin) most = Math.max(most, ++inFlight);
    };
    const ended = (message: unknown): void => {
      const { origin } = (message as { request: { origin: unknown } }).request;
      if (String(origin) === apollo.origin) inFlight--;
    };
    subscribe('undici:request:create', began);
    subscribe('undici:request:trailers', ended);
    onTestFinished(() => {
      unsubscribe('undici:request:create', began);
      unsubscribe('undici:request:trailers', ended);
    });
    const stages = () => client.call(endpoints.contacts.stages, { idempotent: true, schema: anything }, signal);
    await Promise.all([...Array(4).keys()].flatMap((i) => [create(client, [`a${i}@example.com`]), stages()]));
    expect(most).toBe(2);
  });
});
