import type { DestinationObject, Field } from './object.ts';
import { apolloPage, everywhere, ids, inRecord, inRequest, onCreation, unmapped } from './place.ts';

const onlyPatch = 'Existing accounts take it by PATCH only, one account a request.';

// docs.apollo.io/reference/bulk-create-accounts, 2026-08-19. Shown as: docs.apollo.io/reference/update-an-account.
const linkFields = [
  ['linkedin_url', 'LinkedIn', 'url', ['linkedin', 'linkedin_company_url', 'company_linkedin_url']],
  ['facebook_url', 'Facebook', 'url', ['facebook']],
  ['twitter_url', 'Twitter', 'url', ['twitter', 'x_url']],
] as const;

const crmIds = [
  ['salesforce_id', 'Salesforce', ['sfdc_id', 'salesforce_account_id']],
  ['hubspot_id', 'HubSpot', ['hubspot_company_id']],
] as const;

const fields = [
  {
    name: 'domain',
    aliases: ['website', 'website_url', 'url', 'company_domain', 'primary_domain', 'domain_name', 'company_website'],
    title: 'Domain',
    description: 'The domain of the company, made bare from a URL: the match field.',
    type: 'domain',
    identity: true,
    writable: { create: inRecord('domain'), patch: inRecord('domain') },
    shownAs: 'domain',
    note: onlyPatch,
    source: apolloPage('bulk-create-accounts and update-an-account'),
  },
  {
    name: 'name',
    aliases: ['account_name', 'company', 'company_name', 'organization', 'organization_name', 'organisation_name'],
    title: 'Name',
    description: 'The name of the company.',
    type: 'text',
    identity: true,
    writable: everywhere('name'),
    shownAs: 'name',
    note: 'Apollo matches accounts by name too: two companies of one name are one to it.',
    source: apolloPage('bulk-create-accounts, bulk-update-accounts and update-an-account'),
  },
  {
    name: 'owner_id',
    aliases: ['owner', 'owner_email', 'account_owner'],
    title: 'Owner',
    description: 'The user who owns the account, by e-mail address or id.',
    type: 'owner',
    writable: { ...everywhere('owner_id'), owners: inRequest('owner_id') },
    shownAs: 'owner_id',
    source: apolloPage('bulk-create-accounts, bulk-update-accounts, update-an-account and update-account-ownership'),
  },
  {
    name: 'account_stage_id',
    aliases: ['stage', 'account_stage', 'stage_id', 'stage_name'],
    title: 'Stage',
    description: 'The stage of the account, by name or id.',
    type: 'stage',
    writable: everywhere('account_stage_id'),
    shownAs: 'account_stage_id',
    source: apolloPage('bulk-create-accounts, bulk-update-accounts and update-an-account'),
  },
  {
    name: 'phone',
    aliases: ['phone_number', 'telephone', 'company_phone', 'corporate_phone'],
    title: 'Phone',
    description: 'The phone number of the company, in any format.',
    type: 'phone',
    writable: { create: inRecord('phone'), patch: inRecord('phone') },
    shownAs: 'phone',
    note: onlyPatch,
    source: apolloPage('bulk-create-accounts and update-an-account'),
  },
  {
    name: 'raw_address',
    aliases: ['address', 'location', 'company_address'],
    title: 'Location',
    description: 'Where the company is, as text. Apollo resolves it to a place that it knows.',
    type: 'text',
    writable: { create: inRecord('raw_address'), patch: inRecord('raw_address') },
    shownAs: 'raw_address',
    note: onlyPatch,
    source: apolloPage('bulk-create-accounts and update-an-account'),
  },
  {
    name: 'lists',
    aliases: ['list', 'list_names', 'label_names', 'labels', 'tags'],
    title: 'Lists',
    description: 'Names of lists that the account is added to. Lists that do not exist are created.',
    type: 'lists',
    writable: { create: inRequest('append_label_names'), labels: inRequest('label_names') },
    note: 'Rows only ever add to them; `on_removed` takes off. Names with a comma need an array.',
    source: apolloPage('bulk-create-accounts and add-records-to-a-list'),
  },
  ...linkFields.map(
    ([name, title, type, aliases]): Field => ({
      name,
      aliases,
      title,
      description: `The ${title} page of the company.`,
      type,
      ...onCreation('account', name),
      shownAs: name,
    }),
  ),
  ...crmIds.map(
    ([name, crm, aliases]): Field => ({
      name,
      aliases,
      title: `${crm} id`,
      description: `The id of the account in ${crm}; a match key.`,
      type: 'text',
      identity: true,
      ...onCreation('account', name),
      shownAs: name,
    }),
  ),
  {
    name: 'merged_crm_ids',
    aliases: ['additional_crm_ids'],
    title: 'Further CRM ids',
    description: 'Ids of the account in a CRM that were merged into another; match keys.',
    type: 'texts',
    items: { type: 'text' },
    ...onCreation('account', 'merged_crm_ids'),
  },
  {
    name: 'organization_id',
    aliases: ['apollo_organization_id'],
    title: 'Organization id',
    description: "The id of the company in Apollo's own database; a match key.",
    type: 'id',
    identity: true,
    ...onCreation('account', 'organization_id'),
    shownAs: 'organization_id',
  },
  {
    name: 'parent_account_id',
    aliases: ['parent_id'],
    title: 'Parent account',
    description: 'The Apollo id of the parent account.',
    type: 'id',
    ...onCreation('account', 'parent_account_id'),
    shownAs: 'parent_account_id',
  },
  {
    name: 'phone_status_cd',
    aliases: ['phone_status'],
    title: 'Phone status',
    description: 'The validation status of the phone number.',
    type: 'text',
    ...onCreation('account', 'phone_status_cd', ' No page lists its values.'),
    shownAs: 'phone_status',
  },
  {
    name: 'industry',
    aliases: [],
    title: 'Industry',
    description: 'The industry of the company. Other tools offer it; it is not sent.',
    type: 'text',
    writable: {},
    shownAs: 'industry',
    note: 'Apollo documents no endpoint that writes it. Use a custom field to keep your own.',
    source: apolloPage('bulk-create-accounts and update-an-account'),
  },
] as const satisfies readonly Field[];

const derived = 'Apollo derives it from the address: map `raw_address`.';
const byApollo = 'Apollo sets it itself.';
const known = "It comes from Apollo's own database. Use a custom field to keep your own.";

/** The accounts (companies) of an Apollo workspace. */
export const accounts = {
  name: 'accounts',
  singular: 'account',
  matchField: 'domain',
  fields,
  readOnly: [
    ...ids,
    ...unmapped(derived, 'city', 'state', 'country', 'street_address', 'postal_code', 'time_zone'),
    ...unmapped(byApollo, 'created_at', 'updated_at', 'last_activity_date', 'source', 'original_source'),
    ...unmapped(
      byApollo,
      'source_display_name',
      'creator_id',
      'team_id',
      'modality',
      'existence_level',
      'num_contacts',
    ),
    ...unmapped(known, 'industries', 'keywords', 'short_description', 'description', 'estimated_num_employees'),
    ...unmapped(known, 'employees', 'annual_revenue', 'founded_year', 'logo_url', 'technologies', 'total_funding'),
    { name: 'sanitized_phone', reason: 'Apollo derives it from the phone number: map `phone`.' },
    { name: 'crm_owner_id', reason: 'Apollo takes it from the connected CRM.' },
    { name: 'label_ids', reason: 'Lists are written by name: map `lists`.' },
  ],
} as const satisfies DestinationObject;
