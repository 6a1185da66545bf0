import { accountShape } from '../accounts/account-shape.ts';
import { emailDomain, isFreeDomain } from '../store/match-keys.ts';
import type { Contact, Label } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { placeOf } from './addresses.ts';

/** `custom_field_errors`: null, or what was wrong in whatever form. */
type CustomErrors = unknown;

/** Apollo's way to write a moment. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

// Keys, order and fixed values: docs.apollo.io/openapi/apollo-rest-api.json, 200 samples of POST /contacts and
// POST /contacts/update_stages, 2026-08-19.
/** A contact with the keys that every full form of it has. */
export function contactShape(contact: Contact, customErrors: CustomErrors): Record<string, unknown> {
  return {
    ...identityShape(contact),
    ...crmShape(contact),
    ...emailShape(contact),
    label_ids: contact.label_ids,
    typed_custom_fields: contact.typed_custom_fields,
    custom_field_errors: customErrors,
    phone_numbers: contact.phone_numbers.map((phone) => ({
      ...phone,
      status: 'no_status',
      dnc_status: null,
      dnc_other_info: null,
      dialer_flags: null,
    })),
    sanitized_phone: contact.phone_numbers[0]?.sanitized_number ?? null,
    created_at: iso(contact.createdAtMs),
    updated_at: iso(contact.updatedAtMs),
    ...FIXED,
  };
}

/** The contact of a single create, update or read. */
export function singleContact(contact: Contact, customErrors: CustomErrors): Record<string, unknown> {
  return { ...contactShape(contact, customErrors), ...placeOf(addressOf(contact)), next_contact_id: null };
}

/** The contact of a search: with its account and its organization. */
export function foundContact(store: Store, contact: Contact): Record<string, unknown> {
  const account = contact.account_id === null ? undefined : store.accounts.get(contact.account_id);
  return {
    ...contactShape(contact, {}),
    account: account === undefined ? null : { ...accountShape(account, {}), team_id: store.teamId },
    organization:
      contact.organization_id === null ? null : { id: contact.organization_id, name: contact.organization_name },
    contact_job_change_event: null,
  };
}

/** The item of a bulk create. */
export function slimContact(store: Store, contact: Contact): Record<string, unknown> {
  const linkedin = contact.extra['linkedin_url'];
  return {
    id: contact.id,
    first_name: contact.first_name,
    last_name: contact.last_name,
    email: contact.email,
    title: contact.title,
    organization_name: contact.organization_name,
    ...(linkedin === undefined ? {} : { linkedin_url: linkedin }),
    team_id: store.teamId,
    owner_id: contact.owner_id,
    contact_stage_id: contact.contact_stage_id,
    created_at: iso(contact.createdAtMs),
    updated_at: iso(contact.updatedAtMs),
  };
}

/** The item of a bulk update. */
export function updatedContact(contact: Contact): Record<string, unknown> {
  return {
    id: contact.id,
    first_name: contact.first_name,
    last_name: contact.last_name,
    email: contact.email,
    title: contact.title,
    organization_name: contact.organization_name,
    owner_id: contact.owner_id,
    account_id: contact.account_id,
    present_raw_address: contact.extra['present_raw_address'] ?? null,
    linkedin_url: contact.extra['linkedin_url'] ?? null,
    updated_at: iso(contact.updatedAtMs),
  };
}

/** A list as it comes along with a contact or an account. */
export function attachedLabel(label: Label): Record<string, unknown> {
  return {
    id: label.id,
    modality: label.modality,
    cached_count: label.members.size,
    name: label.name,
    created_at: iso(label.createdAtMs),
    updated_at: iso(label.updatedAtMs),
    user_id: label.user_id,
  };
}

function identityShape(contact: Contact): Record<string, unknown> {
  const { extra } = contact;
  return {
    contact_roles: [],
    id: contact.id,
    first_name: contact.first_name,
    last_name: contact.last_name,
    name: [contact.first_name, contact.last_name].filter(Boolean).join(' '),
    linkedin_url: extra['linkedin_url'] ?? null,
    title: contact.title,
    contact_stage_id: contact.contact_stage_id,
    owner_id: contact.owner_id,
    creator_id: extra['creator_id'] ?? contact.owner_id,
    person_id: extra['person_id'] ?? null,
    organization_name: contact.organization_name,
    source: contact.source,
    original_source: extra['original_source'] ?? contact.source,
    organization_id: contact.organization_id,
    photo_url: extra['photo_url'] ?? null,
    present_raw_address: addressOf(contact),
    account_id: contact.account_id,
    twitter_url: extra['twitter_url'] ?? null,
    source_display_name: contact.source === 'api' ? 'Created from API' : 'Imported from email',
  };
}

function crmShape({ extra }: Contact): Record<string, unknown> {
  return {
    salesforce_id: extra['salesforce_id'] ?? null,
    salesforce_lead_id: extra['salesforce_lead_id'] ?? null,
    salesforce_contact_id: extra['salesforce_contact_id'] ?? null,
    salesforce_account_id: extra['salesforce_account_id'] ?? null,
    hubspot_vid: extra['hubspot_vid'] ?? extra['hubspot_id'] ?? null,
    hubspot_company_id: null,
    crm_id: null,
    crm_owner_id: null,
    crm_record_url: null,
    merged_crm_ids: extra['merged_crm_ids'] ?? null,
  };
}

// A supplied address counts as verified and "User Managed"; it is not verified again when it is overwritten.
function emailShape(contact: Contact): Record<string, unknown> {
  const domain = emailDomain(contact.email);
  return {
    email: contact.email,
    email_status: contact.email === null ? null : 'verified',
    email_true_status: contact.email === null ? null : 'User Managed',
    email_from_customer: contact.email !== null,
    contact_emails: contact.contact_emails.map(({ email, position }) => ({
      email,
      position,
      email_status: 'verified',
      free_domain: isFreeDomain(emailDomain(email) ?? ''),
    })),
    free_domain: domain !== null && isFreeDomain(domain),
    email_domain_catchall: false,
  };
}

function addressOf(contact: Contact): string | null {
  const address = contact.extra['present_raw_address'];
  return typeof address === 'string' ? address : null;
}

// Keys that the emulator has nothing to say about, with the values of the samples.
const FIXED = {
  email_needs_tickling: null,
  headline: null,
  linkedin_uid: null,
  extrapolated_email_confidence: null,
  emailer_campaign_ids: [],
  direct_dial_status: null,
  direct_dial_enrichment_failed_at: null,
  email_source: null,
  last_activity_date: null,
  queued_for_crm_push: false,
  suggested_from_rule_engine_config_id: null,
  email_unsubscribed: null,
  has_pending_email_arcgate_request: false,
  has_email_arcgate_request: false,
  existence_level: 'full',
  email_status_unavailable_reason: null,
  updated_email_true_status: true,
  contact_rule_config_statuses: [],
  contact_campaign_statuses: [],
  show_intent: false,
  account_phone_note: null,
  is_likely_to_engage: false,
};
