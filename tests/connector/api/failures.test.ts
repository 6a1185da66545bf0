import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endpoints } from '../../../connector/api/endpoints.ts';
import { messageOf } from '../../../connector/api/error-body.ts';
import {
  Doubtful,
  failureOf,
  isRateLimit,
  located,
  RefusedRecords,
  refusesPatch,
} from '../../../connector/api/failures.ts';
import { ConfigFailure, RecordFailure, TransientFailure } from '../../../runtime/contract/failure.ts';

const now = Date.UTC(2026, 10, 21, 12);
const endpoint = endpoints.contacts.bulkUpdate;
const answer = (status: number, body: unknown = '', headers: Record<string, string> = {}) => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  headers,
});
const failure = (status: number, body?: unknown, headers?: Record<string, string>, more = {}) =>
  failureOf(answer(status, body, headers), { endpoint, authType: 'api_key', now, ...more });

// Bodies: docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19; the structured one seen live 2026-10-08.
const structured401 = {
  error: 'Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate.',
  error_details: { code: 'AUTH.AUTHENTICATION.API_KEY_INVALID', context: {}, message: 'This API key is not valid.' },
};
const perHour = {
  message:
    'The maximum number of api calls allowed for api/v1/contacts/bulk_create is 600 times per hour. Please upgrade your plan from https://app.apollo.io/#/settings/plans/upgrade.',
};
const html = '<html><head><title>502</title></head><body><h1>502 Bad Gateway</h1></body></html>';

