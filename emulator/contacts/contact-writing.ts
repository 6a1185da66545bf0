import { checkReferences, objects, sentText, spelled, texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { customValuesAfter } from '../calls/custom-values.ts';
import { invalid } from '../calls/reply.ts';
import type { ContactChanges } from '../store/contact-table.ts';
import { isEmail } from '../store/match-keys.ts';
import type { ContactKeys } from '../store/matching.ts';
import type { Attributes, Contact, ContactEmail, Extra } from '../store/records.ts';
import { phonesAfter } from './phones.ts';

/** Shared by all contacts that have nothing there; a million of them would otherwise each hold an empty object. */
export const NOTHING: { readonly list: readonly never[]; readonly object: Readonly<Record<string, never>> } = {
  list: Object.freeze([]),
  object: Object.freeze({}),
};

/** What a request changes about a contact, and what was wrong with its custom values. */
export interface ContactWrite {
  readonly changes: ContactChanges;
  readonly customErrors: Readonly<Record<string, string>>;
}

const COLUMNS = [
  'first_name',
  'last_name',
  'organization_name',
  'organization_id',
  'account_id',
  'owner_id',
  'contact_stage_id',
] as const;

const SPELLED = new Set<string>(['first_name', 'last_name', 'organization_name']);

const EXTRA_TEXTS = [
  'present_raw_address',
  'linkedin_url',
  'facebook_url',
  'twitter_url',
  'photo_url',
  'person_id',
  'salesforce_id',
  'salesforce_lead_id',
  'salesforce_contact_id',
  'salesforce_account_id',
  'hubspot_id',
  'hubspot_vid',
  'outreach_id',
  'salesloft_id',
  'phone_status_cd',
] as const;

// Never overwritten once set (docs.apollo.io/openapi/apollo-rest-api.json, POST /contacts, run_dedupe, 2026-08-19).
const PROTECTED = new Set<string>(['person_id', 'salesforce_lead_id', 'salesforce_contact_id']);

/** Reads from a request what it changes about `before`, a stored contact or a blank one. */
export function contactWrite(call: Call, sent: Attributes, before: Contact): ContactWrite {
  checkReferences(call, sent);
  const changes: { -readonly [K in keyof ContactChanges]: ContactChanges[K] } = {};
  for (const column of COLUMNS) {
    const value = sentText(call.quirks, sent[column]);
    if (value === undefined) continue;
    changes[column] = value !== null && SPELLED.has(column) ? spelled(call.quirks, value) : value;
  }
  // `primary_title` wins over `title` in bulk_create.
  const title = sentText(call.quirks, sent['primary_title'] ?? sent['title']);
  if (title !== undefined) changes.title = title && spelled(call.quirks, title);
  const email = sentEmail(call, sent['email']);
  if (email !== undefined) changes.email = email;
  if (Array.isArray(sent['contact_emails'])) changes.contact_emails = additionalEmails(sent['contact_emails']);
  const phones = phonesAfter(call.quirks, before.phone_numbers, sent);
  if (phones !== undefined) changes.phone_numbers = phones;
  const extra = extraAfter(call, sent, before.extra, email ?? before.email);
  if (extra !== before.extra) changes.extra = extra;
  const custom = customValuesAfter(call, 'contact', before.typed_custom_fields, sent['typed_custom_fields']);
  if (custom.values !== before.typed_custom_fields) changes.typed_custom_fields = custom.values;
  return { changes, customErrors: custom.errors };
}

/** A contact with nothing in it, to be filled and stored. */
export function blankContact(call: Call): Contact {
  return {
    id: call.store.nextId(),
    first_name: null,
    last_name: null,
    email: null,
    title: null,
    organization_name: null,
    organization_id: null,
    account_id: null,
    owner_id: call.actor.id,
    // Apollo's own default is not documented; its samples show the first stage.
    contact_stage_id: call.store.contactStages.keys().next().value ?? null,
    label_ids: NOTHING.list,
    contact_emails: NOTHING.list,
    phone_numbers: NOTHING.list,
    typed_custom_fields: NOTHING.object,
    extra: NOTHING.object,
    source: 'api',
    state: 'live',
    createdAtMs: call.nowMs,
    updatedAtMs: call.nowMs,
  };
}

/** What of a request takes part in matching. */
export function contactKeys(sent: Attributes, changes: ContactChanges): ContactKeys {
  const id = sent['id'];
  return {
    id: typeof id === 'string' ? id : null,
    first_name: changes.first_name ?? null,
    last_name: changes.last_name ?? null,
    email: changes.email ?? null,
    contact_emails: changes.contact_emails ?? NOTHING.list,
    organization_id: changes.organization_id ?? null,
    organization_name: changes.organization_name ?? null,
    extra: changes.extra ?? NOTHING.object,
  };
}

/** Puts a contact into exactly the named lists, creating those that do not exist. */
export function replaceLabels(call: Call, contact: Contact, names: unknown): void {
  if (!Array.isArray(names)) return;
  const wanted = texts(names).map((name) => call.store.ensureLabel(name, 'contacts', call.actor.id));
  for (const label of call.store.labelsOf(contact)) {
    if (!wanted.includes(label)) call.store.removeFromLabel(contact, label);
  }
  for (const label of wanted) call.store.addToLabel(contact, label);
}

// An invalid e-mail on create is ignored and the contact still made (Apollo's docs until 2024; nothing since).
function sentEmail(call: Call, value: unknown): string | null | undefined {
  const email = sentText(call.quirks, value);
  if (email === undefined || email === null || isEmail(email.trim())) return email?.trim() ?? email;
  if (call.quirks.invalidEmail === '422') throw invalid('Invalid email format');
  return undefined;
}

function additionalEmails(sent: unknown): readonly ContactEmail[] {
  return objects(sent).flatMap((entry, i) => {
    const email = entry['email'];
    if (typeof email !== 'string' || !isEmail(email)) return [];
    return [{ email, position: typeof entry['position'] === 'number' ? entry['position'] : i }];
  });
}

function extraAfter(call: Call, sent: Attributes, before: Extra, email: string | null): Extra {
  let extra: Record<string, string | readonly string[]> | null = null;
  const set = (key: string, value: string | readonly string[] | null) => {
    extra ??= { ...before };
    if (value === null) delete extra[key];
    else extra[key] = value;
  };
  for (const key of EXTRA_TEXTS) {
    const value = sentText(call.quirks, sent[key]);
    if (value === undefined || isProtected(key, value, before)) continue;
    set(key, value);
  }
  if (Array.isArray(sent['contact_role_type_ids'])) {
    set('contact_role_type_ids', texts(sent['contact_role_type_ids']));
  }
  // Ignored when there is a valid e-mail address (Apollo's docs until 2024).
  const website = sentText(call.quirks, sent['website_url']);
  if (website !== undefined && email === null) set('website_url', website);
  return extra ?? before;
}

function isProtected(key: string, value: string | null, before: Extra): boolean {
  if (before[key] === undefined) return false;
  // A LinkedIn photo does not replace one that is there.
  return PROTECTED.has(key) || (key === 'photo_url' && value !== null && /licdn|linkedin/i.test(value));
}
