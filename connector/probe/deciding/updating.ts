import type { Json } from '../../api/error-body.ts';
import { type Evidence, objectOf } from '../evidence.ts';
import type { Finding } from '../probe.ts';
import { accountBulk, accountPatch } from '../questions/account-questions.ts';
import { moved } from '../questions/address-questions.ts';
import { stages } from '../questions/asking.ts';
import { createdWith, isFresh } from '../questions/contact-questions.ts';
import { isListed } from '../questions/list-questions.ts';
import { bulkUpdated, jobTitle, patched, undocumented } from '../questions/update-questions.ts';
import { plain } from '../setting.ts';

/** Whether a record shows a value as it was sent; undefined where it shows no such key. */
function shows(record: Json, key: string, sent: unknown): boolean | undefined {
  if (PHONES.has(key)) return phonesOf(record).some((number) => digits(number).endsWith(digits(sent)));
  if (key === 'typed_custom_fields') {
    const stored = objectOf(record[key]) ?? {};
    return Object.entries(sent as Json).every(([id, value]) => plain(stored[id]) === plain(value));
  }
  return key in record ? plain(record[key]) === plain(sent) : undefined;
}

const PHONES = new Set(['direct_phone', 'phone']);

const phonesOf = (record: Json): readonly unknown[] => [
  record['phone'],
  record['sanitized_phone'],
  ...(Array.isArray(record['phone_numbers']) ? record['phone_numbers'] : []).flatMap((phone) => {
    const { raw_number, sanitized_number } = objectOf(phone) ?? {};
    return [raw_number, sanitized_number];
  }),
];

const digits = (text: unknown): string => String(text ?? '').replace(/\D/g, '') || '-';

/** The keys that a record does not show as they were sent. */
const untaken = (record: Json, sent: Json): readonly string[] =>
  Object.entries(sent)
    .flatMap(([key, value]) => (shows(record, key, value) === false ? [key] : []))
    .toSorted();

const contactUntaken = (
  evidence: Evidence,
  update: string,
  shown: string,
  who: string,
  sent: Json,
): Finding | undefined => {
  const record = evidence.shown(shown, evidence.contact(who));
  return evidence.isOk(update) && record !== undefined ? untaken(record, sent) : undefined;
};

/** The update of ann, by the method that Apollo took. */
const annUpdate = (evidence: Evidence): string => (evidence.isOk('patch.ann') ? 'patch.ann' : 'patch.ann.put');

export function untakenByPatch(evidence: Evidence): Finding | undefined {
  const { label_names, ...sent } = patched(evidence);
  const keys = contactUntaken(evidence, annUpdate(evidence), 'patch.ann.shown', 'ann', sent);
  if (keys === undefined) return undefined;
  const isOnList = isListed(evidence, 'patch.ann.shown', 'ann');
  return label_names !== undefined && isOnList === false ? [...keys, 'label_names'].toSorted() : keys;
}

export const untakenByBulk = (evidence: Evidence): Finding | undefined =>
  contactUntaken(evidence, 'bulk.bob', 'bulk.bob.shown', 'bob', bulkUpdated(evidence));

export const untakenByCreate = (evidence: Evidence): Finding | undefined => {
  if (!isFresh(evidence)) return undefined;
  const { title, organization_name } = evidence.own('ann');
  const sent = { title, organization_name, ...createdWith(evidence) };
  return contactUntaken(evidence, 'contacts.make', 'made.shown', 'ann', sent);
};

export function untakenByStages(evidence: Evidence): Finding | undefined {
  const before = evidence.shown('contacts.again.shown', evidence.contact('dan'))?.['contact_stage_id'];
  const after = evidence.shown('stages.dan.shown', evidence.contact('dan'));
  if (!evidence.isOk('stages.dan') || after === undefined || stages(evidence, 'contact_stages').length < 2)
    return undefined;
  return after['contact_stage_id'] === before ? ['contact_stage_id'] : [];
}

