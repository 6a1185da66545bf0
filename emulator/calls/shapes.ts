/** The documented type of one body key: `strings` is an object of text values, `of` an array of objects. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'number'
  | 'string[]'
  | 'strings'
  | { readonly of: Shapes }
  | { readonly object: Shapes };

/** The documented body keys of a request. */
export type Shapes = Readonly<Record<string, Shape>>;

const CONTACT_NAMES = {
  first_name: 'string',
  last_name: 'string',
  organization_name: 'string',
  title: 'string',
  account_id: 'string',
  email: 'string',
} satisfies Shapes;

const CONTACT_UPDATE = {
  ...CONTACT_NAMES,
  website_url: 'string',
  label_names: 'string[]',
  contact_stage_id: 'string',
  present_raw_address: 'string',
  direct_phone: 'string',
  corporate_phone: 'string',
  mobile_phone: 'string',
  home_phone: 'string',
  other_phone: 'string',
  typed_custom_fields: 'strings',
} satisfies Shapes;

/** Item of `contacts` in bulk_create. */
export const CONTACT_BULK_ITEM = {
  ...CONTACT_NAMES,
  primary_title: 'string',
  phone: 'string',
  present_raw_address: 'string',
  linkedin_url: 'string',
  facebook_url: 'string',
  twitter_url: 'string',
  photo_url: 'string',
  organization_id: 'string',
  contact_stage_id: 'string',
  salesforce_id: 'string',
  hubspot_id: 'string',
  salesforce_lead_id: 'string',
  salesforce_contact_id: 'string',
  salesforce_account_id: 'string',
  outreach_id: 'string',
  salesloft_id: 'string',
  phone_status_cd: 'string',
  typed_custom_fields: 'strings',
  contact_emails: { of: { email: 'string', position: 'integer' } },
  phone_numbers: { of: { raw_number: 'string', position: 'integer' } },
  contact_role_type_ids: 'string[]',
} satisfies Shapes;

/** What bulk_update of contacts can change, for each record or for all. */
export const CONTACT_BULK_UPDATE = {
  ...CONTACT_NAMES,
  owner_id: 'string',
  present_raw_address: 'string',
  linkedin_url: 'string',
  typed_custom_fields: 'strings',
} satisfies Shapes;

const ACCOUNT_WRITE = {
  name: 'string',
  domain: 'string',
  owner_id: 'string',
  account_stage_id: 'string',
  phone: 'string',
  raw_address: 'string',
  typed_custom_fields: 'strings',
} satisfies Shapes;

/** Item of `accounts` in bulk_create. */
export const ACCOUNT_BULK_ITEM = {
  ...ACCOUNT_WRITE,
  phone_status_cd: 'string',
  linkedin_url: 'string',
  facebook_url: 'string',
  twitter_url: 'string',
  salesforce_id: 'string',
  hubspot_id: 'string',
  merged_crm_ids: 'string[]',
  organization_id: 'string',
  parent_account_id: 'string',
} satisfies Shapes;

const ACCOUNT_BULK_UPDATE = { name: 'string', owner_id: 'string', account_stage_id: 'string' } satisfies Shapes;

const MEMBERSHIP = {
  entity_ids: 'string[]',
  label_names: 'string[]',
  modality: 'string',
  async: 'boolean',
} satisfies Shapes;

const PAGING = {
  sort_by_field: 'string',
  sort_ascending: 'boolean',
  page: 'integer',
  per_page: 'integer',
} satisfies Shapes;

const FIELD_SCHEDULE = {
  enabled: 'boolean',
  schedule_type: 'string',
  schedule_timezone: 'string',
  run_limit: 'number',
  max_executions: 'number',
  end_date: 'string',
  reset_execution_count: 'boolean',
  schedule_config: {
    object: { hour: 'number', minute: 'number', day_of_week: 'number', day_of_month: 'number', interval: 'number' },
  },
} satisfies Shapes;

const FIELD_UPDATE = {
  id: 'string',
  modality: 'string',
  type: 'string',
  label: 'string',
  field_group_id: 'string',
  autorun_downstream_enrichment: 'boolean',
  schedule: { object: FIELD_SCHEDULE },
  meta: {
    object: {
      max_length: 'number',
      picklist_values: { of: { name: 'string', id: 'string', mapped_crm_id: 'string', reassign_from: 'string[]' } },
      picklist_value_set_id: 'string',
    },
  },
} satisfies Shapes;

// Each table holds the request body properties of docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19.
/** The documented body keys of every action; an action that is not listed takes no body. */
export const BODIES: Readonly<Record<string, Shapes>> = {
  'contacts/create': { ...CONTACT_UPDATE, run_dedupe: 'boolean' },
  'contacts/update': CONTACT_UPDATE,
  'contacts/search': { q_keywords: 'string', contact_stage_ids: 'string[]', contact_label_ids: 'string[]', ...PAGING },
  'contacts/bulk_create': {
    contacts: { of: CONTACT_BULK_ITEM },
    append_label_names: 'string[]',
    owner_id: 'string',
    run_dedupe: 'boolean',
  },
  'contacts/bulk_update': {
    contact_ids: 'string[]',
    contact_attributes: { of: { id: 'string', ...CONTACT_BULK_UPDATE } },
    ...CONTACT_BULK_UPDATE,
    async: 'boolean',
    visible_entity_ids: 'string[]',
  },
  'accounts/create': ACCOUNT_WRITE,
  'accounts/update': ACCOUNT_WRITE,
  'accounts/search': {
    q_organization_name: 'string',
    account_stage_ids: 'string[]',
    account_label_ids: 'string[]',
    ...PAGING,
  },
  'accounts/bulk_create': {
    accounts: { of: ACCOUNT_BULK_ITEM },
    append_label_names: 'string[]',
    run_dedupe: 'boolean',
  },
  'accounts/bulk_update': {
    account_ids: 'string[]',
    account_attributes: { of: { id: 'string', ...ACCOUNT_BULK_UPDATE, typed_custom_fields: 'strings' } },
    ...ACCOUNT_BULK_UPDATE,
    async: 'boolean',
  },
  'labels/create': { name: 'string', modality: 'string', book_of_business: 'boolean' },
  'labels/update': { name: 'string', book_of_business: 'boolean' },
  'labels/add_entity_ids_to_label_names': MEMBERSHIP,
  'labels/remove_entity_ids_from_label_names': MEMBERSHIP,
  'fields/create': { label: 'string', modality: 'string', type: 'string', meta: { object: { max_length: 'number' } } },
  'fields/update': { fields: { of: FIELD_UPDATE } },
};

// Parameters in: query of the same document.
/** The documented query keys of every action; an action that is not listed takes none. */
export const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'contacts/update_stages': ['contact_ids[]', 'contact_stage_id'],
  'contacts/update_owners': ['contact_ids[]', 'owner_id'],
  'accounts/update_owners': ['account_ids[]', 'owner_id'],
  'users/search': ['page', 'per_page'],
  'users/api_profile': ['include_credit_usage'],
  'fields/index': ['source'],
};
