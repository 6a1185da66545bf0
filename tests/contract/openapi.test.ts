import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { compare } from '../support/emulator.ts';
import { openapiCheck } from './openapi.ts';

/** A document in small, so that the check is tested where Apollo's is not at hand. */
const small = openapiCheck({
  paths: {
    '/contacts/bulk_create': {
      post: {
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['contacts'],
                properties: {
                  contacts: {
                    type: 'array',
                    maxItems: 2,
                    items: {
                      type: 'object',
                      properties: {
                        email: { type: 'string' },
                        typed_custom_fields: { type: 'object', additionalProperties: { type: 'string' } },
                      },
                    },
                  },
                  run_dedupe: { type: 'boolean' },
                },
              },
            },
          },
        },
      },
    },
    '/contacts/{contact_id}': {
      get: {},
      patch: {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { type: 'object', properties: { title: { type: 'string' } } } },
          },
        },
      },
    },
    '/contacts/update_owners': {
      post: { parameters: [{ in: 'query', name: 'owner_id', required: true }] },
    },
    '/fields': { get: { parameters: [{ in: 'query', name: 'source' }] } },
  },
});

const bulk = (body: unknown) => small({ method: 'POST', target: 'contacts/bulk_create', body: JSON.stringify(body) });

test('a documented request departs from nothing', () => {
  const contact = { email: 'a@b.example', typed_custom_fields: { x: 'y', z: ['1', '2'] } };
  expect(bulk({ contacts: [contact], run_dedupe: true })).toEqual([]);
  expect(small({ method: 'PATCH', target: 'contacts/1', body: '{"title":"x"}' })).toEqual([]);
  expect(small({ method: 'GET', target: 'fields?source=custom', body: '' })).toEqual([]);
  expect(small({ method: 'POST', target: 'contacts/update_owners?owner_id=1', body: '' })).toEqual([]);
  expect(small({ method: 'GET', target: 'auth/health', body: '' })).toEqual([]);
});

test.each([
  ['a key that is not declared', { contacts: [], owner: '1' }, '/owner is not documented'],
  ['a key inside a record', { contacts: [{ emial: 'x' }] }, '/contacts/0/emial is not documented'],
  ['a value of another type', { contacts: [{ email: 1 }] }, '/contacts/0/email must be string'],
  ['null', { contacts: [{ email: null }] }, '/contacts/0/email must be string'],
  ['a required key that is missing', { run_dedupe: true }, "the body must have required property 'contacts'"],
  ['more records than allowed', { contacts: [{}, {}, {}] }, '/contacts must NOT have more than 2 items'],
])('%s is noticed', (_, body, problem) => {
  expect(bulk(body)).toEqual([`POST contacts/bulk_create: ${problem}`]);
});

test('a custom value that is neither text nor a list of texts is noticed', () => {
  expect(bulk({ contacts: [{ typed_custom_fields: { x: 3 } }] })[0]).toMatch(/typed_custom_fields\/x must be string/);
});

test.each([
  ['an unknown path', { method: 'GET', target: 'people', body: '' }, 'GET people: is not in the document'],
  ['an unknown method', { method: 'PUT', target: 'contacts/1', body: '{}' }, 'PUT contacts/1: is not in the document'],
  ['an unknown query key', { method: 'GET', target: 'fields?of=x', body: '' }, 'GET fields: ?of is not documented'],
  [
    'a missing query key',
    { method: 'POST', target: 'contacts/update_owners', body: '' },
    'POST contacts/update_owners: ?owner_id is required',
  ],
  [
    'a body where none is documented',
    { method: 'GET', target: 'fields', body: '{}' },
    'GET fields: a body is not documented',
  ],
  ['a missing body', { method: 'PATCH', target: 'contacts/1', body: '' }, 'PATCH contacts/1: a body is required'],
])('%s is noticed', (_, sent, problem) => {
  expect(small(sent)).toEqual([problem]);
});

describe('every request to an emulator is seen', () => {
  let emulator: Emulator;
  afterEach(() => emulator.close());

  test('with its query and its body, and none to another server', async () => {
    emulator = await startEmulator({ strict: false });
    const other = await startEmulator({ strict: false });
    const departures: string[] = [];
    const stop = compare(emulator, small, { expected: (departure) => departure.startsWith('GET labels') }, departures);
    const headers = { 'x-api-key': 'emulator-key', 'content-type': 'application/json' };
    await (await request(`${emulator.url}/fields?of=x`, { headers })).body.text();
    await (await request(`${emulator.url}/labels`, { headers })).body.text();
    await (await request(`${other.url}/people`, { headers })).body.text();
    const body = '{"contacts":[{"emial":"x"}]}';
    await (await request(`${emulator.url}/contacts/bulk_create`, { method: 'POST', headers, body })).body.text();
    stop();
    await (await request(`${emulator.url}/people`, { headers })).body.text();
    await other.close();
    expect(departures).toEqual([
      'GET fields: ?of is not documented',
      'POST contacts/bulk_create: /contacts/0/emial is not documented',
    ]);
  });
});

const file = process.env['APOLLO_OPENAPI'];

describe.skipIf(file === undefined)("Apollo's own document", () => {
  const check = openapiCheck(file === undefined ? { paths: {} } : JSON.parse(readFileSync(file, 'utf8')));

  test('refuses what it does not declare, and no more', () => {
    const send = (method: string, target: string, body?: unknown) =>
      check({ method, target, body: body === undefined ? '' : JSON.stringify(body) });
    expect(send('POST', 'contacts/bulk_create', { contacts: [{ email: 'a@b.example' }], run_dedupe: true })).toEqual(
      [],
    );
    expect(send('POST', 'contacts/bulk_create', { contacts: [{ mobile_phone: '1' }] })).toEqual([
      'POST contacts/bulk_create: /contacts/0/mobile_phone is not documented',
    ]);
    expect(send('POST', 'contacts/bulk_create', { contacts: Array(101).fill({}) })).toEqual([
      'POST contacts/bulk_create: /contacts must NOT have more than 100 items',
    ]);
    expect(send('POST', 'contacts/bulk_update', { contact_attributes: [{ id: 'x', contact_stage_id: 'y' }] })).toEqual([
      'POST contacts/bulk_update: /contact_attributes/0/contact_stage_id is not documented',
    ]);
    expect(send('POST', 'contacts/bulk_update', {})).not.toEqual([]);
    expect(send('PATCH', 'accounts/x', { run_dedupe: true })).toEqual([
      'PATCH accounts/x: /run_dedupe is not documented',
    ]);
  });
});
