import type { Json } from '../../api/error-body.ts';
import { type Evidence, objectOf } from '../evidence.ts';
import type { Finding } from '../probe.ts';
import { phoneOf } from '../questions/account-questions.ts';
import { customField, type FieldKind } from '../questions/asking.ts';
import { KINDS, LONG, MOMENT } from '../questions/value-questions.ts';
import { plain } from '../setting.ts';

const eve = (evidence: Evidence, question: string): Json | undefined =>
  evidence.shown(question, evidence.contact('eve'));

/** The kinds of values that a contact shows something for. */
function filledIn(evidence: Evidence, record: Json): ReadonlySet<string> {
  const custom = objectOf(record['typed_custom_fields']) ?? {};
  const phones = record['phone_numbers'];
  return new Set([
    ...(isEmpty(record['title']) ? [] : ['text']),
    ...(isEmpty(record['present_raw_address']) ? [] : ['address']),
    ...(isEmpty(phones) ? [] : ['phone']),
    ...KINDS.filter((kind) => !isEmpty(custom[customField(evidence, 'contact', kind)?.id ?? ''])),
  ]);
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** The kinds that were there and are gone. */
function cleared(evidence: Evidence, set: string, emptied: string): readonly string[] | undefined {
  const [before, after] = [eve(evidence, set), eve(evidence, `${emptied}.shown`)];
  if (before === undefined || after === undefined || !evidence.isOk(emptied)) return undefined;
  const [had, has] = [setIn(evidence, before), filledIn(evidence, after)];
  return had.length === 0 ? undefined : had.filter((kind) => !has.has(kind)).toSorted();
}

/** The kinds that show what was sent last: of others it cannot be said whether they were there. */
function setIn(evidence: Evidence, record: Json): readonly string[] {
  const { tag } = evidence;
  const isSet: Readonly<Record<string, boolean>> = {
    text: plain(record['title']) === `values ${tag}`,
    address: plain(record['present_raw_address']).startsWith(`${tag} short street`),
    phone: JSON.stringify(record['phone_numbers'] ?? '').includes(phoneOf(evidence)),
  };
  return [...filledIn(evidence, record)].filter((kind) => isSet[kind] ?? true);
}

export const clearedByNull = (evidence: Evidence): Finding | undefined =>
  cleared(evidence, 'values.set.shown', 'values.null');

/** The kinds that "" does not clear. */
export function keptByEmpty(evidence: Evidence): Finding | undefined {
  const set = eve(evidence, 'values.set.shown');
  const gone = cleared(evidence, 'values.set.shown', 'values.empty');
  if (set === undefined || gone === undefined || !evidence.isOk('values.reset')) return undefined;
  return setIn(evidence, set)
    .filter((kind) => !gone.includes(kind))
    .toSorted();
}

const custom = (evidence: Evidence, question: string, kind: FieldKind): unknown => {
  const field = customField(evidence, 'contact', kind);
  return field && objectOf(eve(evidence, question)?.['typed_custom_fields'])?.[field.id];
};

/** Whether text is taken for this kind at all: without that, nothing can be said of other forms. */
const isWritable = (evidence: Evidence, kind: FieldKind): boolean =>
  !isEmpty(custom(evidence, 'values.set.shown', kind));

export function nativeNumber(evidence: Evidence): Finding | undefined {
  if (!evidence.isOk('values.native') || !isWritable(evidence, 'number')) return undefined;
  if (eve(evidence, 'values.native.shown') === undefined) return undefined;
  return Number(custom(evidence, 'values.native.shown', 'number')) === 43 ? 'stored' : 'ignored';
}

/** How an answer reports a custom value that does not fit. */
export function misfit(evidence: Evidence): Finding | undefined {
  if (evidence.status('values.misfit') === 422) return 'refused';
  const record = objectOf(objectOf(evidence.json('values.misfit'))?.['contact']);
  if (record === undefined || !isWritable(evidence, 'number')) return undefined;
  if (plain(custom(evidence, 'values.misfit.shown', 'number')) === 'not a number') return 'stored';
  return errorsForm(record['custom_field_errors'], customField(evidence, 'contact', 'number')!.id);
}

function errorsForm(errors: unknown, id: string): Finding {
  if (isEmpty(errors) || (objectOf(errors) && Object.keys(errors as Json).length === 0)) return 'silent';
  if (Array.isArray(errors)) return 'array';
  if (typeof errors === 'string') return 'string';
  return typeof objectOf(errors)?.[id] === 'string' ? 'reported' : 'nested';
}

/** What the name of an option becomes. */
export function optionName(evidence: Evidence): Finding | undefined {
  if (evidence.status('values.option') === 422) return 'refused';
  const [, second] = customField(evidence, 'contact', 'picklist')?.options ?? [];
  if (second === undefined || !evidence.isOk('values.option') || !isWritable(evidence, 'picklist')) return undefined;
  if (eve(evidence, 'values.option.shown') === undefined) return undefined;
  const stored = [custom(evidence, 'values.option.shown', 'picklist')].flat();
  return stored.includes(second.id) ? 'resolved' : stored.includes(second.name) ? 'stored' : 'ignored';
}

/** In which zone a moment comes back. */
export function moment(evidence: Evidence): Finding | undefined {
  const stored = custom(evidence, 'values.set.shown', 'datetime');
  if (typeof stored !== 'string' || stored === '') return undefined;
  if (stored === MOMENT) return 'sent';
  return Date.parse(stored) === Date.parse(MOMENT) ? 'utc' : 'other';
}

/** What happens to a text that is very long. */
export function longText(evidence: Evidence): Finding | undefined {
  if (evidence.status('values.long') === 422) return '422';
  const title = plain(eve(evidence, 'values.long.shown')?.['title']);
  if (!title.startsWith('looo')) return undefined;
  return title.length === LONG.length ? 'kept' : 'cut';
}

/** In which spelling a text is stored. */
export function spelling(evidence: Evidence): Finding | undefined {
  const title = evidence.shown('patch.dan.spelling.shown', evidence.contact('dan'))?.['title'];
  const sent = `vp  of ${evidence.tag}`;
  if (typeof title !== 'string' || plain(title) !== plain(sent)) return undefined;
  if (title === sent) return 'sent';
  return title === sent.replace('  ', ' ') ? 'spaces' : 'title-case';
}
