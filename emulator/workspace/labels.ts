import { texts } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import type { Quirks } from '../calls/quirks.ts';
import { seededRandom } from '../calls/random.ts';
import { invalid, ok, Refusal, type Reply } from '../calls/reply.ts';
import { attachedLabel, iso } from '../contacts/contact-shape.ts';
import type { Account, Contact, Label, Modality } from '../store/records.ts';

// A bare array, unlike every other list (docs.apollo.io/openapi/apollo-rest-api.json, GET /labels, 2026-08-19).
/** `GET /labels` */
export function listLabels(call: Call): Reply {
  const labels = [...call.store.labels.values()].map((label) => listedLabel(call, label));
  return ok(call.quirks.labelsBody === 'array' ? labels : { labels });
}

/** `POST /labels` */
export function createLabel(call: Call): Reply {
  const { name, modality, book_of_business: book } = call.body;
  if (typeof name !== 'string' || name.trim() === '') throw invalid('Please enter a non-empty name!');
  if (typeof modality !== 'string' || modality === '') throw invalid('Please enter a non-empty modality!');
  if (!isListed(modality)) throw invalid('Please enter a valid modality!');
  if (call.store.labels.byName(name, modality) !== undefined) throw taken(name);
  const label = call.store.ensureLabel(name, modality, call.actor.id);
  if (typeof book === 'boolean') label.book_of_business = book;
  return ok({ label: labelShape(label) });
}

/** `PATCH /labels/{id}` */
export function updateLabel(call: Call): Reply {
  const id = call.params['id'] ?? '';
  const label = call.store.labels.get(id);
  if (label === undefined) {
    const body = { message: `Could not find label with id ${id}`, error: 'Record not found.' };
    throw new Refusal({ status: 404, body });
  }
  const { name, book_of_business: book } = call.body;
  if (typeof name !== 'string' || name.trim() === '') throw invalid('Please enter a non-empty name!');
  const other = call.store.labels.byName(name, label.modality);
  if (other !== undefined && other !== label) throw taken(name);
  call.store.labels.rename(label, name);
  if (typeof book === 'boolean') label.book_of_business = book;
  label.updatedAtMs = call.nowMs;
  return ok({ label: labelShape(label) });
}

/** `POST /labels/add_entity_ids_to_label_names`: unknown lists are created, invalid ids ignored, nothing is removed. */
export function addToLabels(call: Call): Reply {
  return membership(call, 'add_entities_to_labels', (records, names, modality) => {
    const labels = names.map((name) => call.store.ensureLabel(name, modality, call.actor.id));
    for (const label of labels) for (const record of records) call.store.addToLabel(record, label);
    return labels;
  });
}

/** `POST /labels/remove_entity_ids_from_label_names` */
export function removeFromLabels(call: Call): Reply {
  return membership(call, 'remove_entities_from_labels', (records, names, modality) => {
    const labels = names.map((name) => call.store.labels.byName(name, modality)).filter((label) => label !== undefined);
    for (const label of labels) for (const record of records) takeOff(call, record, label);
    return labels;
  });
}

/** Takes a record off a list, or only seems to: which records that happens to follows from their ids. */
export function takeOff({ store, quirks }: Call, record: Contact | Account, label: Label): void {
  const isLost = seededRandom(Number.parseInt(record.id.slice(-8), 16))() * 100 < quirks.lostRemovalsPercent;
  if (!isLost) store.removeFromLabel(record, label);
}

const nothingProvided = { message: 'No Models or Lists provided' };

type Change = (records: readonly (Contact | Account)[], names: readonly string[], modality: Modality) => Label[];

function membership(call: Call, jobType: string, change: Change): Reply {
  const { modality } = call.body;
  if (!isListed(modality)) throw invalid(`Invalid modality: ${String(modality ?? '')}.`);
  const names = texts(call.body['label_names']);
  const records = texts(call.body['entity_ids'])
    .map((id) => call.store[modality].get(id))
    .filter((record) => record !== undefined);
  if (call.quirks.absentInLists === '422' && records.length < texts(call.body['entity_ids']).length)
    throw invalid('Some records could not be found');
  if (records.length === 0 || names.length === 0) return ok(nothingProvided);
  const undone = undoneReply(call, jobType, records, names);
  if (undone !== null) return undone;
  if (call.body['async'] === true) {
    call.store.later(call.quirks.asyncDelayMs, () => {
      change(records, names, modality);
    });
    return ok({ entity_progress_job: job(call, jobType, records, names) });
  }
  const labels = change(records, names, modality);
  // Of lists that do not exist none is "provided"; that they are answered so is assumed.
  return ok(labels.length === 0 ? nothingProvided : { labels: labels.map(labelShape) });
}

/** The answer of a quirk that has nothing done. That such a thing is answered with success was seen live in 2026. */
function undoneReply(
  call: Call,
  jobType: string,
  records: readonly (Contact | Account)[],
  names: readonly string[],
): Reply | null {
  const stamps = { created_at: iso(call.nowMs), updated_at: iso(call.nowMs) };
  const label = (name: string) => ({ id: call.store.nextId(), name, modality: call.body['modality'], ...stamps });
  const replies = {
    done: () => null,
    'no-labels': () => ok({ labels: [] }),
    'other-labels': () => ok({ labels: [label('Another list')] }),
    'other-message': () => ok({ message: 'Lists are locked, try again later' }),
    'failed-job': () => ok({ entity_progress_job: { ...job(call, jobType, records, names), status: 'failed' } }),
    claimed: () => ok({ labels: names.map(label) }),
  } satisfies Record<Quirks['listChanges'], () => Reply | null>;
  return replies[call.quirks.listChanges]();
}

function job(call: Call, jobType: string, records: readonly { readonly id: string }[], names: readonly string[]) {
  return {
    id: call.store.nextId(),
    user_id: call.actor.id,
    job_type: jobType,
    entity_ids: records.map((record) => record.id),
    params: { modality: call.body['modality'], label_names: names },
    progress: -1,
    batch_size: null,
  };
}

function isListed(modality: unknown): modality is 'contacts' | 'accounts' {
  return modality === 'contacts' || modality === 'accounts';
}

function taken(name: string): Refusal {
  return invalid(`${name} already exists`, { skip_alert_dialog: true });
}

function labelShape(label: Label) {
  return { ...attachedLabel(label), book_of_business: label.book_of_business };
}

function listedLabel(call: Call, label: Label) {
  return {
    _id: label.id,
    ...attachedLabel(label),
    concurrency_locks: {},
    need_cached_count_update: false,
    needs_count_update_at: iso(label.updatedAtMs),
    rule_config_template_id: null,
    team_id: call.store.teamId,
    key: label.id,
  };
}
