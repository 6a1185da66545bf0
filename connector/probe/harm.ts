import type { Json } from '../api/error-body.ts';
import { type Answer, objectOf } from './evidence.ts';
import { type Asked, type Question, writes } from './question.ts';
import { plain, type Setting } from './setting.ts';

/** The most records that a workspace gets, in all runs together. */
export const MOST = { contacts: 15, accounts: 8 } as const;

/** What was known before an answer came. */
interface Before {
  readonly setting: Setting;
  readonly own: ReadonlySet<string>;
}

/**
 * What in an answer to a request that may write says that a record was met that is not the probe's own, or that there are more
 * than the plan has; undefined where nothing does. In words for a person, without anything of that record.
 */
export function harmIn(question: Question, asked: Asked, answer: Answer, before: Before): string | undefined {
  if (!writes(question) || answer.status < 200 || answer.status >= 300) return undefined;
  const body = objectOf(answer.json) ?? {};
  const { setting, own } = before;
  const foreign = FOUND.flatMap((key) => recordsIn(body, key)).filter((record) => !isOwn(record, setting, own));
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

const FOUND = ['existing_contacts', 'existing_accounts'];
const CONCERNED = ['contacts', 'accounts', 'contact', 'account'];

function recordsIn(body: Json, key: string): readonly Json[] {
  const value = body[key];
  return (Array.isArray(value) ? value : [value]).map(objectOf).filter((entry) => entry !== undefined);
}

// A record that has another address is another one, whatever it is called.
function isOwn(record: Json, { domain, mark }: Setting, own: ReadonlySet<string>): boolean {
  if (typeof record['id'] === 'string' && own.has(record['id'])) return true;
  const address = plain(record['email'] ?? record['domain']);
  if (address !== '') return address.endsWith(`@${domain}`) || address.endsWith(`.${domain}`);
  return [record['last_name'], record['name']].some((name) => plain(name).startsWith(plain(mark)));
}
