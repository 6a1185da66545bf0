import { createAccount, showAccount, updateAccount } from '../accounts/accounts.ts';
import { bulkCreateAccounts, bulkUpdateAccounts } from '../accounts/accounts-bulk.ts';
import type { Call } from '../calls/call.ts';
import { ok, type Reply } from '../calls/reply.ts';
import { updateAccountOwners, updateContactOwners, updateContactStages } from '../contacts/assignments.ts';
import { createContact, showContact, updateContact } from '../contacts/contacts.ts';
import { bulkCreateContacts } from '../contacts/contacts-bulk-create.ts';
import { bulkUpdateContacts } from '../contacts/contacts-bulk-update.ts';
import { createField, listFields, listTypedCustomFields, updateFields } from '../workspace/fields.ts';
import { addToLabels, createLabel, listLabels, removeFromLabels, updateLabel } from '../workspace/labels.ts';
import { searchAccounts, searchContacts } from '../workspace/search.ts';
import { listAccountStages, listContactStages } from '../workspace/stages.ts';
import { searchUsers, showProfile } from '../workspace/users.ts';

/** One endpoint of the API: where it is, what a caller needs for it, and how it answers. */
export interface Endpoint {
  /** Its name in scopes, windows, trouble scripts and counts, as `contacts/bulk_create`. */
  readonly action: string;
  readonly methods: readonly string[];
  /** Below `/api/v1/`, with `{name}` for the parts that vary. */
  readonly path: string;
  /** Scope of an OAuth token; API keys need `api/v1/<action>`. Null: every caller may. */
  readonly oauth: string | null;
  /** How a 429 calls the endpoint, where not `api/v1/<path>`. */
  readonly limitName?: string;
  /** What a 403 calls the endpoint, where not `api/v1/<action>`. */
  readonly forbiddenName?: string;
  /** `paid`: not on free plans. `lists`: not for users who may not see lists. */
  readonly gate?: 'paid' | 'lists';
  /** The second wording that a 429 of the fields endpoints has. */
  readonly limitWording?: 'capital';
  /** Whether the published sample of usage statistics has this action. */
  readonly inUsageSample?: true;
  readonly run: (call: Call) => Reply;
}

const CONTACT = 'contacts/{contact_id}';
const UPDATES = ['PATCH', 'PUT'];

