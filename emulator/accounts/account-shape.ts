import type { Account } from '../store/records.ts';
import type { Store } from '../store/store.ts';

type CustomErrors = unknown;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

// Keys: docs.apollo.io/openapi/apollo-rest-api.json, 200 sample of POST /accounts, 2026-08-19. No `updated_at`: only
// the slim items of bulk_create have it.
/** An account as single calls and searches answer it. */
export function accountShape(account: Account, customErrors: CustomErrors): Record<string, unknown> {
  const { extra } = account;
  return {
    id: account.id,
    domain: account.domain,
    name: account.name,
    organization_id: account.organization_id,
    account_stage_id: account.account_stage_id,
    source: account.source,
    original_source: account.source,
    creator_id: null,
    owner_id: account.owner_id,
    created_at: iso(account.createdAtMs),
    phone: account.phone,
    phone_status: extra['phone_status_cd'] ?? 'no_status',
    hubspot_id: extra['hubspot_id'] ?? null,
    salesforce_id: extra['salesforce_id'] ?? null,
    crm_owner_id: null,
    parent_account_id: account.parent_account_id,
    linkedin_url: extra['linkedin_url'] ?? null,
    sanitized_phone: account.sanitized_phone,
    account_playbook_statuses: [],
    account_rule_config_statuses: [],
    existence_level: 'full',
    label_ids: account.label_ids,
    typed_custom_fields: account.typed_custom_fields,
    custom_field_errors: customErrors,
    modality: 'account',
    source_display_name: 'Created from API',
    crm_record_url: null,
  };
}

/** The account of a single create or update. */
export function singleAccount(store: Store, account: Account, customErrors: CustomErrors): Record<string, unknown> {
  return { ...accountShape(account, customErrors), team_id: store.teamId, ...INTENT };
}

// Keys of a single account that the sample of GET /accounts/{id} leaves out.
const NOT_SHOWN = ['hubspot_id', 'parent_account_id', 'account_rule_config_statuses', 'has_intent_signal_account'];

/** The account of `GET /accounts/{id}`: with what the page about it adds, as far as the emulator knows it. */
export function shownAccount(store: Store, account: Account): Record<string, unknown> {
  const single = Object.entries(foundAccount(store, account)).filter(([key]) => !NOT_SHOWN.includes(key));
  return {
    ...Object.fromEntries(single),
    website_url: account.domain === null ? null : `http://www.${account.domain}`,
    twitter_url: account.extra['twitter_url'] ?? null,
    facebook_url: account.extra['facebook_url'] ?? null,
    primary_domain: account.domain,
    raw_address: account.raw_address,
  };
}

/** The account of a search. */
export function foundAccount(store: Store, account: Account): Record<string, unknown> {
  return {
    ...singleAccount(store, account, {}),
    contact_emailer_campaign_ids: [],
    contact_campaign_status_tally: {},
    num_contacts: store.contacts.countOfAccount(account.id),
    last_activity_date: null,
  };
}

/** The item of a bulk create. */
export function slimAccount(store: Store, account: Account): Record<string, unknown> {
  const linkedin = account.extra['linkedin_url'];
  return {
    id: account.id,
    name: account.name,
    domain: account.domain,
    team_id: store.teamId,
    owner_id: account.owner_id,
    account_stage_id: account.account_stage_id,
    phone: account.phone,
    ...(linkedin === undefined ? {} : { linkedin_url: linkedin }),
    created_at: iso(account.createdAtMs),
    updated_at: iso(account.updatedAtMs),
  };
}

const INTENT = { show_intent: false, has_intent_signal_account: false, intent_signal_account: null };
