import type { Json } from '../../api/error-body.ts';
import type { Evidence } from '../evidence.ts';
import type { Finding } from '../probe.ts';
import { NO_ADDRESS, SETUP } from '../questions/contact-questions.ts';
import { plain } from '../setting.ts';

/** Which of the contacts of the setup a record is. */
const whoIs = (evidence: Evidence, record: Json): string | undefined =>
  SETUP.find((who) => evidence.contact(who) !== undefined && evidence.contact(who) === record['id']);

/** Whether bulk answers come in the order of what was sent: only if all of them do. */
export function order(evidence: Evidence): Finding | undefined {
  const lists = ['contacts.make', 'contacts.again'].flatMap((question) => [
    evidence.list(question, 'created_contacts') ?? [],
    evidence.list(question, 'existing_contacts') ?? [],
  ]);
  const orders = lists.map((list) => list.flatMap((record) => whoIs(evidence, record) ?? []));
  const telling = orders.filter((names) => names.length >= 4);
  if (telling.length === 0) return undefined;
  const isSent = telling.every((names) => names.join() === SETUP.filter((who) => names.includes(who)).join());
  return isSent ? 'sent' : 'shuffled';
}

/** Whether every record that was sent is answered. */
export function completeness(evidence: Evidence): Finding | undefined {
  const counts = ['contacts.make', 'contacts.again'].flatMap((question) => countIn(evidence, question) ?? []);
  if (counts.length === 0) return undefined;
  return counts.every((count) => count >= SETUP.length) ? 'all' : 'fewer';
}

export function nulls(evidence: Evidence): Finding | undefined {
  const lists = ['contacts.make', 'contacts.again', 'contacts.repeated'].flatMap((question) => {
    const body = evidence.json(question) as Json | undefined;
    return [body?.['created_contacts'], body?.['existing_contacts']].filter(Array.isArray);
  });
  if (lists.length === 0) return undefined;
  return lists.some((list) => list.includes(null)) ? 'some' : 'none';
}

export function unchangedMatches(evidence: Evidence): Finding | undefined {
  const record = evidence.shown('contacts.again.shown', evidence.contact('dan'));
  if (record === undefined || !isMatched(evidence, 'contacts.again', 'dan')) return undefined;
  return plain(record['title']) === `again ${evidence.tag}` ? 'overwritten' : 'unchanged';
}

export function repeated(evidence: Evidence): Finding | undefined {
  const found = evidence.list('contacts.repeated', 'existing_contacts');
  const count = found?.filter(({ id }) => id === evidence.contact('bob')).length;
  return count === 2 ? 'each' : count === 1 ? 'once' : undefined;
}

export function twins(evidence: Evidence): Finding | undefined {
  const made = evidence.list('contacts.twins', 'created_contacts')?.length;
  return made === 2 ? 'both' : made === 1 ? 'existing' : undefined;
}

export function slimExisting(evidence: Evidence): Finding | undefined {
  const found = evidence.listed('contacts.again', 'existing_contacts', evidence.contact('dan'));
  if (found === undefined) return undefined;
  return 'organization_name' in found && 'contact_stage_id' in found ? 'full' : 'schema';
}

/** What happens to a record that is sent without run_dedupe though it is there. */
export function withoutDedupe(evidence: Evidence): Finding | undefined {
  if (!evidence.isOk('contacts.without-dedupe')) return undefined;
  return evidence.list('contacts.without-dedupe', 'created_contacts')?.length === 1 ? 'inserts' : 'finds';
}

/** Whether a refused bulk_create has made the records that were right. */
export function partialCreate(evidence: Evidence): Finding | undefined {
  if (!evidence.isRefused('half.make') || !evidence.isOk('half.again')) return undefined;
  return evidence.list('half.again', 'created_contacts')?.length === 1 ? 'nothing' : 'some';
}

/** What happens to an address that cannot be one. */
export function invalidAddress(evidence: Evidence): Finding | undefined {
  const question = 'contacts.no-address';
  if (evidence.isFull) return undefined;
  if (evidence.status(question) === 422) return '422';
  const [record] = [
    ...(evidence.list(question, 'created_contacts') ?? []),
    ...(evidence.list(question, 'existing_contacts') ?? []),
  ];
  if (record === undefined) return undefined;
  return plain(record['email']) === NO_ADDRESS ? 'stored' : 'dropped';
}

/** Whether addresses under the domain of the probe are stored. */
export function droppedAddress(evidence: Evidence): Finding | undefined {
  const created = evidence.list('contacts.make', 'created_contacts') ?? [];
  if (created.length === 0) return undefined;
  return created.every(({ email }) => email === null || email === undefined) ? 'dropped' : 'stored';
}

/** Whether the plan has room for the contacts of the probe. */
export function room(evidence: Evidence): Finding | undefined {
  if (evidence.isFull) return `full after ${madeIn(evidence)}`;
  return evidence.isOk('contacts.make') ? 'room' : undefined;
}

const madeIn = (evidence: Evidence): number =>
  [...evidence.answers.keys()].reduce(
    (sum, question) => sum + (evidence.list(question, 'created_contacts')?.length ?? 0),
    0,
  );

function countIn(evidence: Evidence, question: string): number | undefined {
  const created = evidence.list(question, 'created_contacts');
  const existing = evidence.list(question, 'existing_contacts');
  return created && existing && created.length + existing.length;
}

const isMatched = (evidence: Evidence, question: string, who: string): boolean =>
  evidence.listed(question, 'existing_contacts', evidence.contact(who)) !== undefined;
