import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { currentValue, sameValue } from '../../../catalog/current-value.ts';
import type { Field } from '../../../catalog/object.ts';
import type { Client } from '../../../connector/api/client.ts';
import { endpoints } from '../../../connector/api/endpoints.ts';
import { anything, single } from '../../../connector/api/wire.ts';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import { createHttp } from '../../../runtime/http/http.ts';
import { slow } from '../../support/runs.ts';
import { clientOf, closeOpened, create, KEY, opened, signal, thrown } from './clients.ts';

afterEach(closeOpened);

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

  test.each([
    { status: 405, verb: 'PUT', asked: 5 },
    { status: 200, verb: 'PATCH', asked: 4 },
  ])('requests that go side by side wait for the first to tell the method: $verb', async ({ status, verb, asked }) => {
    const seen: string[] = [];
    const client = await serve((request, response) => {
      seen.push(`${request.method} ${request.url!.slice(-2)}`);
      response.writeHead(request.method === 'PUT' ? 200 : status).end(contact);
    });
    await Promise.all(['c1', 'c2', 'c3', 'c4'].map((id) => patch(client, id)));
    expect(seen.slice(asked - 4).sort()).toEqual(['c1', 'c2', 'c3', 'c4'].map((id) => `${verb} ${id}`));
    expect(seen).toHaveLength(asked);
  });

  test('where the first tells no method, the others go on', async () => {
    const seen: string[] = [];
    const client = await serve(({ method, url }, response) => {
      seen.push(`${method} ${url!.slice(-2)}`);
      if (seen.length === 1) response.writeHead(422).end('{"error":"no"}');
      else response.end(contact);
    });
    const ended = await Promise.allSettled(['c1', 'c2', 'c3'].map((id) => patch(client, id)));
    expect(ended.map((one) => one.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(seen.sort()).toEqual(['PATCH c1', 'PATCH c2', 'PATCH c3']);
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
    const held: ServerResponse[] = [];
    const client = await serve((_, response) => {
      requests++;
      // The first is alone.
      if (requests === 1) return void response.end(contact);
      held.push(response);
      // Four connections carry what has leave; the others have it too by then.
      if (requests < 5) return;
      for (const one of held.splice(0)) one.writeHead(429, { 'retry-after': '9999' }).end('{}');
    });
    await patch(client, 'first');
    const wanted = [...Array(12).keys()].map((i) => thrown(patch(client, `c${i}`)));
    const failures = await Promise.all(wanted);
    expect(requests).toBe(5);
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
