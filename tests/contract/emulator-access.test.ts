import { describe, expect, test } from 'vitest';
import { bench, request } from '../emulator/client.ts';

// Expectations: docs.apollo.io/reference/authentication, /reference/rate-limits and the OpenAPI document, 2026-07/08.

const INVALID_KEY = 'Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate.';
const RATE_HEADERS = [
  'x-rate-limit-minute',
  'x-minute-usage',
  'x-minute-requests-left',
  'x-rate-limit-hourly',
  'x-hourly-usage',
  'x-hourly-requests-left',
  'x-rate-limit-24-hour',
  'x-24-hour-usage',
  'x-24-hour-requests-left',
];

function rateHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    RATE_HEADERS.filter((name) => headers.has(name)).map((name) => [name, headers.get(name) ?? '']),
  );
}

describe('who may call', () => {
  test('M1 health answers 200 whatever the key, says whether it is valid, and has no rate headers', async () => {
    const { send } = await bench();
    const good = await send('GET', 'auth/health');
    const bad = await send('GET', 'auth/health', undefined, { 'x-api-key': 'wrong' });
    expect([good.status, good.json]).toEqual([200, { healthy: true, is_logged_in: true }]);
    expect([bad.status, bad.json]).toEqual([200, { healthy: true, is_logged_in: false }]);
    expect(rateHeaders(good.headers)).toEqual({});
  });

  test('M2 a bad key is answered with 401 in three generations of body, without rate headers', async () => {
    const { emulator, send } = await bench();
    const bad = () => send('GET', 'labels', undefined, { 'x-api-key': 'wrong' });
    const json = await bad();
    expect(json.status).toBe(401);
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(json.json).toMatchObject({
      error: INVALID_KEY,
      error_details: {
        code: 'AUTH.AUTHENTICATION.API_KEY_INVALID',
        context: {},
        message: 'This API key is not valid.',
        suggestions: [{ header: 'X-Api-Key' }, { url: expect.any(String) }],
      },
    });
    expect(rateHeaders(json.headers)).toEqual({});
    emulator.setQuirks({ unauthorizedBody: 'new-text' });
    const newText = await bad();
    expect([newText.status, newText.text]).toEqual([401, INVALID_KEY]);
    expect(newText.headers.get('content-type')).toMatch(/^text\/plain/);
    emulator.setQuirks({ unauthorizedBody: 'old-text' });
    expect((await bad()).text).toBe('Invalid access credentials.');
  });

  test('M2 no key, a key sent as a bearer token and a revoked key are bad keys; one in the query is a 422', async () => {
    const { emulator } = await bench({ keys: [{ key: 'good' }, { key: 'gone', revoked: true }] });
    const url = `${emulator.url}/labels`;
    const status = async (headers: Record<string, string>, query = '') =>
      (await request(url + query, 'GET', undefined, headers)).status;
    expect(await status({ 'x-api-key': 'good' })).toBe(200);
    expect(await status({ 'X-API-KEY': 'good' })).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer good' })).toBe(401);
    expect(await status({ 'x-api-key': 'gone' })).toBe(401);
    expect(await status({}, '?api_key=good')).toBe(422);
  });

  test('M2 an OAuth token acts as the user who consented, within its scopes', async () => {
    const member = '66302798d03b9601c7934ebf';
    const tokens = [{ token: 'tok', scopes: ['contact_write'], userId: member }];
    const { emulator } = await bench({ tokens });
    const send = (method: string, path: string, token: string, body?: unknown) =>
      request(`${emulator.url}/${path}`, method, body, { authorization: `Bearer ${token}` });
    const created = await send('POST', 'contacts', 'tok', { email: 'a@b.example' });
    expect(created.json.contact.owner_id).toBe(member);
    expect((await send('GET', 'users/api_profile', 'tok')).json.id).toBe(member);
    expect((await send('POST', 'contacts/search', 'tok', {})).status).toBe(403);
    const bad = await send('GET', 'users/api_profile', 'other');
    expect([bad.status, bad.json.error_code]).toEqual([401, 'INVALID_ACCESS_TOKEN']);
  });

  test('M3 a key without the scope gets 403 before its body is looked at, without rate headers', async () => {
    const { emulator, post } = await bench({ keys: [{ key: 'emulator-key', scopes: ['api/v1/contacts/create'] }] });
    const barred = await post('accounts/bulk_update', {});
    expect(barred.status).toBe(403);
    expect(barred.json).toEqual({
      error:
        'This API key is not authorized to access api/v1/accounts/bulk_update. Request an API key from your administrator that includes this endpoint in its configured scope.',
      error_code: 'API_INACCESSIBLE',
    });
    expect(rateHeaders(barred.headers)).toEqual({});
    expect((await post('contacts', {})).status).toBe(200);
    emulator.setQuirks({ forbiddenBody: 'old' });
    expect((await post('contacts/bulk_create', {})).json.error).toBe(
      'api/v1/contacts/bulk_create is not accessible with this api_key',
    );
  });

  test('M3 a user who may not see lists gets 403 from the lists endpoints only', async () => {
    const { get, post } = await bench({ keys: [{ key: 'emulator-key', lists: false }] });
    const barred = await post('labels', { name: 'A', modality: 'contacts' });
    expect([barred.status, barred.json]).toEqual([
      403,
      { error: 'You do not have permission to access lists. Contact your admin to get access to Contacts & Accounts.' },
    ]);
    expect((await get('contact_stages')).status).toBe(200);
  });

  test.each(['contacts/search', 'accounts/search', 'users/search'])('M4 %s needs a paid plan', async (path) => {
    const { post } = await bench({ keys: [{ key: 'emulator-key', plan: 'free' }] });
    const barred = await post(path);
    expect(barred.status).toBe(403);
    expect(barred.json).toEqual({ message: 'This endpoint is only available to Apollo users on paid plans.' });
    expect(rateHeaders(barred.headers)).toEqual({});
  });

  test('M4 creating and updating is open to the free plan', async () => {
    const { post, patch } = await bench({ plan: 'free' });
    const created = await post('contacts', { first_name: 'A' });
    expect((await patch(`contacts/${created.json.contact.id}`, { title: 'B' })).status).toBe(200);
  });

  test('the older prefix /v1 answers as /api/v1 does, and an unknown path is 404', async () => {
    const { get, send } = await bench();
    expect((await get('/v1/contact_stages')).json).toEqual((await get('contact_stages')).json);
    expect((await get('entity_progress_jobs/1')).status).toBe(404);
    expect((await send('DELETE', 'contacts/6095a710bd01d100a506d4ae')).status).toBe(404);
  });
});

