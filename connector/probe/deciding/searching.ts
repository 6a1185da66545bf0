import { type Evidence, objectOf } from '../evidence.ts';
import type { Finding } from '../probe.ts';
import { LAG } from '../questions/contact-questions.ts';

const WHEN = ['at once', 'within 2 s', 'within 10 s', 'within 40 s'];

/** No longer than this after it was made is a record looked for `at once`. */
const AT_ONCE_MS = 60_000;

/** How long search does not show a new contact. */
export function searchLag(evidence: Evidence): Finding | undefined {
  const looks = LAG.map(({ name }) => evidence.list(name, 'contacts'));
  const id = evidence.contact('ann');
  const seen = looks.findIndex((found) => found?.some((record) => record['id'] === id));
  const made = evidence.answers.get('contacts.make')?.atMs ?? 0;
  const first = evidence.answers.get(LAG[0].name)?.atMs;
  if (first === undefined || first - made > AT_ONCE_MS) return undefined;
  return WHEN[seen] ?? (looks.every((found) => found !== undefined) ? 'longer' : undefined);
}

/** What a page of more than 100 is. */
export function widePage(evidence: Evidence): Finding | undefined {
  if (evidence.status('search.wide') === 422) return '422';
  const size = objectOf(objectOf(evidence.json('search.wide'))?.['pagination'])?.['per_page'];
  if (size === undefined) return undefined;
  return Number(size) > 100 ? 'taken' : 'capped';
}

/** What lies beyond page 500. */
export function beyond(evidence: Evidence): Finding | undefined {
  if (evidence.status('search.beyond') === 422) return '422';
  const found = evidence.list('search.beyond', 'contacts');
  return found && (found.length === 0 ? 'empty' : 'records');
}

/** Whether a search comes in the order that was asked for. */
export function sorting(evidence: Evidence): Finding | undefined {
  const own = evidence.ownIds();
  const found = evidence.list('search.sorted', 'contacts')?.filter(({ id }) => own.has(String(id)));
  const times = found?.map((record) => Date.parse(String(record['updated_at'])));
  if (times === undefined || new Set(times).size < 2 || times.some(Number.isNaN)) return undefined;
  return times.every((time, i) => i === 0 || time <= times[i - 1]!) ? 'honoured' : 'ignored';
}
