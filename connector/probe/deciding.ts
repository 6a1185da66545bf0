import type { Evidence, Json } from './evidence.ts';
import type { Finding } from './probe.ts';
import { SETUP } from './questions/contact-questions.ts';
import { plain } from './setting.ts';

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
  return plain(record['title']) === 'sent again' ? 'overwritten' : 'unchanged';
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

export function wrongKey(evidence: Evidence): Finding | undefined {
  const answer = evidence.answers.get('key.wrong');
  if (answer?.status !== 401) return undefined;
  const body = evidence.body('key.wrong');
  if (body !== undefined) return 'error_details' in body ? 'json' : undefined;
  return answer.text?.startsWith('Invalid API key') ? 'new-text' : 'old-text';
}

export function profileTeam(evidence: Evidence): Finding | undefined {
  const profile = evidence.json('profile') as Json | undefined;
  if (profile === undefined) return undefined;
  return typeof profile['team_id'] === 'string' ? 'shown' : 'absent';
}

function countIn(evidence: Evidence, question: string): number | undefined {
  const created = evidence.list(question, 'created_contacts');
  const existing = evidence.list(question, 'existing_contacts');
  return created && existing && created.length + existing.length;
}

const isMatched = (evidence: Evidence, question: string, who: string): boolean =>
  evidence.listed(question, 'existing_contacts', evidence.contact(who)) !== undefined;
