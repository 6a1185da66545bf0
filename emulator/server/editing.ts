import { overwriteAccount } from '../accounts/accounts.ts';
import { texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { overwriteContact } from '../contacts/contacts.ts';
import type { Account, Attributes, Contact, Modality } from '../store/records.ts';

/** What somebody changes in Apollo's own pages: records by their `id`, and what they get. */
export interface EditData {
  /** As `PATCH /contacts/{id}` takes them, plus `state`; `label_names` are the lists that the record is in from then on. */
  readonly contacts?: readonly Attributes[];
  readonly accounts?: readonly Attributes[];
}

/** Changes records as by hand, and returns how many; throws on one that is not there. */
export function edit(call: Call, { contacts = [], accounts = [] }: EditData): { readonly edited: number } {
  for (const sent of contacts) {
    const contact = held(call.store.contacts.get(String(sent['id'])), sent);
    overwriteContact(call, contact, sent);
    if (isState(sent['state'])) call.store.contacts.change(contact, { state: sent['state'] });
  }
  for (const sent of accounts) {
    const account = held(call.store.accounts.get(String(sent['id'])), sent);
    overwriteAccount(call, account, sent);
    if (sent['label_names'] !== undefined) relabel(call, account, texts(sent['label_names']), 'accounts');
    if (isState(sent['state'])) call.store.accounts.change(account, { state: sent['state'] });
  }
  return { edited: contacts.length + accounts.length };
}

function held<T>(record: T | undefined, { id }: Attributes): T {
  if (record === undefined) throw new Error(`cannot edit "${String(id)}": there is no such record`);
  return record;
}

function relabel(call: Call, record: Account, names: readonly string[], modality: Modality): void {
  for (const label of call.store.labelsOf(record))
    if (!names.includes(label.name)) call.store.removeFromLabel(record, label);
  for (const name of names) call.store.addToLabel(record, call.store.ensureLabel(name, modality, call.actor.id));
}

const isState = (value: unknown): value is Contact['state'] =>
  value === 'live' || value === 'deleted' || value === 'hidden';
