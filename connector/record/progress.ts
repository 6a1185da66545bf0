import { currentValue, isBlank, isShownAsSent, type Shown, sameValue } from '../../catalog/current-value.ts';
import { customIdOf } from '../../catalog/custom-field.ts';
import { matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { EndpointName, Field, Values, WireValue } from '../../catalog/object.ts';
import { shownName } from '../../catalog/shown-name.ts';
import type { Change } from '../../runtime/contract/change.ts';
import type { Rejection } from '../../runtime/contract/outcome.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Intended } from '../../runtime/contract/state-store.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import type { ApolloRecord } from './apollo-record.ts';
import { canWait } from './body.ts';
import { contradicted } from './confirmation.ts';
import { targetFor } from './decision.ts';
import type { Target } from './target.ts';

type LostField = NonNullable<ApolloRecord['lost']>[number];

type Prepared = PreparedRecord<ApolloRecord>;

/** What to do next with a record that this run created, and that Apollo shows as `shown`. */
export function afterCreate(target: Target, { record }: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  // Apollo drops some values it does not like and creates the record all the same, an e-mail for one
  // (Apollo's older documentation of contacts, 2024): what came back blank, or otherwise, is still to be written.
  const open = record.pending.filter((name) => {
    const field = target.fields.get(name)!;
    if (isBlank(record.values[name]!)) return false;
    if (hasWaited(field, record)) return !isShown(field, record, shown);
    return field.writable.create === undefined || isContradicted(target, record, name, shown);
  });
  // Nothing is, of most: their values are what Apollo holds.
  if (open.length === 0) return next(id, confirming(record, valuesOf(record, record.pending), whole));
  const pending = open.filter((name) => target.routes.has(name));
  const taken = record.pending.filter((name) => !open.includes(name));
  const lost = open.filter((name) => !pending.includes(name) && target.fields.get(name)!.writable.create !== undefined);
  const created: ApolloRecord = {
    ...record,
    pending,
    ...losing(target, record, lost, endpoints[target.object.name].bulkCreate.display),
    seen: { ...record.seen, ...seenOf(target, pending, shown) },
    progress: 'created',
  };
  return next(id, confirming(created, valuesOf(record, taken)));
}

/** How a record ends that holds all that it was to have. */
const whole: Pick<ApolloRecord, 'pending' | 'progress'> = { pending: [], progress: 'created' };

function isContradicted({ fields }: Target, record: ApolloRecord, name: string, shown: Shown): boolean {
  if (isShownAsSent(fields.get(name)!, record.values[name]!, shown)) return false;
  // No answer shows lists by name; one without any contradicts all of them.
  if (fields.get(name)!.type === 'lists') return Array.isArray(shown['label_ids']) && shown['label_ids'].length === 0;
  return contradicted(fields, { values: valuesOf(record, [name]), before: {} }, shown).length > 0;
}

/** A record that Apollo has, with fields that it did not take and that nothing is left to write with. */
function losing({ fields }: Target, { lost = [] }: ApolloRecord, names: readonly string[], endpoint: string) {
  if (names.length === 0) return {};
  return { lost: [...lost, ...names.map((name) => lostField(fields.get(name)!, endpoint))] };
}

/** Whether the record was created without the field. */
const hasWaited = (field: Field, { isPooled }: ApolloRecord): boolean => canWait(field) && isPooled === true;

function isShown(field: Field, { values }: ApolloRecord, shown: Shown): boolean {
  const current = currentValue(field, shown);
  return current.known && sameValue(field, values[field.name]!, current.value);
}

/**
 * What to do next with a record that was about to be created when the answer was lost, and that Apollo has since then: it
 * counts as created, whatever happens to records that others have made, and is compared as any other.
 */
export function afterOwn(target: Target, prepared: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  const { decision: _, ...own } = prepared.record;
  const undecided = { ...prepared, record: own as ApolloRecord };
  const answer = afterFind({ ...target, existing: 'update', readsBefore: false }, undecided, id, shown);
  const record: ApolloRecord = { ...(answer.record ?? prepared.record), progress: 'created' };
  return next(id, record);
}

/**
 * Whether a record that Apollo shows was made after what was intended was sent, by Apollo's own clock. Some answers are
 * precise to the second only.
 */
export function isOwn({ at }: Intended, { created_at: created }: Shown): boolean {
  const createdAt = typeof created === 'string' ? Date.parse(created) : Number.NaN;
  const latest = createdAt % 1000 === 0 ? createdAt + 999 : createdAt;
  return latest >= at;
}

/** What to do next with a record that Apollo already has, and shows as `shown`. */
export function afterFind(target: Target, prepared: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  const { last } = prepared.record;
  const plain = last === undefined ? prepared.record : { ...prepared.record, last: undefined };
  if (last?.id !== id) return compared(target, plain, id, shown);
  const { values: confirmed, lists, protects = [], isUnfinished } = last;
  const pending = plain.pending.filter((name) => !protects.includes(name));
  const record: ApolloRecord = { ...plain, pending, confirmed, ...(lists && { lists }) };
  return isUnfinished ? afterOwn(target, { ...prepared, record }, id, shown) : compared(target, record, id, shown);
}

/** The same, by the values that it shows, and that were confirmed of what it does not show. */
function compared(given: Target, record: ApolloRecord, id: string, shown: Shown): Answer<ApolloRecord> {
  const target = targetFor(given, record);
  if (target.existing === 'keep') return { status: 'skipped', id };
  const pending = record.pending.filter((name) => {
    if (!target.routes.has(name) || isKeptKey(target, name, record, shown)) return false;
    const current = heldValue(target, name, record, shown);
    if (target.existing === 'fill_blanks' && isBlank(record.values[name]!)) return false;
    if (!current.known) return true;
    if (target.existing === 'fill_blanks') return isBlank(current.value);
    return !sameValue(target.fields.get(name)!, record.values[name]!, current.value);
  });
  const needsAll = target.existing === 'fill_blanks' || target.readsBefore;
  const unread = needsAll && pending.some((name) => isUnread(target, name, shown) && !isConfirmed(record, name));
  const kept = record.pending.filter((name) => !pending.includes(name));
  const found: ApolloRecord = {
    ...record,
    pending,
    seen: { ...record.seen, ...seenOf(target, pending, shown) },
    progress: unread ? 'unread' : 'found',
  };
  return next(id, confirming(found, held(target, record, kept, shown)));
}

function heldValue({ fields }: Target, name: string, record: ApolloRecord, shown: Shown) {
  const current = currentValue(fields.get(name)!, shown);
  return current.known || !isConfirmed(record, name) ? current : { known: true, value: record.confirmed![name] };
}

const isConfirmed = ({ confirmed = {} }: ApolloRecord, name: string): boolean => Object.hasOwn(confirmed, name);

/** What Apollo holds of fields that need not be written: as the row has it, or as Apollo keeps it from being filled. */
function held(target: Target, { values }: ApolloRecord, names: readonly string[], shown: Shown): Values {
  const routed = names.filter((name) => target.routes.has(name));
  if (target.existing !== 'fill_blanks') return valuesOf({ values }, routed);
  return Object.fromEntries(Object.entries(seenOf(target, routed, shown)).filter(([, value]) => value !== ''));
}

/** What Apollo shows of fields; the empty string of a blank one. */
function seenOf({ fields }: Target, names: readonly string[], shown: Shown): Values {
  const seen: Record<string, WireValue> = {};
  for (const name of names) {
    const value = shownValue(fields.get(name)!, shown);
    if (value !== undefined) seen[name] = value;
  }
  return seen;
}

function shownValue(field: Field, shown: Shown): WireValue | undefined {
  const current = currentValue(field, shown);
  if (!current.known) return undefined;
  if (isBlank(current.value)) return '';
  // A phone number comes as it was given, and as Apollo has sanitised it.
  const value = field.type === 'phone' && Array.isArray(current.value) ? current.value[0] : current.value;
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

/**
 * What to do next with a record of `on_existing: fill_blanks` that has been read in full. A field that even the full
 * record does not show is left alone: it may not be blank.
 */
export function afterRead(given: Target, prepared: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  const target = targetFor(given, prepared.record);
  const visible = prepared.record.pending.filter((name) => !isUnread(target, name, shown));
  const record = { ...prepared.record, pending: target.existing === 'fill_blanks' ? visible : prepared.record.pending };
  return afterFind({ ...target, readsBefore: false }, { ...prepared, record }, id, shown);
}

/** What to do next with a record whose `written` fields Apollo has just confirmed. */
export function afterWrite({ record, id }: Prepared, written: readonly string[]): Answer<ApolloRecord> {
  const pending = record.pending.filter((name) => !written.includes(name));
  const isChanged = written.length > 0 && record.progress !== 'created';
  const after: ApolloRecord = isChanged
    ? { ...record, pending, progress: 'changed', changes: [...(record.changes ?? []), ...changesOf(record, written)] }
    : { ...record, pending };
  return next(id!, confirming(after, valuesOf(record, written)));
}

/** A request that wrote fields of a record, and what Apollo answered. */
interface Written {
  readonly by: EndpointName;
  /** As messages name it. */
  readonly endpoint: string;
  readonly values: Values;
  readonly shown: Shown;
}

/**
 * What to do next with a record whose fields were sent: what the answer does not contradict is written; the rest goes to
 * the next endpoint that can write it, and where there is none the record will be rejected.
 */
export function afterSent(target: Target, sent: Prepared, { by, endpoint, values, shown }: Written) {
  const record = hasStrayed(target, sent.record, shown) ? withKey(target, sent.record, by) : sent.record;
  const prepared = { ...sent, record };
  const before: Values = { ...record.confirmed, ...record.seen };
  const refused = contradicted(target.fields, { values, before }, shown);
  if (refused.length === 0) return afterWrite(prepared, Object.keys(values));
  const untaken = { ...record.untaken };
  for (const name of refused) untaken[name] = [...(untaken[name] ?? []), by];
  const left = target.routes.of({ ...record, untaken });
  const lost = refused.filter((name) => !left.has(name));
  const after: ApolloRecord = {
    ...record,
    untaken,
    ...losing(target, record, lost, endpoint),
    pending: record.pending.filter((name) => !lost.includes(name)),
    // What Apollo holds of them by now is not known: it may show what it held a moment ago.
    confirmed: without(record.confirmed, refused),
    seen: { ...seenOf(target, refused, shown), ...before },
  };
  return afterWrite(
    { ...prepared, record: after },
    Object.keys(values).filter((name) => !refused.includes(name)),
  );
}

/**
 * Whether an answer shows a record without the match key of its row, which was not written as the record was known by it:
 * somebody has given it another one at Apollo.
 */
function hasStrayed(target: Target, record: ApolloRecord, shown: Shown): boolean {
  const { object, routes, existing } = targetFor(target, record);
  const { matchField, name } = object;
  const { matchKey, pending, confirmed = {} } = record;
  if (!matchKey.startsWith(`${matchField}:`) || !routes.has(matchField) || existing !== 'update') return false;
  if (pending.includes(matchField) || Object.hasOwn(confirmed, matchField) || isBlank(shown[matchField])) return false;
  return !matchKeysOfAnswer(name, shown).includes(matchKey);
}

/** The record, to be given its match key back by PATCH: no step comes twice, and only that of stages comes before bulk_update. */
const withKey = ({ object }: Target, record: ApolloRecord, by: EndpointName): ApolloRecord => ({
  ...record,
  pending: [...record.pending, object.matchField],
  ...(by !== 'stages' && { byPatch: true }),
});

/** What to do next with a record that was to be added to lists, by an answer that does not confirm it. */
export function afterUnlisted(
  target: Target,
  prepared: Prepared,
  endpoint: string,
  said: string,
): Answer<ApolloRecord> {
  const { record } = prepared;
  const lost = lostField(target.fields.get('lists')!, endpoint, said);
  const pending = record.pending.filter((name) => name !== 'lists');
  return afterWrite({ ...prepared, record: { ...record, pending, lost: [...(record.lost ?? []), lost] } }, []);
}

const without = (values: Values | undefined, names: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values ?? {}).filter(([name]) => !names.includes(name)));

/** Of a field that an earlier run has written, what that run left. Lists are added to: what a record was in stays. */
const changesOf = ({ values, seen, confirmed }: ApolloRecord, written: readonly string[]): readonly Change[] =>
  written.map((field) => {
    const before = seen?.[field] ?? confirmed?.[field];
    const after = values[field];
    return before === undefined ? { field, after } : { field, before, after };
  });

/**
 * Whether a field is the match key by which the record was found, as an additional e-mail address may be: to write it would
 * push out the primary one.
 */
const isKeptKey = ({ object }: Target, name: string, { matchKey }: ApolloRecord, shown: Shown): boolean =>
  name === object.matchField && !isBlank(shown[name]) && matchKeysOfAnswer(object.name, shown).includes(matchKey);

/** Lists can always be added to; what a record is in already does not matter, and answers do not show it. */
function isUnread(target: Target, name: string, shown: Shown): boolean {
  const field = target.fields.get(name)!;
  return field.type !== 'lists' && !currentValue(field, shown).known;
}

function next(id: string, record: ApolloRecord): Answer<ApolloRecord> {
  if (record.pending.length > 0) return { status: 'onward', id, record };
  if (record.lost !== undefined) return { status: 'rejected', id, record, rejection: rejectionOf(record.lost) };
  return { status: endOf[record.progress] ?? 'unchanged', id, record };
}

const lostField = (field: Field, endpoint: string, said?: string): LostField => ({
  name: shownName(field),
  title: customIdOf(field) === undefined ? (field.mappedAs ?? field.title) : field.title,
  endpoint,
  ...(said !== undefined && { said }),
});

/** Why a record is rejected that Apollo has, and has not taken everything of. */
export function rejectionOf(lost: readonly LostField[]): Rejection {
  const { name, endpoint, said } = lost[0]!;
  const titles = lost.map(({ title }) => title).join(', ');
  return {
    code: 'apollo_rejected',
    message: `Apollo answered that it wrote the record, and did not take ${titles}${said === undefined ? '' : `: ${said}`}.`,
    field: name,
    endpoint,
    httpStatus: 200,
    attempts: 1,
    ...(said !== undefined && { retryable: true }),
  };
}

/** The values of some fields of a record. */
export function valuesOf({ values }: Pick<ApolloRecord, 'values'>, names: readonly string[]): Values {
  // Of a new record all of them, most of the time.
  if (areAllOf(values, names)) return values;
  const taken: Record<string, WireValue> = {};
  for (const name of names) taken[name] = values[name]!;
  return taken;
}

function areAllOf(values: Values, names: readonly string[]): boolean {
  let count = 0;
  for (const name in values) {
    if (!names.includes(name)) return false;
    count++;
  }
  return count === names.length;
}

/** The record with values that Apollo has confirmed, and how far it has come by that: default, as far as before. */
function confirming(
  record: ApolloRecord,
  values: Values,
  { pending, progress }: Pick<ApolloRecord, 'pending' | 'progress'> = record,
): ApolloRecord {
  const confirmed = record.confirmed === undefined ? values : { ...record.confirmed, ...values };
  const { lists } = values;
  const now = { ...record, pending, progress, confirmed } as ApolloRecord;
  return Array.isArray(lists) ? { ...now, lists: [...new Set([...(record.lists ?? []), ...lists])].sort() } : now;
}

const endOf: Partial<Record<ApolloRecord['progress'], 'created' | 'updated' | 'skipped'>> = {
  kept: 'skipped',
  created: 'created',
  changed: 'updated',
};
