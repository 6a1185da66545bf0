import type { Contact, Extra } from './records.ts';

// Consumer mail hosts: an address there says nothing about the employer. Apollo's own list is not public.
const FREE_DOMAINS = new Set([
  'gmail.com',
  'googlemail.com',
  'yahoo.com',
  'hotmail.com',
  'outlook.com',
  'live.com',
  'icloud.com',
  'me.com',
  'aol.com',
  'gmx.de',
  'gmx.net',
  'web.de',
  'proton.me',
  'protonmail.com',
  'mail.com',
]);

/** Whether anybody can have an address at this domain. */
export function isFreeDomain(domain: string): boolean {
  return FREE_DOMAINS.has(domain);
}

/** Whether text has the form of an e-mail address at all. */
export function isEmail(value: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(value);
}

/** An address as it is compared: trimmed and in lower case. */
export function exactEmailKey(email: string): string {
  return email.trim().toLowerCase();
}

/** An address as it is indexed: as compared, and without what follows a plus. */
export function emailKey(email: string): string {
  const exact = exactEmailKey(email);
  const plus = exact.indexOf('+');
  const at = exact.indexOf('@');
  return plus > 0 && plus < at ? exact.slice(0, plus) + exact.slice(at) : exact;
}

/** The domain of an address, or null. */
export function emailDomain(email: string | null): string | null {
  if (email === null) return null;
  const at = email.lastIndexOf('@');
  return at < 0 ? null : exactEmailKey(email.slice(at + 1));
}

/** Names, companies and domains as they are compared. */
export function nameKey(text: string): string {
  return text.trim().toLowerCase();
}

/** What the name-and-company rule compares: a full name, and every sign of a company. */
export interface NameAndCompany {
  readonly name: string;
  readonly domains: readonly string[];
  readonly organizationId: string | null;
  readonly organizationName: string | null;
}

/** Names a person within companies, or null when first or last name is missing. */
export function nameAndCompany(record: {
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly emails: readonly string[];
  readonly organization_id: string | null;
  readonly organization_name: string | null;
}): NameAndCompany | null {
  if (!record.first_name || !record.last_name) return null;
  const domains = record.emails.map((email) => emailDomain(email)).filter((domain) => domain !== null);
  return {
    name: `${nameKey(record.first_name)} ${nameKey(record.last_name)}`,
    domains,
    organizationId: record.organization_id,
    organizationName: record.organization_name === null ? null : nameKey(record.organization_name),
  };
}

/** The e-mail addresses of a contact, the primary one first. */
export function emailsOf(contact: Pick<Contact, 'email' | 'contact_emails'>): string[] {
  const extra = contact.contact_emails.map((entry) => entry.email);
  return contact.email === null ? extra : [contact.email, ...extra];
}

// salesforce_account_id, outreach_id and salesloft_id are not named as match keys
// (docs.apollo.io/openapi/apollo-rest-api.json, POST /contacts/bulk_create, run_dedupe, 2026-08-19).
const CRM_KEYS = ['salesforce_id', 'salesforce_lead_id', 'salesforce_contact_id', 'hubspot_id', 'hubspot_vid'];

/** The CRM ids by which a record is found again, merged ones included. */
export function crmIdsOf(extra: Extra): string[] {
  const ids: string[] = [];
  for (const key of CRM_KEYS) {
    const id = extra[key];
    if (typeof id === 'string') ids.push(id);
  }
  const merged = extra['merged_crm_ids'];
  if (Array.isArray(merged)) ids.push(...merged);
  return ids;
}

/** Small integers that stand for a name within each of its companies: a million of them need no strings. */
export function companyHashes(person: NameAndCompany): number[] {
  const hashes = person.domains.map((domain) => hash(person.name, '@', domain));
  if (person.organizationId !== null) hashes.push(hash(person.name, '#', person.organizationId));
  if (person.organizationName !== null) hashes.push(hash(person.name, '=', person.organizationName));
  return hashes;
}

function hash(...parts: readonly string[]): number {
  let value = 0x811c9dc5;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) value = Math.imul(value ^ part.charCodeAt(i), 0x01000193);
  }
  return value >>> 2;
}
