import { domainToUnicode } from 'node:url';
import type { Quirks } from '../calls/quirks.ts';
import {
  companyHashes,
  crmIdsOf,
  emailKey,
  emailsOf,
  exactEmailKey,
  isFreeDomain,
  type NameAndCompany,
  nameAndCompany,
} from './match-keys.ts';
import type { Account, Contact, Extra } from './records.ts';
import type { Store } from './store.ts';

/** Which rule found a contact. */
type MatchReason = 'id' | 'crm_id' | 'person_id' | 'email' | 'name_and_company';

/** A stored contact that a sent one is taken for. */
export interface ContactMatch {
  readonly contact: Contact;
  readonly reason: MatchReason;
}

/** What of a sent contact takes part in matching. */
export interface ContactKeys {
  readonly id: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly contact_emails: Contact['contact_emails'];
  readonly organization_id: string | null;
  readonly organization_name: string | null;
  readonly extra: Extra;
}

/** Which contacts may be found at all. */
type Eligible = (contact: Contact) => boolean;

// Order of the rules: docs.apollo.io/openapi/apollo-rest-api.json, POST /contacts, run_dedupe, 2026-08-19.
/** The contact that a sent one matches by the first rule that finds any; the oldest of several. */
export function matchContact(
  store: Store,
  quirks: Readonly<Quirks>,
  sent: ContactKeys,
  eligible: Eligible,
): ContactMatch | null {
  const rules: readonly (readonly [MatchReason, () => readonly Contact[]])[] = [
    ['id', () => present(sent.id === null ? undefined : store.contacts.get(sent.id))],
    ['crm_id', () => crmIdsOf(sent.extra).flatMap((id) => store.contacts.byCrmId(id))],
    ['person_id', () => byPerson(store, sent.extra['person_id'])],
    ['email', () => emailsOf(sent).flatMap((email) => byEmail(store, quirks, email))],
    ['name_and_company', () => byCompany(store, quirks, sent)],
  ];
  for (const [reason, find] of rules) {
    if (isUnmatched(quirks, reason)) continue;
    const contact = oldest(find().filter((found) => found.state === 'live' && eligible(found)));
    if (contact !== null) return { contact, reason };
  }
  return null;
}

const isUnmatched = ({ unmatched }: Readonly<Quirks>, reason: MatchReason): boolean =>
  (reason === 'name_and_company' && unmatched.includes('name')) ||
  (reason === 'crm_id' && unmatched.includes('crm-id'));

/** What of a sent account takes part in matching. */
export interface AccountKeys {
  readonly name: string | null;
  readonly domain: string | null;
  readonly organization_id: string | null;
  readonly extra: Extra;
}

// docs.apollo.io/openapi/apollo-rest-api.json, POST /accounts/bulk_create, run_dedupe, 2026-08-19: CRM ids always,
// then domain, organization_id and name.
/** The account that a sent one matches: by CRM id, and with `everything` by domain, organization and name too. */
export function matchAccount(
  store: Store,
  { unmatched }: Readonly<Quirks>,
  sent: AccountKeys,
  rules: 'crm-ids' | 'everything',
): Account | null {
  const { accounts } = store;
  const finders: (() => readonly Account[])[] = [];
  if (!unmatched.includes('account-crm-id'))
    finders.push(() => crmIdsOf(sent.extra).flatMap((id) => accounts.byCrmId(id)));
  if (rules === 'everything') {
    if (!unmatched.includes('account-domain'))
      finders.push(() => (sent.domain === null ? [] : accounts.byDomain(sent.domain)));
    finders.push(() => (sent.organization_id === null ? [] : accounts.byOrganization(sent.organization_id)));
    if (!unmatched.includes('account-name')) finders.push(() => (sent.name === null ? [] : accounts.byName(sent.name)));
  }
  for (const find of finders) {
    const account = oldest(find().filter((found) => found.state === 'live'));
    if (account !== null) return account;
  }
  return null;
}

function byPerson(store: Store, personId: Extra[string] | undefined): readonly Contact[] {
  return typeof personId === 'string' ? store.contacts.byPerson(personId) : [];
}

// Primary and additional addresses; that plus-addressing is normalised was observed by one public client.
function byEmail(store: Store, quirks: Readonly<Quirks>, sent: string): readonly Contact[] {
  const { plusAddressing, punycode, unmatched } = quirks;
  const email = punycode === 'same' ? inLetters(sent) : sent;
  const found = plusAddressing ? store.contacts.likeEmail(email) : store.contacts.byEmail(exactEmailKey(email));
  if (unmatched.includes('capitals') && email !== exactEmailKey(email)) return [];
  if (!unmatched.includes('further-address')) return found;
  return found.filter((contact) => contact.email !== null && emailKey(contact.email) === emailKey(email));
}

/** An address whose domain is in punycode, in letters. */
function inLetters(email: string): string {
  const at = email.lastIndexOf('@');
  return email.slice(0, at + 1) + domainToUnicode(email.slice(at + 1));
}

function byCompany(store: Store, quirks: Readonly<Quirks>, sent: ContactKeys): readonly Contact[] {
  const person = nameAndCompany({ ...sent, emails: emailsOf(sent) });
  if (person === null) return [];
  const wanted: NameAndCompany = {
    ...person,
    domains: quirks.freeDomainsMatch ? person.domains : person.domains.filter((domain) => !isFreeDomain(domain)),
  };
  return companyHashes(wanted)
    .flatMap((hash) => store.contacts.byCompanyHash(hash))
    .filter((contact) => isSamePerson(contact, wanted));
}

function isSamePerson(contact: Contact, wanted: NameAndCompany): boolean {
  const { first_name, last_name, organization_id, organization_name } = contact;
  const own = nameAndCompany({ first_name, last_name, organization_id, organization_name, emails: emailsOf(contact) });
  if (own === null || own.name !== wanted.name) return false;
  if (own.domains.some((domain) => wanted.domains.includes(domain))) return true;
  if (own.organizationId !== null && own.organizationId === wanted.organizationId) return true;
  return own.organizationName !== null && own.organizationName === wanted.organizationName;
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

function oldest<T extends { readonly createdAtMs: number; readonly id: string }>(records: readonly T[]): T | null {
  let first: T | null = null;
  for (const record of records) {
    if (first === null || record.createdAtMs < first.createdAtMs) first = record;
    else if (record.createdAtMs === first.createdAtMs && record.id < first.id) first = record;
  }
  return first;
}
