import { picked, taken } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { customErrorsShape } from '../calls/custom-values.ts';
import { notAValidId, notFound, planIsFull, unknownContact } from '../calls/failures.ts';
import { isId } from '../calls/random.ts';
import { scriptedRejection } from '../calls/rejections.ts';
import { invalid, ok, Refusal, type Reply } from '../calls/reply.ts';
import { BODIES } from '../calls/shapes.ts';
import { emailsOf, exactEmailKey } from '../store/match-keys.ts';
import { type ContactMatch, matchContact } from '../store/matching.ts';
import type { Attributes, Contact } from '../store/records.ts';
import { attachedLabel, singleContact } from './contact-shape.ts';
import { blankContact, type ContactWrite, contactKeys, contactWrite, replaceLabels } from './contact-writing.ts';

// Named as match keys in the prose of POST /contacts, missing from its body schema
// (docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19): strict mode refuses them, lenient mode matches by them.
const UNDECLARED_MATCH_KEYS = ['id', 'person_id', 'salesforce_lead_id', 'salesforce_contact_id', 'hubspot_vid'];
const CREATE_KEYS = [...Object.keys(BODIES['contacts/create'] ?? {}), ...UNDECLARED_MATCH_KEYS];
const UPDATE_KEYS = Object.keys(BODIES['contacts/update'] ?? {});

// Without run_dedupe it always inserts; with it, a match is overwritten in place and the answer looks the same.
/** `POST /contacts` */
export function createContact(call: Call): Reply {
  const refusal = scriptedRejection(call, call.body, 0, null);
  if (refusal !== null) throw refusal;
  const sent = picked(call.body, CREATE_KEYS);
  const blank = blankContact(call);
  const write = contactWrite(call, sent, blank);
  const match =
    sent['run_dedupe'] === true
      ? matchContact(call.store, call.quirks, contactKeys(sent, write.changes), () => true)
      : null;
  if (match === null) {
    const { maxContacts } = call.quirks;
    if (maxContacts > 0 && call.store.contacts.size >= maxContacts) throw planIsFull();
    Object.assign(blank, write.changes);
    call.store.contacts.add(blank);
    replaceLabels(call, blank, sent['label_names']);
    return contactReply(call, blank, write);
  }
  const overwrite = overwriteContact(call, match.contact, sent);
  return contactReply(call, match.contact, overwrite, call.quirks.dedupeResult ? dedupeResult(match) : {});
}

/** `PATCH` and `PUT /contacts/{contact_id}` */
export function updateContact(call: Call): Reply {
  const named = updatable(call, call.params['contact_id'] ?? '');
  const refusal = scriptedRejection(call, call.body, 0, named.id);
  if (refusal !== null) throw refusal;
  const contact = mergedIntoHolder(call, named);
  const before = { ...contact };
  const write = overwriteContact(
    call,
    contact,
    withoutTaken(call, contact, taken(call, picked(call.body, updateKeys(call)))),
  );
  return contactReply(call, call.quirks.staleAnswers.includes(call.action) ? before : contact, write);
}

const updateKeys = ({ quirks }: Call): readonly string[] =>
  quirks.patchOwner === 'taken' ? [...UPDATE_KEYS, 'owner_id'] : UPDATE_KEYS;

// Nothing documents what Apollo does then (docs.apollo.io/reference/update-a-contact, 2026-08-19).
function withoutTaken(call: Call, contact: Contact, sent: Attributes): Attributes {
  const { email, ...others } = sent;
  const { takenEmail } = call.quirks;
  if (takenEmail === 'accepted' || holderOf(call, contact, email) === undefined) return sent;
  if (takenEmail === '422') throw invalid('Email has already been taken');
  return others;
}

/** Another contact that has an address. */
function holderOf(call: Call, contact: Contact, email: unknown): Contact | undefined {
  if (typeof email !== 'string') return undefined;
  const holders = call.store.contacts.byEmail(exactEmailKey(email));
  return holders.find(({ id, state }) => id !== contact.id && state === 'live');
}

/** The contact that an update is made to, where one that is given the address of another becomes that. */
function mergedIntoHolder(call: Call, contact: Contact): Contact {
  const holder = call.quirks.takenEmail === 'merged' ? holderOf(call, contact, call.body['email']) : undefined;
  if (holder === undefined) return contact;
  const { contacts } = call.store;
  contacts.change(contact, { state: 'deleted' });
  const further = [...holder.contact_emails.map(({ email }) => email), ...emailsOf(contact)];
  contacts.change(holder, { contact_emails: further.map((email, position) => ({ email, position })) });
  return holder;
}

/** `GET /contacts/{contact_id}` */
export function showContact(call: Call): Reply {
  const contact = call.store.contacts.get(currentId(call, call.params['contact_id'] ?? ''));
  if (contact === undefined) throw unknownContact();
  if (contact.state === 'deleted') throw invalid('This contact has been deleted.');
  if (contact.state === 'hidden') throw invalid('You are not authorized to view this page.');
  return contactReply(call, contact, { changes: {}, customErrors: {} });
}

/** Writes what was sent over a stored contact: omitted values stay, empty ones clear, lists are replaced. */
export function overwriteContact(call: Call, contact: Contact, sent: Attributes): ContactWrite {
  const write = contactWrite(call, sent, contact);
  call.store.contacts.change(contact, { ...write.changes, updatedAtMs: call.nowMs });
  replaceLabels(call, contact, sent['label_names']);
  return write;
}

/** The id of the contact that Apollo has by now where it had one of this id. */
export const currentId = ({ quirks }: Call, id: string): string => quirks.mergedContacts[id] ?? id;

// The texts for a malformed and for an unknown id are not documented for PATCH; those of its relatives are used.
function updatable(call: Call, id: string): Contact {
  if (!isId(id)) throw notAValidId(id);
  const contact = call.store.contacts.get(currentId(call, id));
  if (contact === undefined) throw call.quirks.unknownContact === '404' ? new Refusal(notFound) : unknownContact();
  if (contact.state === 'hidden') throw invalid('You are not authorized to view this page.');
  if (contact.state === 'deleted') throw deletedContact(id);
  return contact;
}

/** The 422 for an update of a deleted contact. */
export function deletedContact(id: string) {
  return invalid('Cannot update contact as it is deleted.', { deleted_contact_ids: [id] });
}

function contactReply(call: Call, contact: Contact, write: ContactWrite, more: object = {}): Reply {
  return ok({
    contact: singleContact(contact, customErrorsShape(call.quirks, write.customErrors)),
    labels: call.store.labelsOf(contact).map(attachedLabel),
    ...more,
  });
}

// The second sample of POST /contacts shows this; `email_match` is the only reason on record.
function dedupeResult({ contact, reason }: ContactMatch): object {
  return {
    dedupe_result: { found_existing: true, match_reason: `${reason}_match`, existing_contact_id: contact.id },
  };
}