// Paths, scopes and texts: docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19 ("API key access" and "OAuth
// scopes" of each endpoint, and the samples of its 403 and 429).
/** Every endpoint that the emulator has, except the two that need no key. */
export const ENDPOINTS: readonly Endpoint[] = [
  { action: 'users/api_profile', methods: ['GET'], path: 'users/api_profile', oauth: null, run: showProfile },
  {
    action: 'users/search',
    methods: ['GET', 'POST'],
    path: 'users/search',
    oauth: 'users_list',
    gate: 'paid',
    inUsageSample: true,
    run: searchUsers,
  },
  {
    action: 'contact_stages/index',
    methods: ['GET'],
    path: 'contact_stages',
    oauth: 'contact_stages_list',
    inUsageSample: true,
    run: listContactStages,
  },
  {
    action: 'account_stages/index',
    methods: ['GET'],
    path: 'account_stages',
    oauth: 'account_stages_list',
    inUsageSample: true,
    run: listAccountStages,
  },
  {
    action: 'labels/index',
    methods: ['GET'],
    path: 'labels',
    oauth: 'tags_list',
    gate: 'lists',
    inUsageSample: true,
    run: listLabels,
  },
  {
    action: 'labels/create',
    methods: ['POST'],
    path: 'labels',
    oauth: 'lists_create',
    limitName: 'api/v1/labels/create',
    gate: 'lists',
    run: createLabel,
  },
  {
    action: 'labels/update',
    methods: ['PATCH'],
    path: 'labels/{id}',
    oauth: 'lists_update',
    limitName: 'api/v1/labels/update',
    gate: 'lists',
    run: updateLabel,
  },
  {
    action: 'labels/add_entity_ids_to_label_names',
    methods: ['POST'],
    path: 'labels/add_entity_ids_to_label_names',
    oauth: 'lists_add_entities',
    gate: 'lists',
    run: addToLabels,
  },
  {
    action: 'labels/remove_entity_ids_from_label_names',
    methods: ['POST'],
    path: 'labels/remove_entity_ids_from_label_names',
    oauth: 'lists_remove_entities',
    gate: 'lists',
    run: removeFromLabels,
  },
  {
    action: 'fields/index',
    methods: ['GET'],
    path: 'fields',
    oauth: 'custom_fields_list',
    limitWording: 'capital',
    run: listFields,
  },
  {
    action: 'fields/create',
    methods: ['POST'],
    path: 'fields',
    oauth: 'custom_field_write',
    limitWording: 'capital',
    run: createField,
  },
  {
    action: 'fields/update',
    methods: ['PATCH'],
    path: 'fields',
    oauth: 'custom_field_write',
    limitWording: 'capital',
    run: updateFields,
  },
  {
    action: 'typed_custom_fields/index',
    methods: ['GET'],
    path: 'typed_custom_fields',
    oauth: 'custom_fields_list',
    inUsageSample: true,
    run: listTypedCustomFields,
  },
  {
    action: 'contacts/create',
    methods: ['POST'],
    path: 'contacts',
    oauth: 'contact_write',
    inUsageSample: true,
    run: createContact,
  },
  {
    action: 'contacts/search',
    methods: ['POST'],
    path: 'contacts/search',
    oauth: 'contacts_search',
    gate: 'paid',
    inUsageSample: true,
    run: searchContacts,
  },
  {
    action: 'contacts/bulk_create',
    methods: ['POST'],
    path: 'contacts/bulk_create',
    oauth: 'contacts_bulk_create',
    run: bulkCreateContacts,
  },
  {
    action: 'contacts/bulk_update',
    methods: ['POST'],
    path: 'contacts/bulk_update',
    oauth: 'contacts_bulk_update',
    run: bulkUpdateContacts,
  },
  {
    action: 'contacts/update_stages',
    methods: ['POST'],
    path: 'contacts/update_stages',
    oauth: 'contact_stages_update',
    run: updateContactStages,
  },
  {
    action: 'contacts/update_owners',
    methods: ['POST'],
    path: 'contacts/update_owners',
    oauth: 'contact_owners_update',
    run: updateContactOwners,
  },
  {
    action: 'contacts/show',
    methods: ['GET'],
    path: CONTACT,
    oauth: 'contact_read',
    forbiddenName: `api/v1/${CONTACT}`,
    run: showContact,
  },
  {
    action: 'contacts/update',
    methods: UPDATES,
    path: CONTACT,
    oauth: 'contact_update',
    inUsageSample: true,
    run: updateContact,
  },
  { action: 'accounts/create', methods: ['POST'], path: 'accounts', oauth: 'account_write', run: createAccount },
  {
    action: 'accounts/search',
    methods: ['POST'],
    path: 'accounts/search',
    oauth: 'accounts_search',
    gate: 'paid',
    inUsageSample: true,
    run: searchAccounts,
  },
  {
    action: 'accounts/bulk_create',
    methods: ['POST'],
    path: 'accounts/bulk_create',
    oauth: 'account_bulk_create',
    run: bulkCreateAccounts,
  },
  {
    action: 'accounts/bulk_update',
    methods: ['POST'],
    path: 'accounts/bulk_update',
    oauth: 'account_stages_update',
    run: bulkUpdateAccounts,
  },
  {
    action: 'accounts/update_owners',
    methods: ['POST'],
    path: 'accounts/update_owners',
    oauth: 'account_owners_update',
    run: updateAccountOwners,
  },
  { action: 'accounts/show', methods: ['GET'], path: 'accounts/{id}', oauth: 'account_read', run: showAccount },
  {
    action: 'accounts/update',
    methods: UPDATES,
    path: 'accounts/{account_id}',
    oauth: 'account_update',
    run: updateAccount,
  },
  {
    action: 'usage_stats/api_usage_stats',
    methods: ['POST'],
    path: 'usage_stats/api_usage_stats',
    oauth: 'api_usage_stats_read',
    run: (call) => ok(call.usageStats()),
  },
];

/** An endpoint, and what stood in the varying parts of its path. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

/** The endpoint for a method and a path below `/api/v1/`; null where Apollo has none. */
export function route(method: string, path: string): Route | null {
  const parts = path.split('/');
  for (const endpoint of ENDPOINTS) {
    if (!endpoint.methods.includes(method)) continue;
    const params = paramsOf(endpoint.path.split('/'), parts);
    if (params !== null) return { endpoint, params };
  }
  return null;
}

function paramsOf(template: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (template.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [i, expected] of template.entries()) {
    const part = parts[i] ?? '';
    if (expected.startsWith('{')) params[expected.slice(1, -1)] = part;
    else if (expected !== part) return null;
  }
  return params;
}
