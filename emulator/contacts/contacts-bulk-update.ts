import { objects, picked, taken, texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { customErrorsShape } from '../calls/custom-values.ts';
import type { Quirks } from '../calls/quirks.ts';
import { shuffled } from '../calls/random.ts';
import { scriptedRejection, validationFailed } from '../calls/rejections.ts';
import { invalid, ok, Refusal, type Reply } from '../calls/reply.ts';
import { CONTACT_BULK_UPDATE } from '../calls/shapes.ts';
import { isEmail } from '../store/match-keys.ts';
import type { Attributes, Contact } from '../store/records.ts';
import { iso, updatedContact } from './contact-shape.ts';
import { contactWrite } from './contact-writing.ts';
import { currentId, deletedContact, overwriteContact } from './contacts.ts';
import { PHONE_SLOTS } from './phones.ts';

interface Row {
  readonly id: string;
  readonly sent: Attributes;
}

// Stages, lists and phones are not documented here, though the prose says "stages": ignored unless a quirk says so.
const HONOURED: Record<Quirks['bulkUpdateHonours'][number], readonly string[]> = {
  stage: ['contact_stage_id'],
  phones: [...Object.keys(PHONE_SLOTS), 'phone', 'phone_numbers'],
  labels: ['label_names'],
};

// docs.apollo.io/reference/bulk-update-contacts, 2026-07-28: 1 to 100 at once, up to 1000 or `async` in the background.
/** `POST /contacts/bulk_update` */
export function bulkUpdateContacts(call: Call): Reply {
  const rows = sentRows(call);
  if (rows.length > 1000) throw invalid('Please limit your array to fewer than 1000.');
  if (rows.length > 100 || call.body['async'] === true) return startJob(call, rows);
  const kept = rows.map((row, i) => ({ row, i })).filter(({ row, i }) => !call.trouble.omits(row.sent, i));
  const refusals = kept.map(({ row, i }) => refusalOf(call, row, i));
  const bad = refusals.findIndex((refusal) => refusal !== null);
  const until = bad < 0 ? kept.length : call.quirks.partialOn422 ? bad : 0;
  const updated: Echo[] = [];
  for (const { row, i } of kept.slice(0, until)) {
    const contact = updatable(call, row.id);
    if (contact === null) continue;
    const before = { ...contact };
    const { customErrors } = overwriteContact(call, contact, row.sent);
    const shown = call.quirks.staleAnswers.includes(call.action) ? before : contact;
    if (!call.trouble.hides(row.sent, i)) updated.push({ ...updatedContact(shown), ...reported(call, customErrors) });
  }
  const refusal = bad < 0 ? null : refusals[bad];
  if (refusal) throw refusal;
  return answer(call, updated);
}

function sentRows(call: Call): Row[] {
  const { contact_attributes: attributes, contact_ids: ids } = call.body;
  const keys = writableKeys(call.quirks);
  if (Array.isArray(attributes) && attributes.length > 0) {
    return objects(attributes).map((row) => ({ id: String(row['id'] ?? ''), sent: taken(call, picked(row, keys)) }));
  }
  if (Array.isArray(ids) && ids.length > 0) {
    const sent = taken(call, picked(call.body, keys));
    return texts(ids).map((id) => ({ id, sent }));
  }
  throw invalid('Please provide either contact_ids or contact_attributes');
}

function writableKeys(quirks: Readonly<Quirks>): string[] {
  return [...Object.keys(CONTACT_BULK_UPDATE), ...quirks.bulkUpdateHonours.flatMap((what) => HONOURED[what])];
}

function updatable(call: Call, id: string): Contact | null {
  const contact = call.store.contacts.get(currentId(call, id));
  return contact === undefined || contact.state !== 'live' ? null : contact;
}

function refusalOf(call: Call, row: Row, index: number): Refusal | null {
  const scripted = scriptedRejection(call, row.sent, index, row.id);
  if (scripted !== null) return scripted;
  const contact = updatable(call, row.id);
  if (contact === null) return call.quirks.absentIds === '422' ? absent(call, row.id) : null;
  const email = row.sent['email'];
  if (typeof email === 'string' && email !== '' && !isEmail(email)) {
    return call.quirks.validationNames === 'nothing'
      ? invalid('Validation failed')
      : validationFailed(row.id, 'email', 'Invalid email format');
  }
  try {
    contactWrite(call, row.sent, contact);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

// Undocumented within a batch: the text of PATCH for deleted contacts, a made-up one for unknown ones.
function absent(call: Call, id: string): Refusal {
  return call.store.contacts.get(id)?.state === 'deleted'
    ? deletedContact(id)
    : validationFailed(id, 'id', 'Contact does not exist');
}

// No public route shows the progress of such a job. A row that cannot be written is left out, which is assumed.
function startJob(call: Call, rows: readonly Row[]): Reply {
  call.store.later(call.quirks.asyncDelayMs, (nowMs) => {
    for (const [i, row] of rows.entries()) {
      const contact = updatable(call, row.id);
      if (contact === null || refusalOf(call, row, i) !== null) continue;
      overwriteContact({ ...call, nowMs }, contact, row.sent);
    }
  });
  return ok({
    entity_progress_job: {
      id: call.store.nextId(),
      job_type: 'contact_bulk_update',
      status: 'pending',
      entity_ids: rows.map((row) => row.id),
      created_at: iso(call.nowMs),
      updated_at: iso(call.nowMs),
    },
  });
}

type Echo = Record<string, unknown>;

/** The samples show no `custom_field_errors` here; they come only where a quirk has them reported. */
const reported = (call: Call, errors: Readonly<Record<string, string>>): Echo =>
  Object.keys(errors).length === 0 ? {} : { custom_field_errors: customErrorsShape(call.quirks, errors) };

function answer(call: Call, updated: readonly Echo[]): Reply {
  const visible = call.body['visible_entity_ids'];
  const echoed = Array.isArray(visible) ? updated.filter(({ id }) => visible.includes(id)) : updated;
  const ordered = call.quirks.order === 'shuffled' ? shuffled(echoed, call.random) : echoed;
  return ok({ contacts: ordered });
}
