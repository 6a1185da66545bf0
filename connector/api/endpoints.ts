import type { ObjectName } from '../../catalog/object.ts';

/** One endpoint of Apollo's API, as far as it is used. */
export interface Endpoint {
  /** As reports and messages name it: `POST contacts/bulk_create`, `PATCH contacts/{id}`. */
  readonly display: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the base URL; `{id}` stands for a parameter. */
  readonly path: string;
  /** What Apollo counts requests by: endpoints with the same action share their rate limit. */
  readonly action: string;
  /** What an API key must be allowed to call, unless it is a master key. */
  readonly scope: string;
  /** What an OAuth token must have been granted instead. */
  readonly oauthScope: string;
  /** Records, or ids, that one request may carry. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** The page that documents it, and its date. */
  readonly source: string;
}

// Apollo documents no limit for the size of a body (apollo-rest-api.json, 2026-08-19, is silent): this one is ours, and
// far above what 100 records with all their fields take.
const maxBytes = 4 * 2 ** 20;

// bulk_create refuses more; bulk_update turns more contacts into a job that cannot be polled
// (docs.apollo.io/reference/bulk-create-contacts, bulk-update-contacts, 2026-08-19).
const BULK = 100;
// "You can update up to 1,000 accounts per request", at once: `async` is refused where each has values of its own. The text
// of the refusal says "fewer than 1000" (docs.apollo.io/reference/bulk-update-accounts, 2026-08-19): 999 fit both.
const BULK_ACCOUNTS = 999;
// No limit is documented for ids in a query (2026-08-19): 100 of them are 4 KB of URL.
const IN_QUERY = 100;
// No limit is documented; a synchronous call must end within 300 s (apollo-rest-api.json, labels, 2026-08-19).
const IN_LISTS = 500;

function endpoint(request: string, action: string, oauthScope: string, page: string, maxRecords = 1): Endpoint {
  const [method, path] = request.split(' ') as [Endpoint['method'], string];
  const source = `docs.apollo.io/reference/${page}, 2026-08-19`;
  return {
    display: request,
    method,
    path,
    action,
    scope: `api/v1/${action}`,
    oauthScope,
    maxRecords,
    maxBytes,
    source,
  };
}

/** One whose action is its path. */
const posted = (path: string, oauthScope: string, page: string, maxRecords?: number): Endpoint =>
  endpoint(`POST ${path}`, path, oauthScope, page, maxRecords);

const contacts = {
  bulkCreate: posted('contacts/bulk_create', 'contacts_bulk_create', 'bulk-create-contacts', BULK),
  bulkUpdate: posted('contacts/bulk_update', 'contacts_bulk_update', 'bulk-update-contacts', BULK),
  update: endpoint('PATCH contacts/{id}', 'contacts/update', 'contact_update', 'update-a-contact'),
  show: endpoint('GET contacts/{id}', 'contacts/show', 'contact_read', 'view-a-contact'),
  search: posted('contacts/search', 'contacts_search', 'search-for-contacts'),
  updateStages: posted('contacts/update_stages', 'contact_stages_update', 'update-contact-stage', IN_QUERY),
  updateOwners: posted('contacts/update_owners', 'contact_owners_update', 'update-contact-ownership', IN_QUERY),
  stages: endpoint('GET contact_stages', 'contact_stages/index', 'contact_stages_list', 'list-contact-stages'),
};

// There is no accounts/update_stages: bulk_update writes an account's stage (2026-08-19).
const accounts = {
  bulkCreate: posted('accounts/bulk_create', 'account_bulk_create', 'bulk-create-accounts', BULK),
  // The OAuth scope really is the one of stages (2026-08-19).
  bulkUpdate: posted('accounts/bulk_update', 'account_stages_update', 'bulk-update-accounts', BULK_ACCOUNTS),
  update: endpoint('PATCH accounts/{id}', 'accounts/update', 'account_update', 'update-an-account'),
  show: endpoint('GET accounts/{id}', 'accounts/show', 'account_read', 'view-an-account'),
  search: posted('accounts/search', 'accounts_search', 'search-for-accounts'),
  updateOwners: posted('accounts/update_owners', 'account_owners_update', 'update-account-ownership', IN_QUERY),
  stages: endpoint('GET account_stages', 'account_stages/index', 'account_stages_list', 'list-account-stages'),
};

const labels = {
  index: endpoint('GET labels', 'labels/index', 'tags_list', 'get-a-list-of-all-lists'),
  create: endpoint('POST labels', 'labels/create', 'lists_create', 'create-a-list'),
  add: posted('labels/add_entity_ids_to_label_names', 'lists_add_entities', 'add-records-to-a-list', IN_LISTS),
  remove: posted(
    'labels/remove_entity_ids_from_label_names',
    'lists_remove_entities',
    'remove-records-from-a-list',
    IN_LISTS,
  ),
};

const fields = {
  index: endpoint('GET fields', 'fields/index', 'custom_fields_list', 'get-a-list-of-fields'),
  // The OAuth scope of both is the same (2026-08-19).
  create: endpoint('POST fields', 'fields/create', 'custom_field_write', 'create-a-custom-field'),
  update: endpoint('PATCH fields', 'fields/update', 'custom_field_write', 'update-a-custom-field'),
  // Deprecated and still answering; the only documented answer that shows the ids of picklist options (2026-08-19).
  typed: endpoint(
    'GET typed_custom_fields',
    'typed_custom_fields/index',
    'custom_fields_list',
    'get-a-list-of-all-custom-fields',
  ),
};

const users = {
  profile: endpoint('GET users/api_profile', 'users/api_profile', 'read_user_profile', 'get-current-user-profile'),
  search: endpoint('GET users/search', 'users/search', 'users_list', 'get-a-list-of-users'),
};

// On the page about authentication (2026-07-23), not in the OpenAPI document; answers 200 to any key.
const auth = { health: endpoint('GET auth/health', 'auth/health', 'read_user_profile', 'authentication') };

/** Every endpoint that is used, by object or by what it is about. */
export const endpoints = { contacts, accounts, labels, fields, users, auth } satisfies Record<
  ObjectName | 'labels' | 'fields' | 'users' | 'auth',
  Record<string, Endpoint>
>;

/** Whether a request may change something at Apollo. */
export const isWrite = ({ method, action }: Endpoint): boolean => method !== 'GET' && !action.endsWith('/search');

/** Whether a request may create records. */
export const isCreate = ({ action }: Endpoint): boolean => action.endsWith('/bulk_create');

const actions: ReadonlyMap<string, string> = new Map(
  Object.values(endpoints).flatMap((group: Record<string, Endpoint>) =>
    Object.values(group).map(({ display, action }) => [display, action] as const),
  ),
);

/** What Apollo counts a request by, that is known by its display name. */
export const actionOf = (display: string): string => actions.get(display) ?? display;
