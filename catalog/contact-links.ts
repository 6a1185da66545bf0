import type { Field } from './object.ts';
import { apolloPage, inRecord, onCreation } from './place.ts';

// Shown as: keys of the contact in docs.apollo.io/reference/update-a-contact, 2026-08-19. No answer shows the ids of
// Outreach and Salesloft; facebook_url was seen in recorded answers of 2025-10-30.
const crmIds = [
  ['salesforce_id', 'Salesforce id', 'salesforce_id', ['sfdc_id']],
  ['salesforce_lead_id', 'Salesforce lead id', 'salesforce_lead_id', ['sfdc_lead_id']],
  ['salesforce_contact_id', 'Salesforce contact id', 'salesforce_contact_id', ['sfdc_contact_id']],
  ['hubspot_id', 'HubSpot id', 'hubspot_vid', ['hubspot_vid', 'hubspot_contact_id']],
  ['outreach_id', 'Outreach id', undefined, []],
  ['salesloft_id', 'Salesloft id', undefined, []],
] as const;

const profiles = [
  ['facebook_url', 'Facebook', ['facebook']],
  ['twitter_url', 'Twitter', ['twitter', 'x_url']],
  ['photo_url', 'Photo', ['photo', 'picture_url', 'avatar_url']],
] as const;

/** What ties a contact to other systems: ids, additional addresses, profiles. */
export const contactLinks = [
  {
    name: 'contact_emails',
    aliases: ['additional_emails', 'secondary_emails', 'other_emails'],
    title: 'Additional e-mails',
    description: 'A list of further e-mail addresses.',
    type: 'texts',
    items: { type: 'email', as: 'email' },
    ...onCreation('contact', 'contact_emails', ' Apollo matches them too.'),
    shownAs: 'contact_emails',
  },
  ...crmIds.map(
    ([name, title, shownAs, aliases]): Field => ({
      name,
      aliases,
      title,
      description: `The id of the contact in ${title.split(' ')[0]}; a match key.`,
      type: 'text',
      identity: true,
      ...onCreation('contact', name),
      ...(shownAs === undefined ? {} : { shownAs }),
    }),
  ),
  {
    name: 'salesforce_account_id',
    aliases: ['sfdc_account_id'],
    title: 'Salesforce account id',
    description: "The id of the contact's account in Salesforce.",
    type: 'text',
    ...onCreation('contact', 'salesforce_account_id'),
    shownAs: 'salesforce_account_id',
  },
  {
    name: 'linkedin_url',
    aliases: ['linkedin', 'linkedin_profile', 'linkedin_profile_url', 'person_linkedin_url'],
    title: 'LinkedIn',
    description: 'The LinkedIn profile.',
    type: 'url',
    writable: { create: inRecord('linkedin_url'), bulkUpdate: inRecord('linkedin_url') },
    shownAs: 'linkedin_url',
    note: 'PATCH does not document it: existing contacts take it with `updates: bulk` only.',
    source: apolloPage('bulk-create-contacts and bulk-update-contacts'),
  },
  ...profiles.map(
    ([name, title, aliases]): Field => ({
      name,
      aliases,
      title,
      description: `The URL of the ${name === 'photo_url' ? 'photo' : `${title} profile`}.`,
      type: 'url',
      ...onCreation('contact', name),
      shownAs: name,
    }),
  ),
  {
    name: 'website_url',
    aliases: ['website', 'company_website'],
    title: 'Company website',
    description: "The website of the contact's employer.",
    type: 'url',
    writable: { patch: inRecord('website_url') },
    note: 'Only PATCH takes it, one contact a request. Older pages say that it is ignored beside a valid e-mail address.',
    source: apolloPage('update-a-contact'),
  },
] as const satisfies readonly Field[];
