import { type Answer, type Evidence, type Json, objectOf } from './evidence.ts';
import { type Asked, type Question, writes } from './question.ts';
import { plain, type Setting } from './setting.ts';

/** The most records that a workspace gets, in all runs together. */
export const MOST = { contacts: 15, accounts: 8 } as const;

/**
 * What in an answer to a request that may write says that a record was met that is not the probe's own, or that there are more
 * than the plan has; undefined where nothing does. In words for a person, without anything of that record.
 */
export function harmIn(question: Question, asked: Asked, answer: Answer, before: Evidence): string | undefined {
  if (!writes(question) || answer.status < 200 || answer.status >= 300) return undefined;
  const body = objectOf(answer.json) ?? {};
  const own = ownIds(before);
  const foreign = METING.flatMap((key) => recordsIn(body, key)).filter((record) => !isOwn(record, before.setting, own));
  if (foreign.length > 0) return 'it found a record that is not of the probe';
  const shown = CONCERNED.flatMap((key) => recordsIn(body, key));
  const { concerns } = asked;
  if (
    concerns !== undefined &&
    shown.some(({ id }) => typeof id === 'string' && !concerns.includes(id) && !own.has(id))
  )
    return 'it shows a record that was not asked for';
  for (const of of ['contacts', 'accounts'] as const) {
    const made = recordsIn(body, `created_${of}`).length;
    if (made > (question.makes?.[of] ?? 0)) return `it made ${made} ${of}, which is more than the plan says`;
  }
  return undefined;
}

const METING = ['existing_contacts', 'existing_accounts'];
const CONCERNED = ['contacts', 'accounts', 'contact', 'account'];

function recordsIn(body: Json, key: string): readonly Json[] {
  const value = body[key];
  return (Array.isArray(value) ? value : [value]).map(objectOf).filter((entry) => entry !== undefined);
}

/** Ids of records that the probe has made or found. */
export function ownIds(evidence: Evidence): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const question of evidence.answers.keys()) {
    for (const key of ['created_contacts', 'existing_contacts', 'created_accounts', 'existing_accounts'])
      for (const { id } of evidence.list(question, key) ?? []) if (typeof id === 'string') ids.add(id);
    const single = objectOf(objectOf(evidence.json(question))?.['contact'])?.['id'];
    if (question.startsWith('single.') && typeof single === 'string') ids.add(single);
  }
  return ids;
}

function isOwn(record: Json, { domain, mark }: Setting, own: ReadonlySet<string>): boolean {
  if (typeof record['id'] === 'string' && own.has(record['id'])) return true;
  const address = plain(record['email'] ?? record['domain']);
  if (address.endsWith(`@${domain}`) || address.endsWith(`.${domain}`)) return true;
  return [record['last_name'], record['name']].some((name) => plain(name).startsWith(plain(mark)));
}
