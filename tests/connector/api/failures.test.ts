import { describe, expect, test } from 'vitest';
import { endpoints } from '../../../connector/api/endpoints.ts';
import { Doubtful, failureOf, isRateLimit, located, refusesPatch } from '../../../connector/api/failures.ts';
import { RecordFailure } from '../../../runtime/contract/failure.ts';
import { doubtful, html, now, perHour, rows } from './known-answers.ts';

const endpoint = endpoints.contacts.bulkUpdate;

const answer = (status: number, body: unknown = '', headers: Record<string, string> = {}) => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  headers,
});

const failure = (status: number, body?: unknown, headers?: Record<string, string>, more = {}) =>
  failureOf(answer(status, body, headers), { endpoint, authType: 'api_key', now, ...more });

describe('what an answer means', () => {
  test.each(rows)('%s', (_, status, body, headers, type, expected) => {
    const thrown = failure(status, body, headers);
    expect(thrown).toBeInstanceOf(type);
    expect(thrown).toMatchObject(expected);
    expect(thrown).toMatchObject({ endpoint: 'POST contacts/bulk_update', httpStatus: status });
  });

  test.each(doubtful)('%s may be a slip, and is believed when it comes again', (_, status, body, believed) => {
    const thrown = failure(status, body);
    expect(thrown).toBeInstanceOf(Doubtful);
    expect(thrown).toMatchObject({ code: 'apollo_unavailable', delivery: 'unknown', httpStatus: status, believed });
  });

  test('success is no failure', () => {
    for (const status of [200, 201, 202, 204]) expect(failure(status)).toBeUndefined();
  });

  test('every status that is none has a meaning', () => {
    for (let status = 100; status < 1000; status++) {
      if (status < 200 || status > 299) expect(failure(status), String(status)).toBeInstanceOf(Error);
    }
  });

  test.each([
    ['contacts', 404, 'Record not found.'],
    ['contacts', 404, 'Could not find contact with id c1'],
    ['contacts', 422, 'Oops! This contact does not exist in Apollo.'],
    ['contacts', 422, 'Contact 5f5e1000aaaabbbbccccdddd has been deleted'],
    ['contacts', 422, 'Cannot update contact as it is deleted.'],
    ['accounts', 422, 'This account has been deleted.'],
    ['accounts', 422, 'Parameters misconfigured. account_id is not a valid ID'],
    ['accounts', 422, 'Parameters misconfigured. id is not a valid ID'],
  ] as const)('of %s, %i "%s" says that the record is gone', (object, status, error) => {
    const one = { endpoint: endpoints[object].update };
    expect(failure(status, { error }, {}, one)).toMatchObject({ name: 'RefusedRecords', code: 'record_deleted' });
  });

  test.each([
    ['contacts', 'Account has been deleted'],
    ['contacts', 'Account does not exist'],
    ['contacts', 'Contact stage does not exist'],
    ['contacts', 'Parameters misconfigured. account_id is not a valid ID'],
    ['accounts', 'Contact has been deleted'],
    ['accounts', 'Parameters misconfigured. owner_id is not a valid ID'],
    ['accounts', 'Account stage was not found'],
  ] as const)('of %s, 422 "%s" does not', (object, error) => {
    const one = { endpoint: endpoints[object].update };
    expect(failure(422, { error }, {}, one)).toMatchObject({ name: 'RefusedRecords', code: 'apollo_rejected' });
  });

  test('a rate limit is no refusal of the plan, though its text speaks of plans', () => {
    expect(isRateLimit(answer(429, perHour))).toBe(true);
    expect(
      isRateLimit(answer(429, { message: 'The maximum number of api calls on your Free plan is 50 times per minute' })),
    ).toBe(true);
    expect(isRateLimit(answer(429))).toBe(true);
    expect(isRateLimit(answer(429, { message: 'This endpoint is only available to paying teams.' }))).toBe(false);
  });

  test('for OAuth the advice is about tokens and their scopes', () => {
    const oauth = { authType: 'oauth' as const };
    expect(failure(401, '', {}, oauth)?.message).toContain('credentials.access_token');
    expect(failure(403, { error_code: 'API_INACCESSIBLE' }, {}, oauth)?.message).toContain(
      'scope contacts_bulk_update.',
    );
  });
});

describe('records named by Apollo', () => {
  test('become positions; an id that was not sent is left out', () => {
    const refused = failure(422, { error: 'Cannot update contact as it is deleted.', deleted_contact_ids: ['b', 'z'] });
    const found = located(refused, (id) => new Map([['b', 7]]).get(id));
    expect(found).toBeInstanceOf(RecordFailure);
    expect(found).toMatchObject({ code: 'record_deleted', positions: [7], httpStatus: 422, message: refused!.message });
  });

  test('other failures stay as they are', () => {
    const other = new Error('x');
    expect(located(other, () => 1)).toBe(other);
  });
});

test('the one field that errors name is the field of the refusal', () => {
  expect(failure(422, { errors: { email: ['is invalid'] } })).toMatchObject({ field: 'email' });
  expect(failure(422, { errors: { email: ['is invalid'], title: ['is long'] } })).toMatchObject({ field: undefined });
});

test('PATCH is refused by 405, or by 404 without a JSON error', () => {
  expect([answer(405), answer(404, html), answer(404)].map(refusesPatch)).toEqual([true, true, true]);
  expect([answer(404, { error: 'Record not found.' }), answer(200), answer(422)].map(refusesPatch)).toEqual([
    false,
    false,
    false,
  ]);
});