type Expected = [string, number, unknown, Record<string, string>, abstract new (...parts: never[]) => Error, object];
const rows: Expected[] = [
  ['401, text of before 2026', 401, 'Invalid access credentials.', {}, ConfigFailure, { code: 'unauthorized' }],
  [
    '401, text of 2026',
    401,
    'Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate.',
    {},
    ConfigFailure,
    { code: 'unauthorized', message: expect.stringMatching(/Settings > Integrations > API/) },
  ],
  [
    '401, structured',
    401,
    structured401,
    {},
    ConfigFailure,
    { code: 'unauthorized', message: expect.stringMatching(/: This API key is not valid\. Check/) },
  ],
  [
    '422 for a key that did not arrive',
    422,
    { error: 'Api key required' },
    {},
    ConfigFailure,
    { code: 'unauthorized' },
  ],
  [
    '403, scope, old text',
    403,
    { error: 'api/v1/users/search is not accessible with this api_key', error_code: 'API_INACCESSIBLE' },
    {},
    ConfigFailure,
    // The path in the text is of another endpoint; ours is believed.
    { code: 'missing_scope', message: expect.stringMatching(/lacks the scope api\/v1\/contacts\/bulk_update\./) },
  ],
  [
    '403, scope, new text without a code',
    403,
    {
      error:
        'This API key is not authorized to access api/v1/accounts/bulk_update. Request an API key from your administrator that includes this endpoint in its configured scope.',
    },
    {},
    ConfigFailure,
    { code: 'missing_scope' },
  ],
  [
    '403, scope, damaged text',
    403,
    { error: 'api/v1/fields this api_key', error_code: 'API_INACCESSIBLE' },
    {},
    ConfigFailure,
    { code: 'missing_scope' },
  ],
  [
    '403, structured',
    403,
    { error_details: { code: 'AUTH.AUTHORIZATION.MISSING_OAUTH_SCOPE', message: 'x' } },
    {},
    ConfigFailure,
    { code: 'missing_scope' },
  ],
  [
    '403, plan',
    403,
    { message: 'This endpoint is only available to Apollo users on paid plans.' },
    {},
    ConfigFailure,
    { code: 'plan_too_low' },
  ],
  [
    '403, plan, though it has the code of a scope',
    403,
    { error: 'x is not included in your Free plan. Upgrade.', error_code: 'API_INACCESSIBLE' },
    {},
    ConfigFailure,
    { code: 'plan_too_low' },
  ],
  ['402', 402, { error: 'Payment required' }, {}, ConfigFailure, { code: 'plan_too_low' }],
  [
    '429, plan',
    429,
    { message: 'This endpoint is only available to paying teams. Upgrade to use it.' },
    { 'retry-after': '60' },
    ConfigFailure,
    { code: 'plan_too_low' },
  ],
  [
    '403, permission of the user',
    403,
    { error: 'You do not have permission to access lists. Contact your admin to get access to Contacts & Accounts.' },
    {},
    ConfigFailure,
    { code: 'forbidden' },
  ],
  ...[400, 402, 403, 404, 406, 407, 409, 411, 423, 425, 431, 451, 499].flatMap((status) =>
    [html, '', '{}', '[]', '{"error":"cut o', '"text"', 'Access denied'].map(
      (body): Expected => [
        `${status} with ${body.slice(0, 14)}: not an answer of Apollo`,
        status,
        body,
        { 'retry-after': '7' },
        TransientFailure,
        {
          code: 'apollo_unavailable',
          delivery: 'unknown',
          retryAfterMs: 7000,
          message: expect.stringMatching(/was answered with \d+.* not an answer of Apollo: a firewall/),
        },
      ],
    ),
  ),
  ...[423, 425, 451, 499].map(
    (status): Expected => [
      `${status}, JSON`,
      status,
      { error: 'Locked' },
      {},
      TransientFailure,
      { code: 'apollo_unavailable', message: `Apollo answered POST contacts/bulk_update with ${status}: Locked.` },
    ],
  ),
  ['408', 408, '', {}, TransientFailure, { code: 'apollo_unavailable', delivery: 'unknown', retryAfterMs: undefined }],
  [
    '500 of bulk_create',
    500,
    { error: 'An error occurred while creating contacts. Please try again.' },
    {},
    TransientFailure,
    {
      code: 'apollo_unavailable',
      delivery: 'unknown',
      message:
        'Apollo answered POST contacts/bulk_update with 500: An error occurred while creating contacts. Please try again.',
    },
  ],
  [
    '502, HTML',
    502,
    html,
    {},
    TransientFailure,
    { code: 'apollo_unavailable', message: expect.not.stringContaining('<') },
  ],
  [
    '503 that says when',
    503,
    '',
    { 'retry-after': '7' },
    TransientFailure,
    { code: 'apollo_unavailable', delivery: 'unknown', retryAfterMs: 7000 },
  ],
  ['520', 520, '', {}, TransientFailure, { code: 'apollo_unavailable' }],
  [
    '429 with seconds',
    429,
    perHour,
    { 'retry-after': '120' },
    TransientFailure,
    {
      code: 'quota_exhausted',
      delivery: 'not-delivered',
      retryAfterMs: 120_000,
      message:
        "Apollo's limit of requests per hour is used up for POST contacts/bulk_update; there is room again at 2026-11-21T12:02:00.000Z.",
    },
  ],
  [
    '429 with a date',
    429,
    perHour,
    { 'retry-after': new Date(now + 90_000).toUTCString() },
    TransientFailure,
    { retryAfterMs: 90_000 },
  ],
  [
    '429 with a date that is over',
    429,
    perHour,
    { 'retry-after': new Date(now - 90_000).toUTCString() },
    TransientFailure,
    { retryAfterMs: 0 },
  ],
  [
    '429 without the header: the whole window that its text names',
    429,
    perHour,
    {},
    TransientFailure,
    { retryAfterMs: 3_600_000 },
  ],
  [
    '429 with nonsense in the header',
    429,
    perHour,
    { 'retry-after': '-5' },
    TransientFailure,
    { retryAfterMs: 3_600_000 },
  ],
  [
    '429 without header and text: the window that is spent by its headers',
    429,
    '',
    { 'x-rate-limit-24-hour': '600', 'x-24-hour-usage': '600' },
    TransientFailure,
    { retryAfterMs: 86_400_000 },
  ],
  ['429 that says nothing', 429, '', {}, TransientFailure, { retryAfterMs: 60_000 }],
  [
    '422 that names a contact',
    422,
    {
      error: 'Validation failed',
      error_details: { contact_id: 'c1', field: 'email', message: 'Invalid email format' },
    },
    {},
    RefusedRecords,
    {
      code: 'apollo_rejected',
      ids: ['c1'],
      field: 'email',
      message: 'Apollo refused it with 422: Invalid email format.',
    },
  ],
  [
    '422 for deleted contacts',
    422,
    { error: 'Cannot update contact as it is deleted.', deleted_contact_ids: ['c1', 'c2'] },
    {},
    RefusedRecords,
    { code: 'record_deleted', ids: ['c1', 'c2'], field: undefined },
  ],
  [
    '422 for an unknown id',
    422,
    { error: 'Oops! This contact does not exist in Apollo.' },
    {},
    RefusedRecords,
    { code: 'record_deleted', ids: [] },
  ],
  [
    '422 for a deleted id',
    422,
    { error: 'This contact has been deleted.' },
    {},
    RefusedRecords,
    { code: 'record_deleted' },
  ],
  [
    '422 for a malformed id',
    422,
    { error: 'Parameters misconfigured. 23 is not a valid ID' },
    {},
    RefusedRecords,
    { code: 'apollo_rejected' },
  ],
  [
    '422, odd',
    422,
    { status: 'failed', error_code: 'UNKNOWN_ERROR', error_message: 'no' },
    {},
    RefusedRecords,
    { code: 'apollo_rejected', message: expect.stringMatching(/: no\.$/) },
  ],
  ...[
    'Please limit your array to fewer than 1000.',
    'Please provide either contact_ids or contact_attributes',
    'Please provide a valid work address',
    "Required parameter 'contact_ids' missing",
    'Contact stage does not exist',
    'Account has been deleted',
    'Parameters misconfigured. account_id is not a valid ID',
    'The owner of this contact has been deleted',
  ].map(
    (error): Expected => [
      `422, ${error}: the records of the request`,
      422,
      { error },
      {},
      RefusedRecords,
      { code: 'apollo_rejected', ids: [] },
    ],
  ),
  ['413', 413, html, {}, RefusedRecords, { code: 'apollo_rejected', ids: [] }],
  ['414', 414, html, {}, RefusedRecords, { code: 'apollo_rejected', ids: [] }],
];

