import { objects, picked, taken, texts } from '../calls/attributes.ts';
import { answered, withNull } from '../calls/bulk-lists.ts';
import type { Call } from '../calls/call.ts';
import { planIsFull, refusedId } from '../calls/failures.ts';
import { shuffled } from '../calls/random.ts';
import { scriptedRejection } from '../calls/rejections.ts';
import { invalid, ok, type Reply } from '../calls/reply.ts';
import { CONTACT_BULK_ITEM } from '../calls/shapes.ts';
import type { ContactChanges } from '../store/contact-table.ts';
import { matchContact } from '../store/matching.ts';
import type { Attributes, Contact } from '../store/records.ts';
import { slimContact } from './contact-shape.ts';
import { blankContact, contactKeys, contactWrite } from './contact-writing.ts';
import { overwriteContact } from './contacts.ts';

// `id`, `person_id` and `hubspot_vid` stand in the prose on matching, not in the schema of an item.
const ITEM_KEYS = [...Object.keys(CONTACT_BULK_ITEM), 'id', 'person_id', 'hubspot_vid'];

const PLACEHOLDER = 'email_import';

interface Item {
  readonly sent: Attributes;
  readonly changes: ContactChanges;
  readonly hidden: boolean;
}

interface Entry {
  readonly contact: Contact;
  readonly hidden: boolean;
}

// No index, no key and no order connects the answer with the request
// (docs.apollo.io/openapi/apollo-rest-api.json, POST /contacts/bulk_create, 2026-08-19).
/** `POST /contacts/bulk_create` */
export function bulkCreateContacts(call: Call): Reply {
  const items = readItems(call, sentContacts(call));
  const owner = batchOwner(call);
  const inBatch = new Set<Contact>();
  const created: Entry[] = [];
  const existing: Entry[] = [];
  const { maxContacts } = call.quirks;
  const missing = maxContacts === 0 ? [] : items.filter((item) => findExisting(call, item, inBatch) === null);
  if (maxContacts > 0 && call.store.contacts.size + missing.length > maxContacts) throw planIsFull();
  for (const item of items) {
    const found = findExisting(call, item, inBatch);
    if (found === null) {
      const contact = insert(call, item.changes, owner);
      inBatch.add(contact);
      created.push({ contact, hidden: item.hidden });
    } else {
      if (found.source === PLACEHOLDER) mergePlaceholder(call, found, item.sent);
      else if (call.quirks.bulkMatches === 'overwritten') overwriteContact(call, found, item.sent);
      existing.push({ contact: found, hidden: item.hidden });
    }
  }
  label(call, created, existing);
  return answer(call, created, existing, items.length);
}

function sentContacts(call: Call): Attributes[] {
  const sent = call.body['contacts'];
  if (!Array.isArray(sent)) {
    // The text names another parameter than the documented one.
    throw invalid('Please provide an array of contact attributes in the "contact_attributes" parameter.');
  }
  if (sent.length > 100) throw invalid('Please limit your array to 100 contacts or fewer.');
  return objects(sent);
}

// Every item is read before any is written: a refused request leaves nothing behind.
function readItems(call: Call, contacts: readonly Attributes[]): Item[] {
  const blank = blankContact(call);
  const items: Item[] = [];
  for (const [i, contact] of contacts.entries()) {
    const refusal = scriptedRejection(call, contact, i, null);
    if (refusal !== null) throw refusal;
    if (call.trouble.omits(contact, i)) continue;
    const sent = taken(call, picked(contact, ITEM_KEYS));
    items.push({ sent, changes: changesOf(call, sent, blank, items), hidden: call.trouble.hides(contact, i) });
  }
  return items;
}

/** What a record changes; where it is refused, a quirk has those before it made. */
function changesOf(call: Call, sent: Attributes, blank: Contact, before: readonly Item[]): ContactChanges {
  try {
    return contactWrite(call, sent, blank).changes;
  } catch (error) {
    if (call.quirks.partialCreateOn422)
      for (const item of before)
        if (findExisting(call, item, new Set()) === null) insert(call, item.changes, call.actor.id);
    throw error;
  }
}

// Contacts are still found by such an address.
function withoutDropped(call: Call, changes: ContactChanges): ContactChanges {
  const { email, ...rest } = changes;
  return call.quirks.droppedAddresses.some((end) => email?.endsWith(end)) ? rest : changes;
}

// "Returns 422 if the ID does not belong to the current team"; the text is not on record.
function batchOwner(call: Call): string {
  const owner = taken(call, call.body)['owner_id'];
  if (typeof owner !== 'string' || owner === '') return call.actor.id;
  if (!call.store.users.has(owner)) throw refusedId(owner, call.quirks.refusedIds);
  return owner;
}

// Without run_dedupe only placeholders from e-mail imports are found; with it, everybody.
function findExisting(call: Call, item: Item, inBatch: ReadonlySet<Contact>): Contact | null {
  const dedupes = call.body['run_dedupe'] === true;
  const keys = contactKeys(item.sent, item.changes);
  const match = matchContact(call.store, call.quirks, keys, (contact) => {
    if (!dedupes && contact.source !== PLACEHOLDER && call.quirks.withoutDedupe === 'inserts') return false;
    return call.quirks.withinBatch === 'existing' || !inBatch.has(contact);
  });
  return match?.contact ?? null;
}

function insert(call: Call, changes: ContactChanges, owner: string): Contact {
  const contact = Object.assign(blankContact(call), withoutDropped(call, changes), { owner_id: owner });
  call.store.contacts.add(contact);
  return contact;
}

// That a merged placeholder is a placeholder no more is inferred.
function mergePlaceholder(call: Call, contact: Contact, sent: Attributes): void {
  overwriteContact(call, contact, sent);
  call.store.contacts.change(contact, {
    source: 'api',
    extra: { ...contact.extra, original_source: PLACEHOLDER },
  });
}

function label(call: Call, created: readonly Entry[], existing: readonly Entry[]): void {
  const labels = texts(call.body['append_label_names']).map((name) =>
    call.store.ensureLabel(name, 'contacts', call.actor.id),
  );
  const entries = call.quirks.appendLabelsToExisting ? [...created, ...existing] : created;
  for (const { contact } of entries) for (const each of labels) call.store.addToLabel(contact, each);
}

function answer(call: Call, created: readonly Entry[], existing: readonly Entry[], sent: number): Reply {
  const { repeatedExisting, order } = call.quirks;
  const seen = new Set<Contact>();
  const listed = existing.filter(({ contact }) => {
    const repeated = seen.has(contact);
    seen.add(contact);
    return repeatedExisting === 'each' || !repeated;
  });
  const ordered = (entries: readonly Entry[]) => {
    const visible = entries.filter((entry) => !entry.hidden).map((entry) => entry.contact);
    const inOrder = order === 'shuffled' ? shuffled(visible, call.random) : visible;
    return answered(call.quirks, inOrder, sent);
  };
  return ok({
    created_contacts: withNull(
      call.quirks,
      ordered(created).map((contact) => slimContact(call.store, contact)),
    ),
    existing_contacts: withNull(
      call.quirks,
      ordered(listed).map((contact) => slimExisting(call, contact)),
    ),
  });
}

function slimExisting(call: Call, contact: Contact): Record<string, unknown> {
  const slim = slimContact(call.store, contact);
  if (call.quirks.slimExisting === 'full') return slim;
  const { organization_name: _name, contact_stage_id: _stage, ...rest } = slim;
  return rest;
}
