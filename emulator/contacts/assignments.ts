import { isUnknown, type Reference, taken, texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { refusedId, requiredParameter, unknownContact } from '../calls/failures.ts';
import { isId } from '../calls/random.ts';
import { ok, type Reply } from '../calls/reply.ts';
import type { Contact } from '../store/records.ts';
import { contactShape } from './contact-shape.ts';
import { currentId } from './contacts.ts';

/** `POST /contacts/update_stages` */
export function updateContactStages(call: Call): Reply {
  const contacts = sentContacts(call);
  if (call.quirks.absentInStages === '422' && contacts.length < sentIds(call, 'contact_ids').length)
    throw unknownContact();
  const stage = requiredId(call, 'contact_stage_id');
  const isTaken = Object.keys(taken(call, { contact_stage_id: stage })).length > 0;
  for (const contact of isTaken ? contacts : []) {
    call.store.contacts.change(contact, { contact_stage_id: stage, updatedAtMs: call.nowMs });
  }
  // `custom_field_errors` is null in the published sample of this answer.
  return ok({ contacts: contacts.map((contact) => contactShape(contact, null)) });
}

/** `POST /contacts/update_owners` */
export function updateContactOwners(call: Call): Reply {
  const contacts = sentContacts(call);
  const owner = requiredId(call, 'owner_id');
  for (const contact of isOwnerTaken(call) ? contacts : [])
    call.store.contacts.change(contact, { owner_id: owner, updatedAtMs: call.nowMs });
  return ok({ contacts: contacts.map(ownership) });
}

/** `POST /accounts/update_owners` */
export function updateAccountOwners(call: Call): Reply {
  const ids = sentIds(call, 'account_ids');
  const owner = requiredId(call, 'owner_id');
  const accounts = ids.map((id) => call.store.accounts.get(id)).filter((account) => account?.state === 'live');
  const found = accounts.filter((account) => account !== undefined);
  for (const account of isOwnerTaken(call) ? found : [])
    call.store.accounts.change(account, { owner_id: owner, updatedAtMs: call.nowMs });
  return ok({ accounts: found.map(ownership) });
}

const isOwnerTaken = (call: Call): boolean => Object.keys(taken(call, { owner_id: '' })).length > 0;

function ownership(record: { readonly id: string; readonly owner_id: string | null }) {
  return { id: record.id, owner_id: record.owner_id, crm_owner_id: null };
}

// Unknown ids: undocumented, ignored as in the lists endpoints.
function sentContacts(call: Call): Contact[] {
  return sentIds(call, 'contact_ids')
    .map((id) => call.store.contacts.get(currentId(call, id)))
    .filter((contact) => contact !== undefined)
    .filter((contact) => contact.state === 'live');
}

// Query parameters since 2026, the same names in a JSON body until 2024: both are read.
function sentIds(call: Call, name: string): string[] {
  const inQuery = [...call.query.getAll(`${name}[]`), ...call.query.getAll(name)];
  const ids = inQuery.length > 0 ? inQuery : texts(call.body[name]);
  if (ids.length === 0) throw requiredParameter(name);
  return ids;
}

function requiredId(call: Call, name: Reference): string {
  const id = call.query.get(name) ?? call.body[name];
  if (typeof id !== 'string' || id === '') throw requiredParameter(name);
  if (!isId(id) || isUnknown(call, name, id)) throw refusedId(id, call.quirks.refusedIds);
  return id;
}
