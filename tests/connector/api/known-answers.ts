import { expect } from 'vitest';
import { RefusedRecords } from '../../../connector/api/failures.ts';
import { ConfigFailure, TransientFailure } from '../../../runtime/contract/failure.ts';

/** When the answers come. */
export const now = Date.UTC(2026, 10, 21, 12);

// Bodies: docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19; the structured one seen live 2026-10-08.
const structured401 = {
  error: 'Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate.',
  error_details: { code: 'AUTH.AUTHENTICATION.API_KEY_INVALID', context: {}, message: 'This API key is not valid.' },
};

/** The body of a 429. */
export const perHour = {
  message:
    'The maximum number of api calls allowed for api/v1/contacts/bulk_create is 600 times per hour. Please upgrade your plan from https://app.apollo.io/#/settings/plans/upgrade.',
};

/** A page of something between. */
export const html = '<html><head><title>502</title></head><body><h1>502 Bad Gateway</h1></body></html>';

type Expected = [string, number, unknown, Record<string, string>, abstract new (...parts: never[]) => Error, object];

/** Answers, and the failures that they are: name, status, body, headers, class, and what it holds. */
export const rows: Expected[] = [
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
export const doubtful: [string, number, unknown, object][] = [
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
