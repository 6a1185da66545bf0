import type { CustomField, FieldType, Option, Stage, User } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** The team that everything belongs to, as in Apollo's samples. */
export const TEAM_ID = '6095a710bd01d100a506d4ac';

const USERS: readonly User[] = [
  user('60affe7d6e270a00f5db6fe4', 'Ada', 'Reyes', 'Head of Revenue Operations', 'admin', '2021-05-27'),
  user('66302798d03b9601c7934ebf', 'Bruno', 'Lindqvist', 'Account Executive', 'member', '2024-04-29'),
  user('66c8db577ed7f201b25c0eef', 'Chidi', 'Okafor', 'Sales Engineer', 'admin', '2024-08-23'),
  // Longer there than the acting admin, but deleted: nothing may be written as this user.
  { ...user('5f3a1c2e8b7d400011223344', 'Dora', 'Fenn', 'Founder', 'admin', '2020-08-17'), deleted: true },
];

// Names, ids, order and categories: docs.apollo.io/openapi/apollo-rest-api.json, samples of GET /contact_stages and
// GET /account_stages, 2026-08-19; the stages that every workspace has.
const CONTACT_STAGES: readonly Stage[] = [
  stage('6095a710bd01d100a506d4ae', 'New', 0, 'in_progress', null),
  stage('6095a710bd01d100a506d4af', 'Approaching', 1, 'in_progress', null),
  stage('6095a710bd01d100a506d4b0', 'Replied', 2, 'in_progress', null),
  stage('6095a710bd01d100a506d4b1', 'Interested', 3, 'succeeded', true),
  stage('6095a710bd01d100a506d4b2', 'Not Interested', 4, 'failed', true),
  stage('6095a710bd01d100a506d4b3', 'Unresponsive', 5, 'failed', null),
  stage('6095a710bd01d100a506d4b4', 'Do Not Contact', 6, 'failed', true),
  stage('6095a710bd01d100a506d4b5', 'Bad Data', 7, null, null),
  stage('6095a710bd01d100a506d4b6', 'Changed Job', 8, null, true),
  stage('664fa2e6ebf116034859a1fb', 'Customer', 16, null, false),
];

const ACCOUNT_STAGES: readonly Stage[] = [
  stage('6095a710bd01d100a506d4b7', 'Review', 1, null, false),
  stage('6095a710bd01d100a506d4b8', 'Current Client', 2, 'succeeded', true),
  stage('6095a710bd01d100a506d4b9', 'Active Opportunity', 3, 'succeeded', true),
  stage('6095a710bd01d100a506d4ba', 'Dead Opportunity', 4, 'failed', false),
  stage('6095a710bd01d100a506d4bb', 'Do Not Prospect', 5, 'failed', true),
  stage('61b8e913e0f4d2012e3af74c', 'Subscriber', 6, 'in_progress', false),
  stage('61b8e913e0f4d2012e3af74e', 'Lead', 7, 'in_progress', false),
];

const TIERS = ['Bronze', 'Silver', 'Gold'];
const INTERESTS = ['Product', 'Pricing', 'Partnership', 'Support'];

const CONTACT_FIELDS: readonly CustomField[] = [
  field(1, 'contact', 'string', 'External ID'),
  field(2, 'contact', 'textarea', 'Notes'),
  field(3, 'contact', 'number', 'Lead Score'),
  field(4, 'contact', 'date', 'Renewal Date'),
  field(5, 'contact', 'datetime', 'Last Login'),
  field(6, 'contact', 'boolean', 'Newsletter'),
  field(7, 'contact', 'picklist', 'Customer Tier', TIERS),
  field(8, 'contact', 'multipicklist', 'Interests', INTERESTS),
];

const ACCOUNT_FIELDS: readonly CustomField[] = [
  field(17, 'account', 'string', 'External ID'),
  field(18, 'account', 'textarea', 'Account Notes'),
  field(19, 'account', 'number', 'Annual Contract Value'),
  field(20, 'account', 'date', 'Contract Start'),
  field(21, 'account', 'datetime', 'Last Order'),
  field(22, 'account', 'boolean', 'Strategic'),
  field(23, 'account', 'picklist', 'Segment', ['Small', 'Mid-market', 'Enterprise']),
  field(24, 'account', 'multipicklist', 'Regions', ['Americas', 'Europe', 'Asia-Pacific']),
];

/** Fills a store with users, stages, custom fields and two lists, but no contacts and no accounts. */
export function furnish(store: Store): void {
  for (const entry of USERS) store.users.set(entry.id, entry);
  for (const entry of CONTACT_STAGES) store.contactStages.set(entry.id, entry);
  for (const entry of ACCOUNT_STAGES) store.accountStages.set(entry.id, entry);
  for (const entry of [...CONTACT_FIELDS, ...ACCOUNT_FIELDS]) store.fields.set(entry.id, { ...entry });
  store.ensureLabel('Trade Show Leads', 'contacts', store.actingUser().id);
  store.ensureLabel('Target Accounts', 'accounts', store.actingUser().id);
}

function user(id: string, first: string, last: string, title: string, role: 'admin' | 'member', since: string): User {
  const email = `${first}.${last}@emulator.example`.toLowerCase();
  return {
    id,
    first_name: first,
    last_name: last,
    email,
    title,
    admin: role === 'admin',
    deleted: false,
    createdAtMs: Date.parse(since),
  };
}

function stage(
  id: string,
  name: string,
  display_order: number,
  category: Stage['category'],
  flag: Stage['flag'],
): Stage {
  return { id, name, display_order, category, flag };
}

function field(
  number: number,
  modality: 'contact' | 'account',
  type: FieldType,
  label: string,
  options: readonly string[] = [],
): CustomField {
  const hex = (value: number) => `60c39ed82bd02f0115${value.toString(16).padStart(6, '0')}`;
  return {
    id: hex(number * 256),
    label,
    modality,
    type,
    text_field_max_length: null,
    options: options.map((name, i): Option => ({ id: hex(number * 256 + i + 1), name })),
    parent: null,
    createdAtMs: Date.UTC(2021, 5, 11),
  };
}