export function untakenByOwners(evidence: Evidence): Finding | undefined {
  const before = evidence.shown('owners.dan.before', evidence.contact('dan'))?.['owner_id'];
  const after = evidence.shown('owners.dan.shown', evidence.contact('dan'));
  if (!evidence.isOk('owners.dan') || after === undefined) return undefined;
  return after['owner_id'] === before ? ['owner_id'] : [];
}

const accountUntaken = (evidence: Evidence, update: string, which: string, sent: Json): Finding | undefined => {
  const record = evidence.shown(`${update}.shown`, evidence.account(which));
  return evidence.isOk(update) && record !== undefined ? untaken(record, sent) : undefined;
};

export const untakenByAccountPatch = (evidence: Evidence): Finding | undefined =>
  accountUntaken(evidence, 'account.patch', 'one', accountPatch(evidence));

export const untakenByAccountBulk = (evidence: Evidence): Finding | undefined =>
  accountUntaken(evidence, 'account.bulk', 'two', accountBulk(evidence));

/** Which actions answer an update with the record as it was before; of those that were taken, and seen. */
export function staleAnswers(evidence: Evidence): Finding | undefined {
  const updates = [
    staleness(
      'contacts/update',
      recordIn(evidence, annUpdate(evidence)),
      recordIn(evidence, 'patch.ann.shown'),
      patched(evidence),
    ),
    staleness(
      'contacts/bulk_update',
      evidence.listed('bulk.bob', 'contacts', evidence.contact('bob')),
      recordIn(evidence, 'bulk.bob.shown'),
      bulkUpdated(evidence),
    ),
    staleness(
      'accounts/update',
      recordIn(evidence, 'account.patch'),
      recordIn(evidence, 'account.patch.shown'),
      accountPatch(evidence),
    ),
    staleness(
      'accounts/bulk_update',
      evidence.listed('account.bulk', 'accounts', evidence.account('two')),
      recordIn(evidence, 'account.bulk.shown'),
      accountBulk(evidence),
    ),
  ].filter((one) => one !== undefined);
  return updates.length === 0
    ? undefined
    : updates.flatMap(({ action, isStale }) => (isStale ? [action] : [])).toSorted();
}

const recordIn = (evidence: Evidence, question: string): Json | undefined => {
  const body = objectOf(evidence.json(question));
  return objectOf(body?.['contact']) ?? objectOf(body?.['account']);
};

function staleness(action: string, answer: Json | undefined, shown: Json | undefined, sent: Json) {
  if (answer === undefined || shown === undefined) return undefined;
  const written = Object.keys(sent).filter((key) => shows(shown, key, sent[key]) === true);
  const told = written.map((key) => shows(answer, key, sent[key])).filter((one) => one !== undefined);
  return told.length === 0 ? undefined : { action, isStale: told.every((one) => !one) };
}

/** What bulk_update writes that is not documented. */
export function bulkHonours(evidence: Evidence): Finding | undefined {
  const record = evidence.shown('bulk.cyd.shown', evidence.contact('cyd'));
  const sent = undocumented(evidence);
  const wasListed = isListed(evidence, 'cyd.before', 'cyd');
  if (
    !evidence.isOk('bulk.cyd') ||
    record === undefined ||
    sent['contact_stage_id'] === undefined ||
    wasListed !== false
  )
    return undefined;
  return [
    ...(isListed(evidence, 'bulk.cyd.shown', 'cyd') ? ['labels'] : []),
    ...(shows(record, 'direct_phone', sent['direct_phone']) ? ['phones'] : []),
    ...(record['contact_stage_id'] === sent['contact_stage_id'] ? ['stage'] : []),
  ];
}

/** Whether PATCH writes the owner. */
export function patchOwner(evidence: Evidence): Finding | undefined {
  const before = evidence.shown('contacts.again.shown', evidence.contact('dan'))?.['owner_id'];
  const after = evidence.shown('patch.dan.owner.shown', evidence.contact('dan'))?.['owner_id'];
  if (!evidence.isOk('patch.dan.owner') || before === undefined || after === undefined) return undefined;
  return after === before ? 'ignored' : 'taken';
}

