import { canonicalDomain, canonicalEmail, comparableName, emailDomain, plainEmail } from './normalise.ts';
import type { ObjectName, Values, WireValue } from './object.ts';

/** A way to name a record: the fields that it reads, and the key they make, or none where one of them is empty. */
interface Tier {
  readonly fields: readonly string[];
  readonly key: (values: Values) => string | undefined;
}

/**
 * The ids by which other systems know a record and Apollo finds it, in the order its pages name them, and whose ids they are.
 * Not those of Outreach and Salesloft: Apollo stores them and does not match by them, so each run would create them once more.
 */
const crmFields = {
  contacts: [
    ['salesforce_id', 'salesforce'],
    ['salesforce_lead_id', 'salesforce'],
    ['salesforce_contact_id', 'salesforce'],
    ['hubspot_id', 'hubspot'],
  ],
  accounts: [
    ['salesforce_id', 'salesforce'],
    ['hubspot_id', 'hubspot'],
  ],
} as const satisfies Record<ObjectName, readonly (readonly [field: string, system: string])[]>;

/** A Salesforce id of 18 characters is one of 15 with a checksum behind it (help.salesforce.com, 2026). */
const crmId = (system: string, id: string): string =>
  system === 'salesforce' && /^[a-z0-9]{18}$/i.test(id) ? id.slice(0, 15) : id;

const crmTier = ([field, system]: readonly [string, string]): Tier => ({
  fields: [field],
  key: (values) => prefixed(field, crmId(system, textOf(values[field]))),
});

/** Which fields name a record, the best first. A record's match key is the key of the first tier that it fills. */
const tiers: Readonly<Record<ObjectName, readonly Tier[]>> = {
  contacts: [
    { fields: ['email'], key: (values) => prefixed('email', canonicalEmail(textOf(values['email']))) },
    ...crmFields.contacts.map(crmTier),
    {
      fields: ['first_name', 'last_name', 'organization_name'],
      key: (values) =>
        joined('name', [values['first_name'], values['last_name'], values['organization_name']].map(nameOf)),
    },
  ],
  accounts: [
    { fields: ['domain'], key: (values) => prefixed('domain', canonicalDomain(textOf(values['domain']))) },
    ...crmFields.accounts.map(crmTier),
    {
      fields: ['organization_id'],
      key: (values) => prefixed('organization_id', textOf(values['organization_id']).toLowerCase()),
    },
    { fields: ['name'], key: (values) => joined('name', [nameOf(values['name'])]) },
  ],
};

/** The fields that a match key is made of, by what stands before its first colon. */
export const keyKinds = (object: ObjectName): ReadonlyMap<string, readonly string[]> => kinds[object];

const kindsOf = (object: ObjectName): ReadonlyMap<string, readonly string[]> =>
  new Map(tiers[object].map(({ fields }) => [fields.length === 1 ? fields[0]! : 'name', fields]));
const kinds = { contacts: kindsOf('contacts'), accounts: kindsOf('accounts') } as const;

/** The sets of fields that name a record, the best first; one of them must be filled. */
export const keyFieldsOf = (object: ObjectName): readonly (readonly string[])[] =>
  tiers[object].map(({ fields }) => fields);

/** What names a record at Apollo, normalised: equal keys mean the same record. Undefined if nothing does. */
export function matchKeyOf(object: ObjectName, values: Values): string | undefined {
  for (const tier of tiers[object]) {
    const key = tier.key(values);
    if (key !== undefined) return key;
  }
  return undefined;
}

/**
 * Every key by which Apollo could take one record for another: two records that share one must not share a request.
 * Wider than the match key, as Apollo also matches plus addresses, additional addresses, merged ids and names within a
 * company (docs.apollo.io/reference/bulk-create-contacts and bulk-create-accounts, 2026-08-19).
 */
export function identityKeys(object: ObjectName, values: Values): readonly string[] {
  const keys: string[] = [];
  if (object === 'contacts') addContactKeys(keys, values);
  else addAccountKeys(keys, values);
  return keys;
}

/** Adds a key that is there and new. Keys are a few: to look through them costs less than a set of them. */
function add(keys: string[], key: string | undefined): void {
  if (key !== undefined && !keys.includes(key)) keys.push(key);
}

