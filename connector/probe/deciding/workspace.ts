import type { Json } from '../../api/error-body.ts';
import { type Evidence, objectOf } from '../evidence.ts';
import type { Finding } from '../probe.ts';
import { FIELD_LAG, madeFieldId, showsField } from '../questions/field-questions.ts';

export function wrongKey(evidence: Evidence): Finding | undefined {
  const answer = evidence.answers.get('key.wrong');
  if (answer?.status !== 401) return undefined;
  const body = evidence.body('key.wrong');
  if (body !== undefined) return 'error_details' in body ? 'json' : undefined;
  return answer.text?.startsWith('Invalid API key') ? 'new-text' : 'old-text';
}

export function profileTeam(evidence: Evidence): Finding | undefined {
  const profile = objectOf(evidence.json('profile'));
  if (profile === undefined) return undefined;
  return typeof profile['team_id'] === 'string' ? 'shown' : 'absent';
}

/** The words that say that a key lacks a scope; decided by any such answer. */
export function missingScope(evidence: Evidence): Finding | undefined {
  const bodies = [...evidence.answers.keys()].map((question) => evidence.body(question));
  const refusal = bodies.find((body) => body?.['error_code'] === 'API_INACCESSIBLE');
  if (refusal === undefined) return undefined;
  const text = String(refusal['error']);
  return /is not accessible with/.test(text) ? 'old' : /not authorized to access/.test(text) ? 'new' : 'other';
}

/** Whether lists come as a bare array. */
export function labelsBody(evidence: Evidence): Finding | undefined {
  const body = evidence.json('labels');
  if (Array.isArray(body)) return 'array';
  return Array.isArray(objectOf(body)?.['labels']) ? 'object' : undefined;
}

/** Whether usage statistics list bulk calls. */
export function usage(evidence: Evidence): Finding | undefined {
  const stats = objectOf(evidence.json('usage'));
  if (stats === undefined) return undefined;
  return Object.keys(stats).some((key) => key.includes('bulk_create')) ? 'all' : 'sample';
}

/** Whether the newer list of fields shows options; undefined in a workspace without picklists. */
export function fieldOptions(evidence: Evidence): Finding | undefined {
  const picklists = (evidence.list('fields', 'fields') ?? []).filter(({ type }) => String(type).endsWith('picklist'));
  if (picklists.length === 0) return undefined;
  const shows = picklists.some((field) => Array.isArray(objectOf(field['meta'])?.['picklist_values']));
  return shows ? 'shown' : 'hidden';
}

/** Whether every endpoint has the same limits. */
export function equalLimits({ answers }: Evidence): Finding | undefined {
  const limits = [...answers.values()].flatMap((answer) => answer.limits ?? []).map((one) => JSON.stringify(one));
  return limits.length < 2 ? undefined : new Set(limits).size === 1 ? 'same' : 'different';
}

/** Which refusals come without the rate headers, of those that were met. */
export function headerless(evidence: Evidence): Finding | undefined {
  const answers = [...evidence.answers.values()];
  const refused = answers.filter(({ status }) => status === 422);
  if (refused.length === 0 || !answers.some(({ limits, status }) => status < 300 && limits !== undefined))
    return undefined;
  return refused.every(({ limits }) => limits === undefined) ? 'absent' : 'shown';
}

/** Whether a 429 tells the limits; decided only where one was met. */
export const throttledHeaders = ({ throttled }: Evidence): Finding | undefined =>
  throttled && (throttled.hasHeaders ? 'shown' : 'absent');

/** How an id that is none is refused. */
export function refusedId(evidence: Evidence): Finding | undefined {
  if (evidence.status('stages.malformed') !== 422) return undefined;
  const text = JSON.stringify(evidence.body('stages.malformed') ?? '');
  if (/is not a valid ID/i.test(text)) return 'not-valid';
  if (/does not belong to/i.test(text)) return 'other-team';
  return /nonsense/.test(text) ? 'other' : 'unnamed';
}

export function newFieldId(evidence: Evidence): Finding | undefined {
  const id = madeFieldId(evidence);
  if (id === undefined) return undefined;
  return /^[0-9a-f]{24}$/i.test(id) ? 'bare' : 'uuid';
}

/** How long a new custom field stays out of the list of fields. */
export function fieldLag(evidence: Evidence): Finding | undefined {
  if (!evidence.isOk('field.make')) return undefined;
  const seen = FIELD_LAG.findIndex(({ name }) => showsField(evidence, name) === true);
  const isAsked = FIELD_LAG.every(({ name }) => showsField(evidence, name) !== undefined);
  return ['at once', 'within 2 s', 'within 17 s'][seen] ?? (isAsked ? 'longer' : undefined);
}

export function duplicateLabel(evidence: Evidence): Finding | undefined {
  const status = evidence.status('field.twice');
  return status === 422 ? '422' : evidence.isOk('field.twice') ? 'accepted' : undefined;
}

/** Whether a record is shown under the id that it was asked for by. */
export function shownId(evidence: Evidence): Finding | undefined {
  const pairs = SHOWN.flatMap(([question, who]) => {
    const [asked, record] = [evidence.contact(who), contactIn(evidence.json(question))];
    return asked === undefined || record === undefined ? [] : [record['id'] === asked];
  });
  if (pairs.length === 0) return undefined;
  return pairs.every(Boolean) ? 'same' : 'other';
}

const contactIn = (body: unknown): Json | undefined => objectOf(objectOf(body)?.['contact']);

const SHOWN = [
  ['ann.before', 'ann'],
  ['bob.before', 'bob'],
  ['cyd.before', 'cyd'],
  ['contacts.again.shown', 'dan'],
] as const;