/** Which method updates a record. */
export function verb(evidence: Evidence): Finding | undefined {
  const status = evidence.status('patch.ann');
  if (status === 404 || status === 405) return evidence.isOk('patch.ann.put') ? `put-only-${status}` : undefined;
  return evidence.isOk('patch.ann') ? 'patch' : undefined;
}

/** What bulk_update does with an id that nothing has. */
export function absentIds(evidence: Evidence): Finding | undefined {
  if (evidence.status('bulk.absent') === 422) return '422';
  return evidence.isOk('bulk.absent') ? 'omitted' : undefined;
}

/** The same of update_stages. */
export function absentInStages(evidence: Evidence): Finding | undefined {
  if (evidence.status('stages.dan') === 422) return '422';
  return evidence.isOk('stages.dan') ? 'omitted' : undefined;
}

/** How an update of a contact that there is not is answered. */
export function unknownContact(evidence: Evidence): Finding | undefined {
  const status = evidence.status('patch.absent');
  return status === 422 || status === 404 ? String(status) : undefined;
}

/** What a refused bulk_update has written. */
export function partialUpdate(evidence: Evidence): Finding | undefined {
  const record = evidence.shown('bulk.bad.shown', evidence.contact('eve'));
  if (!evidence.isRefused('bulk.bad') || record === undefined) return undefined;
  return plain(record['title']) === `before ${evidence.tag}` ? 'some' : 'nothing';
}

/** Whether a refused bulk_update names the contact. */
export function namedContact(evidence: Evidence): Finding | undefined {
  if (evidence.status('bulk.bad') !== 422) return undefined;
  const details = objectOf(evidence.body('bulk.bad')?.['error_details']);
  return details?.['contact_id'] === evidence.contact('cyd') ? 'contact_id' : 'nothing';
}

/** What is done with a stage that there is not. */
export function unknownReference(evidence: Evidence): Finding | undefined {
  if (evidence.status('stages.unknown') === 422) return '422';
  return evidence.isOk('stages.unknown') ? 'accepted' : undefined;
}

/** Whether the single create says what it found. */
export function dedupeResult(evidence: Evidence): Finding | undefined {
  const body = objectOf(evidence.json('single.create'));
  if (body === undefined || objectOf(body['contact'])?.['id'] !== evidence.contact('bob')) return undefined;
  return 'dedupe_result' in body ? 'shown' : 'absent';
}

/** How long a background job takes. */
export function job(evidence: Evidence): Finding | undefined {
  if (!evidence.isOk('job.start')) return undefined;
  if (objectOf(objectOf(evidence.json('job.start'))?.['entity_progress_job']) === undefined) return 'no job';
  const titles = [0, 1, 2].map((i) => evidence.shown(`job.shown.${i}`, evidence.contact('dan'))?.['title']);
  const seen = titles.findIndex((title) => plain(title) === jobTitle(evidence));
  return (
    ['at once', 'within 2 s', 'within 12 s'][seen] ?? (titles.every((one) => one !== undefined) ? 'longer' : undefined)
  );
}

/** What an update to the address of another contact does. */
export function takenAddress(evidence: Evidence): Finding | undefined {
  const fay = evidence.contact('fay');
  if (plain(evidence.shown('address.move.shown', fay)?.['email']) !== moved(evidence)) return undefined;
  if (evidence.status('address.taken') === 422) return '422';
  if (!evidence.isOk('address.taken')) return undefined;
  if (evidence.status('address.taken.shown') === 422) return 'merged';
  const email = plain(evidence.shown('address.taken.shown', fay)?.['email']);
  if (email === moved(evidence)) return 'kept';
  return email === evidence.own('eve').email ? 'accepted' : undefined;
}