function addContactKeys(keys: string[], values: Values): void {
  const more = values['contact_emails'];
  const email = textOf(values['email']);
  const emails = more === undefined ? [email] : [email, ...listOf(more)];
  const fullName = nameOf(`${textOf(values['first_name'])} ${textOf(values['last_name'])}`) || nameOf(values['name']);
  for (const each of emails) add(keys, prefixed('email', plainEmail(each)));
  addCrmKeys(keys, 'contacts', values);
  if (fullName === '') return;
  add(keys, joined('name+company', [fullName, nameOf(values['organization_name'])]));
  add(keys, joined('name+organization', [fullName, textOf(values['organization_id']).toLowerCase()]));
  // Whether Apollo leaves free-mail domains out of this is not documented; to keep them in only costs fuller requests.
  for (const each of emails) add(keys, joined('name+domain', [fullName, emailDomain(each) ?? '']));
}

function addAccountKeys(keys: string[], values: Values): void {
  add(keys, prefixed('domain', canonicalDomain(textOf(values['domain']))));
  add(keys, prefixed('organization_id', textOf(values['organization_id']).toLowerCase()));
  addCrmKeys(keys, 'accounts', values);
  add(keys, joined('name', [nameOf(values['name'])]));
}

/** The ids of other systems, merged ones too, which may be of either CRM. */
function addCrmKeys(keys: string[], object: ObjectName, values: Values): void {
  for (const [field, system] of crmFields[object]) {
    // Most records have none.
    if (values[field] !== undefined) add(keys, prefixed(system, crmId(system, textOf(values[field]))));
  }
  const merged = values['merged_crm_ids'];
  if (merged === undefined) return;
  for (const id of listOf(merged)) for (const system of crms) add(keys, prefixed(system, crmId(system, id)));
}

const crms = ['salesforce', 'hubspot'] as const;

/** The same keys of a record that Apollo returned, whole or slim. Never throws, whatever the answer holds. */
export const identityOfAnswer = (object: ObjectName, answer: Readonly<Record<string, unknown>>): readonly string[] =>
  identityKeys(object, valuesOfAnswer(answer));

/**
 * Every match key that a row of the record which Apollo returned could have: one of each tier, and of its additional
 * addresses and merged ids. An id of one system counts under each field that holds ids of it, as Apollo fills them itself.
 */
export function matchKeysOfAnswer(object: ObjectName, answer: Readonly<Record<string, unknown>>): readonly string[] {
  const values = valuesOfAnswer(answer);
  const ids: string[] = [];
  addCrmKeys(ids, object, values);
  const keys: string[] = [];
  for (const { key } of tiers[object]) add(keys, key(values));
  if (object === 'contacts') {
    for (const email of listOf(values['contact_emails'])) add(keys, prefixed('email', canonicalEmail(email)));
  }
  for (const [field, system] of crmFields[object]) {
    for (const id of ids) if (id.startsWith(`${system}:`)) add(keys, field + id.slice(system.length));
  }
  return keys;
}

/** Every field that some key is made of; an answer shows many others. */
const identityFields: readonly string[] = [
  ...new Set([
    ...Object.values(tiers).flatMap((ofObject) => ofObject.flatMap(({ fields }) => fields)),
    ...['name', 'organization_id'],
  ]),
];

/** What an answer says of a record's identity, as values that `matchKeyOf` and `identityKeys` read. */
export function valuesOfAnswer(answer: Readonly<Record<string, unknown>>): Values {
  const values: Record<string, WireValue> = {};
  for (const field of identityFields) {
    const value = answer[field];
    if (typeof value === 'string') values[field] = value;
  }
  const emails = entries(answer['contact_emails']).map((entry) => textOf(recordOf(entry)['email'] ?? entry));
  return {
    ...values,
    // HubSpot's id is written as hubspot_id and shown as hubspot_vid (docs.apollo.io/reference/update-a-contact, 2026-08-19).
    hubspot_id: textOf(answer['hubspot_id']) || textOf(answer['hubspot_vid']),
    contact_emails: emails,
    merged_crm_ids: entries(answer['merged_crm_ids']).map(textOf),
  };
}

const entries = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
const nameOf = (value: unknown): string => comparableName(textOf(value));
const listOf = (value: WireValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.map(textOf) : [textOf(value)];

/** The name of the tier in front: keys of two tiers cannot be equal. */
const prefixed = (prefix: string, text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : `${prefix}:${text}`;

/** Parts that are all there, distinct whatever they hold. */
function joined(prefix: string, parts: readonly string[]): string | undefined {
  let text = '';
  for (const part of parts) {
    if (part === '') return undefined;
    text += text === '' ? `${prefix}:${escaped(part)}` : `|${escaped(part)}`;
  }
  return text;
}

const escaped = (part: string): string =>
  part.includes('|') || part.includes('\\') ? part.replace(/[\\|]/g, '\\$&') : part;
