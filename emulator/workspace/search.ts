import { foundAccount } from '../accounts/account-shape.ts';
import { texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { type Page, searchPage } from '../calls/paging.ts';
import { isId } from '../calls/random.ts';
import { invalid, ok, type Reply } from '../calls/reply.ts';
import { foundContact } from '../contacts/contact-shape.ts';
import { emailsOf } from '../store/match-keys.ts';
import type { Account, Contact } from '../store/records.ts';

interface Dated {
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

type Compare = (a: Dated, b: Dated) => number;

const byCreation: Compare = (a, b) => b.createdAtMs - a.createdAtMs;
const byUpdate: Compare = (a, b) => b.updatedAtMs - a.updatedAtMs;
// The emulator knows no mails and no calls: by activity, all records are equal.
const byActivity: Compare = () => 0;

const CONTACT_SORTS: Readonly<Record<string, Compare>> = {
  contact_last_activity_date: byActivity,
  contact_email_last_opened_at: byActivity,
  contact_email_last_clicked_at: byActivity,
  contact_created_at: byCreation,
  contact_updated_at: byUpdate,
};

const ACCOUNT_SORTS: Readonly<Record<string, Compare>> = {
  account_last_activity_date: byActivity,
  account_created_at: byCreation,
  account_updated_at: byUpdate,
};

/** `POST /contacts/search` */
export function searchContacts(call: Call): Reply {
  const words = keywords(call.body['q_keywords']);
  const stages = texts(call.body['contact_stage_ids']);
  const labels = texts(call.body['contact_label_ids']);
  const matches = (contact: Contact) =>
    isOneOf(stages, contact.contact_stage_id) &&
    (labels.length === 0 || contact.label_ids.some((id) => labels.includes(id))) &&
    hasWords(contact, words);
  const page = searchPage(call, indexed(call, call.store.contacts.values()), matches, sortOf(call, CONTACT_SORTS));
  return ok({
    contacts: page.entries.map((contact) => foundContact(call.store, contact)),
    ...envelope(page, [
      ...breadcrumb('Contains Keywords', 'q_keywords', call.body['q_keywords'], String),
      ...breadcrumb('Contact Stage', 'contact_stage_ids', stages, (id) => stageName(call, id)),
      ...breadcrumb('Lists', 'contact_label_ids', labels, (id) => call.store.labels.get(id)?.name ?? id),
    ]),
  });
}

/** `POST /accounts/search` */
export function searchAccounts(call: Call): Reply {
  const name = keywords(call.body['q_organization_name']).join(' ');
  const stages = texts(call.body['account_stage_ids']);
  const labels = texts(call.body['account_label_ids']);
  if (stages.some((id) => !isId(id))) {
    throw invalid('Your search parameters are entered incorrectly. Did you try to edit the URL directly?');
  }
  // By name only: there is no filter by domain.
  const matches = (account: Account) =>
    isOneOf(stages, account.account_stage_id) &&
    (labels.length === 0 || account.label_ids.some((id) => labels.includes(id))) &&
    (account.name ?? '').toLowerCase().includes(name);
  const page = searchPage(call, indexed(call, call.store.accounts.values()), matches, sortOf(call, ACCOUNT_SORTS));
  return ok({
    ...envelope(page, [
      ...breadcrumb('Company Name', 'q_organization_name', call.body['q_organization_name'], String),
      ...breadcrumb('Account Stage', 'account_stage_ids', stages, (id) => stageName(call, id)),
      ...breadcrumb('Lists', 'account_label_ids', labels, (id) => call.store.labels.get(id)?.name ?? id),
    ]),
    accounts: page.entries.map((account) => foundAccount(call.store, account)),
  });
}

function envelope(page: Page<unknown>, breadcrumbs: readonly object[]) {
  return {
    breadcrumbs,
    partial_results_only: false,
    has_join: false,
    disable_eu_prospecting: false,
    partial_results_limit: 10000,
    pagination: page.pagination,
    num_fetch_result: null,
  };
}

// Breadcrumbs echo the filters that were understood; what is missing there was ignored (seen live, August 2026).
function breadcrumb(label: string, signal: string, value: unknown, display: (value: string) => string): object[] {
  return texts(value).map((entry) => ({
    label,
    signal_field_name: signal,
    value: entry,
    display_name: display(entry),
  }));
}

function stageName(call: Call, id: string): string {
  const stage = call.store.contactStages.get(id) ?? call.store.accountStages.get(id);
  return stage?.name ?? '[Deleted Stage]';
}

function sortOf(call: Call, sorts: Readonly<Record<string, Compare>>): Compare | null {
  const field = call.body['sort_by_field'];
  if (field === undefined || field === null || field === '') return null;
  const compare = typeof field === 'string' && Object.hasOwn(sorts, field) ? sorts[field] : undefined;
  if (compare === undefined) throw invalid('Invalid sort criteria', { skip_alert_dialog: true });
  if (call.quirks.searchSorts === 'ignored') return null;
  return call.body['sort_ascending'] === true ? (a, b) => compare(b, a) : compare;
}

/** What the index shows: live records, as they were a lag ago. */
function* indexed<T extends Contact | Account>(call: Call, records: Iterable<T>): Generator<T> {
  const at = call.nowMs - call.quirks.searchLagMs;
  const isLate = call.quirks.searchLagMs > 0;
  for (const record of records) {
    if (record.createdAtMs > at) continue;
    const shown = isLate ? call.store.past.at(record, at) : record;
    if (shown.state === 'live') yield shown;
  }
}

function isOneOf(wanted: readonly string[], value: string | null): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value));
}

function keywords(value: unknown): string[] {
  return typeof value === 'string' ? value.toLowerCase().split(/\s+/).filter(Boolean) : [];
}

// Names, titles, employers, e-mail addresses: every word must occur somewhere, so it is not an exact filter.
function hasWords(contact: Contact, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { first_name, last_name, title, organization_name } = contact;
  const text = [first_name, last_name, title, organization_name, ...emailsOf(contact)].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}