describe('rate windows', () => {
  test('M5 nine headers on 200 and on 422, counted for each action apart', async () => {
    const { get, post } = await bench({ plan: 'organization' });
    await get('labels');
    const second = await get('labels');
    expect(rateHeaders(second.headers)).toEqual({
      'x-rate-limit-minute': '200',
      'x-minute-usage': '2',
      'x-minute-requests-left': '198',
      'x-rate-limit-hourly': '600',
      'x-hourly-usage': '2',
      'x-hourly-requests-left': '598',
      'x-rate-limit-24-hour': '6000',
      'x-24-hour-usage': '2',
      'x-24-hour-requests-left': '5998',
    });
    const invalid = await post('contacts/bulk_create', {});
    expect(invalid.status).toBe(422);
    expect(invalid.headers.get('x-minute-usage')).toBe('1');
  });

  test('M5 a full window is named in the 429, with the seconds until it ends', async () => {
    const { clock, post } = await bench({ plan: { minute: 5, hour: 2, day: 100 } });
    const create = () => post('contacts/bulk_create', { contacts: [] });
    await create();
    clock.advance(1500);
    await create();
    const full = await create();
    expect(full.status).toBe(429);
    expect(full.json).toEqual({
      message:
        'The maximum number of api calls allowed for api/v1/contacts/bulk_create is 2 times per hour. Please upgrade your plan from https://app.apollo.io/#/settings/plans/upgrade.',
    });
    // 3,600 s less 1.5 s, rounded up: the window opened at the first request.
    expect(full.headers.get('retry-after')).toBe('3599');
    expect(full.headers.get('x-hourly-requests-left')).toBe('0');
    expect(Object.keys(rateHeaders(full.headers))).toHaveLength(9);
    clock.advance(3_598_500);
    expect((await create()).status).toBe(200);
  });

  test('M5 keys of one team share a window, and a refused request uses nothing of it', async () => {
    const { send } = await bench({
      keys: [{ key: 'one' }, { key: 'two' }],
      limits: { 'labels/index': { minute: 2, hour: null, day: null } },
    });
    const list = (key: string) => send('GET', 'labels', undefined, { 'x-api-key': key });
    await list('one');
    await list('wrong');
    expect((await list('two')).headers.get('x-minute-requests-left')).toBe('0');
    expect((await list('one')).status).toBe(429);
  });

  test('M5 a window without limit has an empty limit header and no usage headers', async () => {
    const { get } = await bench({ plan: 'unlimited' });
    const { headers } = await get('labels');
    expect(rateHeaders(headers)).toEqual({
      'x-rate-limit-minute': '',
      'x-rate-limit-hourly': '',
      'x-rate-limit-24-hour': '',
    });
  });

  test('M5 the fields endpoints have a wording of their own, and lists and single contacts a name', async () => {
    const { get, send } = await bench({ plan: { minute: 1, hour: 9, day: 9 } });
    const message = async (method: string, path: string) => {
      await send(method, path, method === 'GET' ? undefined : {});
      return (await send(method, path, method === 'GET' ? undefined : {})).json.message;
    };
    expect(await message('GET', 'fields')).toBe(
      'The maximum number of API calls allowed for api/v1/fields is 1 times per minute. To change your rate limit, upgrade your Apollo plan at https://app.apollo.io/#/settings/plans/upgrade.',
    );
    expect(await message('POST', 'labels')).toContain('api/v1/labels/create is 1 times per minute');
    expect(await message('GET', 'contacts/x')).toContain('api/v1/contacts/{contact_id} is');
    expect((await get('labels')).status).toBe(200);
  });

  test('M28 usage statistics have JSON arrays as keys, and leave bulk calls out as the sample does', async () => {
    const { emulator, get, post } = await bench({ plan: 'organization' });
    await get('labels');
    const usage = await post('usage_stats/api_usage_stats');
    expect(usage.json['["api/v1/labels", "index"]']).toEqual({
      day: { limit: 6000, consumed: 1, left_over: 5999 },
      hour: { limit: 600, consumed: 1, left_over: 599 },
      minute: { limit: 200, consumed: 1, left_over: 199 },
    });
    expect(Object.keys(usage.json)).not.toContain('["api/v1/contacts", "bulk_create"]');
    expect(Object.keys(usage.json)).toContain('["api/v1/contacts", "update"]');
    emulator.setQuirks({ usageStats: 'all' });
    const all = await post('usage_stats/api_usage_stats');
    expect(Object.keys(all.json)).toContain('["api/v1/contacts", "bulk_create"]');
  });
});
