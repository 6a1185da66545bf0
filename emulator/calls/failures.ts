import type { Exhausted } from '../server/windows.ts';
import type { Quirks } from './quirks.ts';
import { invalid, type Refusal, type Reply } from './reply.ts';

// All texts: docs.apollo.io/openapi/apollo-rest-api.json (2026-08-19) unless a line says otherwise.

const INVALID_KEY = 'Invalid API key. See https://docs.apollo.io/reference/authentication for how to authenticate.';

// docs.apollo.io/changelog/api-errors-now-include-structured-details, 2026-09-18; body seen live 2026-10-08. The
// wording of the two suggestions is not on record and made up here.
const INVALID_KEY_DETAILS = {
  code: 'AUTH.AUTHENTICATION.API_KEY_INVALID',
  context: {},
  message: 'This API key is not valid.',
  suggestions: [
    { header: 'X-Api-Key', label: 'Send a valid API key in this header' },
    { label: 'How to authenticate', url: 'https://docs.apollo.io/reference/authentication' },
  ],
};

const UNAUTHORIZED = {
  // Documented until April 2026.
  'old-text': { status: 401, body: 'Invalid access credentials.', contentType: 'text/plain; charset=utf-8' },
  'new-text': { status: 401, body: INVALID_KEY, contentType: 'text/plain; charset=utf-8' },
  json: { status: 401, body: { error: INVALID_KEY, error_details: INVALID_KEY_DETAILS } },
} satisfies Record<Quirks['unauthorizedBody'], Reply>;

/** The answer to a missing, wrong or revoked API key. */
export function unauthorized(generation: Quirks['unauthorizedBody']): Reply {
  return UNAUTHORIZED[generation];
}

/** The answer to a wrong or expired OAuth token; only its code is on record, the text is made up. */
export const invalidToken: Reply = {
  status: 401,
  body: { error: 'The access token is invalid or has expired.', error_code: 'INVALID_ACCESS_TOKEN' },
};

/** The answer to an API key in the query string: refused with 422 (seen live 2026-08-10), wording unconfirmed. */
export const keyInQuery: Reply = { status: 422, body: { error: 'Api key required' } };

/** The answer to a key or token whose scope does not include the endpoint. */
export function forbidden(scope: string, generation: Quirks['forbiddenBody']): Reply {
  const error =
    generation === 'old'
      ? `${scope} is not accessible with this api_key`
      : `This API key is not authorized to access ${scope}. Request an API key from your administrator that includes this endpoint in its configured scope.`;
  return { status: 403, body: { error, error_code: 'API_INACCESSIBLE' } };
}

/** The answer to searches on a free plan: no `error`, no code. */
export const paidPlansOnly: Reply = {
  status: 403,
  body: { message: 'This endpoint is only available to Apollo users on paid plans.' },
};

/** The answer to a user who may not see lists. */
export const noAccessToLists: Reply = {
  status: 403,
  body: {
    error: 'You do not have permission to access lists. Contact your admin to get access to Contacts & Accounts.',
  },
};

/** The answer to a request that a rate window has no room for; `capital` is the wording of the fields endpoints. */
export function tooManyRequests(name: string, exhausted: Exhausted, wording: 'usual' | 'capital'): Reply {
  const times = `${exhausted.limit} times per ${exhausted.window}`;
  const message =
    wording === 'capital'
      ? `The maximum number of API calls allowed for ${name} is ${times}. To change your rate limit, upgrade your Apollo plan at https://app.apollo.io/#/settings/plans/upgrade.`
      : `The maximum number of api calls allowed for ${name} is ${times}. Please upgrade your plan from https://app.apollo.io/#/settings/plans/upgrade.`;
  return { status: 429, body: { message } };
}

/** The answer of a bulk create that failed on Apollo's side. */
export function bulkCreateFailed(what: 'contacts' | 'accounts'): Reply {
  return { status: 500, body: { error: `An error occurred while creating ${what}. Please try again.` } };
}

/** The answer to a path that Apollo does not have. The body is made up: no source shows one. */
export const notFound: Reply = { status: 404, body: { error: 'Not Found' } };

/** The answer to a body that is not JSON. No source shows one; it is made up. */
export const notJson: Reply = { status: 400, body: { error: 'The request body is not valid JSON.' } };

/** The 422 for an id that cannot be one; `name` is the value, at account ids the name of the parameter. */
export function notAValidId(name: string): Refusal {
  return invalid(`Parameters misconfigured. ${name} is not a valid ID`);
}

/** The 422 for an id of something that is not there, as the quirk says. */
export function refusedId(id: string, naming: Quirks['refusedIds']): Refusal {
  if (naming === 'other-team') return invalid(`${id} does not belong to the current team`);
  return naming === 'unnamed' ? invalid('Validation failed') : notAValidId(id);
}

// Seen by users of other integrations; status and place are guesses.
/** The 422 for one contact more than the plan has room for. */
export function planIsFull(): Refusal {
  return invalid('You have reached the maximum number of contacts for your plan.');
}

/** The 422 for a parameter that has to be there. */
export function requiredParameter(name: string): Refusal {
  return invalid(`Required parameter '${name}' missing`);
}

// Unknown ids are answered with 422, not 404 (GET /contacts/{contact_id}; seen live 2026-10-08).
/** The 422 for a contact that is not there. */
export function unknownContact(): Refusal {
  return invalid('Oops! This contact does not exist in Apollo.');
}
