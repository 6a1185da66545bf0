import { contactLinks } from './contact-links.ts';
import { contactPhones } from './contact-phones.ts';
import type { DestinationObject, Field } from './object.ts';
import { apolloPage, everywhere, ids, inRecord, inRequest, onCreation, unmapped } from './place.ts';

const written = 'bulk-create-contacts, bulk-update-contacts and update-a-contact';

const fields = [
  {
    name: 'email',
    aliases: ['email_address', 'e_mail', 'work_email', 'business_email', 'primary_email'],
    title: 'E-mail',
    description: 'The e-mail address: the match field, by which Apollo and this tool find a contact.',
    type: 'email',
    identity: true,
    writable: everywhere('email'),
    shownAs: 'email',
    note: 'Apollo matches it against primary and additional addresses. An address written here is shown as verified.',
    source: apolloPage(written),
  },
  {
    name: 'first_name',
    aliases: ['firstname', 'given_name', 'forename'],
    title: 'First name',
    description: 'The first name.',
    type: 'text',
    writable: everywhere('first_name'),
    shownAs: 'first_name',
    source: apolloPage(written),
  },
  {
    name: 'last_name',
    aliases: ['lastname', 'family_name', 'surname'],
    title: 'Last name',
    description: 'The last name.',
    type: 'text',
    writable: everywhere('last_name'),
    shownAs: 'last_name',
    source: apolloPage(written),
  },
  {
    name: 'title',
    aliases: ['job_title', 'jobtitle'],
    title: 'Job title',
    description: 'The current job title.',
    type: 'text',
    writable: everywhere('title'),
    shownAs: 'title',
    source: apolloPage(written),
  },
  {
    name: 'primary_title',
    aliases: [],
    title: 'Primary job title',
    description: 'The job title that wins over `title` when a contact is created.',
    type: 'text',
    writable: { create: inRecord('primary_title') },
    note: 'Written when the contact is created and left alone afterwards; `title` is the one to keep up to date.',
    source: apolloPage('bulk-create-contacts'),
  },
  {
    name: 'organization_name',
    aliases: ['organization', 'organisation', 'organisation_name', 'company', 'company_name', 'employer'],
    title: 'Company',
    description: "The name of the contact's employer.",
    type: 'text',
    writable: everywhere('organization_name'),
    shownAs: 'organization_name',
    note: 'With the name it is a match key: Apollo may take two people of one name in one company for the same.',
    source: apolloPage(written),
  },
  {
    name: 'account_id',
    aliases: ['apollo_account_id'],
    title: 'Account id',
    description: 'The Apollo id of the account that the contact belongs to.',
    type: 'id',
    writable: everywhere('account_id'),
    shownAs: 'account_id',
    note: 'A null never empties it: no page says that an empty id is accepted.',
    source: apolloPage(written),
  },
  {
    name: 'organization_id',
    aliases: ['apollo_organization_id'],
    title: 'Organization id',
    description: "The id of the company in Apollo's own database.",
    type: 'id',
    ...onCreation('contact', 'organization_id'),
    shownAs: 'organization_id',
  },
  {
    name: 'owner_id',
    aliases: ['owner', 'owner_email', 'contact_owner'],
    title: 'Owner',
    description: 'The user who owns the contact, by e-mail address or id.',
    type: 'owner',
    // PATCH does not document it (P36); bulk_update has neither stages nor phones nor lists (P35). Per contact in early 2026,
    // now one owner for a whole bulk_create (docs.apollo.io/reference/bulk-create-contacts).
    writable: { create: inRequest('owner_id'), bulkUpdate: inRecord('owner_id'), owners: inRequest('owner_id') },
    shownAs: 'owner_id',
    note: 'On creation the contacts of one request share an owner, so few owners make full requests. No PATCH.',
    source: apolloPage('bulk-create-contacts, bulk-update-contacts and update-contact-ownership'),
  },
  {
    name: 'contact_stage_id',
    aliases: ['stage', 'contact_stage', 'stage_id', 'stage_name'],
    title: 'Stage',
    description: 'The stage of the contact, by name or id.',
    type: 'stage',
    writable: {
      create: inRecord('contact_stage_id'),
      patch: inRecord('contact_stage_id'),
      stages: inRequest('contact_stage_id'),
    },
    shownAs: 'contact_stage_id',
    source: apolloPage('bulk-create-contacts, update-a-contact and update-contact-stage'),
  },
  {
    name: 'lists',
    aliases: ['list', 'list_names', 'label_names', 'labels', 'tags'],
    title: 'Lists',
    description: 'Names of lists that the contact is added to. Lists that do not exist are created.',
    type: 'lists',
    // PATCH has label_names too, but there it replaces every list of the contact (docs.apollo.io/reference/update-a-contact).
    writable: { create: inRequest('append_label_names'), labels: inRequest('label_names') },
    note: 'Rows only ever add to them; `on_removed` takes off. Names with a comma need an array.',
    source: apolloPage('bulk-create-contacts and add-records-to-a-list'),
  },
  {
    name: 'present_raw_address',
    aliases: ['raw_address', 'address', 'location'],
    title: 'Location',
    description:
      'Where the contact lives or works, as text. Apollo derives city, state, country and time zone from it.',
    type: 'text',
    writable: everywhere('present_raw_address'),
    shownAs: 'present_raw_address',
    source: apolloPage(written),
  },
  {
    name: 'contact_role_type_ids',
    aliases: ['contact_role_types'],
    title: 'Role types',
    description: 'Ids of contact role types.',
    type: 'texts',
    items: { type: 'id' },
    ...onCreation('contact', 'contact_role_type_ids'),
  },
] as const satisfies readonly Field[];

const derived = 'Apollo derives it from the address: map `present_raw_address`.';
const byApollo = 'Apollo sets it itself.';
const ofCompany = 'It belongs to the company, not to the contact: Apollo keeps it on the account.';

/** The contacts of an Apollo workspace. */
export const contacts = {
  name: 'contacts',
  singular: 'contact',
  matchField: 'email',
  fields: [...fields, ...contactPhones, ...contactLinks],
  readOnly: [
    ...ids,
    ...unmapped('Apollo joins it from `first_name` and `last_name`: map those.', 'name', 'full_name'),
    ...unmapped(derived, 'city', 'state', 'country', 'time_zone', 'street_address', 'postal_code'),
    { name: 'sanitized_phone', reason: 'Apollo derives it from the phone numbers: map `phone`.' },
    ...unmapped(byApollo, 'email_status', 'email_true_status', 'email_source', 'email_unsubscribed', 'created_at'),
    ...unmapped(byApollo, 'updated_at', 'last_activity_date', 'source', 'original_source', 'source_display_name'),
    ...unmapped(byApollo, 'creator_id', 'team_id'),
    { name: 'person_id', reason: 'Apollo sets it when it knows the person; no endpoint documents writing it.' },
    ...unmapped('Apollo takes it from the connected CRM.', 'crm_owner_id', 'hubspot_company_id'),
    { name: 'merged_crm_ids', reason: 'Apollo keeps it when contacts are merged.' },
    { name: 'label_ids', reason: 'Lists are written by name: map `lists`.' },
    { name: 'headline', reason: 'Apollo takes it from the person it knows; map `title`.' },
    { name: 'visibility', reason: 'No endpoint documents writing it.' },
    ...unmapped(ofCompany, 'industry', 'organization_domain', 'organization_phone', 'domain'),
  ],
} as const satisfies DestinationObject;