/** Believed only when it comes again. */
const doubtful: [string, number, unknown, object][] = [
  [
    '404',
    404,
    { error: 'Not Found' },
    { code: 'wrong_address', message: expect.stringContaining('https://api.apollo.io') },
  ],
  ['405', 405, '', { code: 'wrong_address' }],
  ['a redirect', 302, '', { code: 'wrong_address' }],
  ['400', 400, { error_message: 'bad' }, { code: 'apollo_rejected', message: 'Apollo refused it with 400: bad.' }],
  ['409', 409, { error: 'conflict' }, { code: 'apollo_rejected' }],
  ['422, HTML', 422, html, { code: 'apollo_rejected' }],
  ['422 without a body', 422, '', { code: 'apollo_rejected', message: 'Apollo refused it with 422.' }],
];

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

describe('the text of an error', () => {
  test.each([
    ['error_details.message', { error_details: { message: 'a' }, error: 'b' }, 'a'],
    ['error', { error: 'b', message: 'c' }, 'b'],
    ['message', { message: 'c', error_message: 'd' }, 'c'],
    ['error_message', { error_message: 'd' }, 'd'],
    ['plain text', 'e', 'e'],
    ['an object where a text should be', { error: { code: 1 }, message: 'c' }, 'c'],
    ['an object with a message', { error: { code: 'E', message: 'a' } }, 'a'],
    ['a list of texts', { errors: ['a', 'b', 'a'] }, 'a; b'],
    ['a list of objects', { errors: [{ message: 'a', code: 'E' }, { detail: 'b' }] }, 'a; b'],
    [
      'errors by field',
      { errors: { email: ['is invalid', 'is taken'], title: 'is long' } },
      'email: is invalid; is taken; title: is long',
    ],
    ['errors by field in error', { error: { email: ['is invalid'] } }, 'email: is invalid'],
    ['an error as a list', { error: ['a'] }, 'a'],
    ['a list alone', [{ error: 'a' }], 'a'],
    ['a problem (RFC 9457)', { type: 'about:blank', title: 'Bad', detail: 'a' }, 'a'],
    ['errors that are empty', { errors: {}, error: null, message: '' }, ''],
    ['nothing', {}, ''],
    ['HTML', '<html><style>p{}</style><script>x()</script><p>Bad <b>gateway</b></p></html>', 'Bad gateway'],
    ['an e-mail address', { error: 'jane.doe+x@example.com is taken' }, '[e-mail] is taken'],
  ])('%s', (_, body, text) => {
    expect(messageOf(typeof body === 'string' ? body : JSON.stringify(body))).toBe(text);
  });

  test('whatever comes, it is short, without tags and without addresses', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 1000 }), fc.emailAddress(), fc.boolean(), (around, address, isJson) => {
        const said = `${around.slice(0, 200)} ${address} ${around}`;
        const text = messageOf(isJson ? JSON.stringify({ error: said }) : said);
        expect(text.length).toBeLessThanOrEqual(300);
        expect(text).not.toMatch(/<[^>]*>/);
        expect(text).not.toContain(address);
      }),
    );
  });
});
