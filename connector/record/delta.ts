import { isBlank, sameValue } from '../../catalog/current-value.ts';
import type { Field, Values, WireValue } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Known } from '../../runtime/contract/state-store.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import type { ApolloRecord, Progress } from './apollo-record.ts';
import { targetFor } from './decision.ts';
import type { Target } from './target.ts';

/**
 * What is left to do for a record that earlier runs know something about: only fields that Apollo has not confirmed as
 * they are now. A record that this destination was about to create, without learning how that ended, goes on as its
 * own; any other that exists is treated by the policy, whoever has made it.
 */
export function delta(
  given: Target,
  { id: own, record }: PreparedRecord<ApolloRecord>,
  known: Known,
): Answer<ApolloRecord> {
  const target = targetFor(given, record);
  const id = own ?? known.id;
  const confirmed = id === known.id ? confirmedOf(target, known, record.matchKey) : {};
  const lists = (id === known.id ? known.lists : undefined) ?? record.lists;
  const remembered: ApolloRecord = { ...record, confirmed, lists, intended: known.intended ?? record.intended };
  const base: ApolloRecord = known.isDrifted ? { ...remembered, isRepair: true } : remembered;
  if (id === undefined) return { status: 'onward', record: base };

  const { matchField } = target.object;
  const isKnownByKey = id === known.id && known.matchKey === record.matchKey && !known.unfinished;
  // An additional address may be the key by which it is known: to write that would push out the primary one.
  const isNamedByIt = isKnownByKey && record.matchKey.startsWith(`${matchField}:`);
  const pending = record.pending.filter((name) => {
    if (known.protects?.includes(name)) return false;
    if (isNamedByIt && name === matchField && !Object.hasOwn(confirmed, name)) return false;
    return target.routes.has(name) && differs(target, name, base);
  });
  if (known.unfinished) {
    const filled = pending.filter((name) => !isBlank(base.values[name]!));
    return onward(id, { ...base, pending: filled, progress: 'created' });
  }
  return byPolicy(target, { id, base, pending, known });
}

/**
 * The same where the record has come to this row from another one, by its match key. Somebody may have given it another one at
 * Apollo, which only the answer to a write would show: before anything is written, the row is looked for as `sought`, one of a
 * hundred in a request.
 */
export function deltaSought(
  target: Target,
  prepared: PreparedRecord<ApolloRecord>,
  known: Known,
  sought: (prepared: PreparedRecord<ApolloRecord>) => ApolloRecord,
): Answer<ApolloRecord> {
  const answer = delta(target, prepared, known);
  const { id = known.id } = prepared;
  if (!known.moved || answer.status !== 'onward' || id === undefined || id !== known.id) return answer;
  const { lists, intended, unfinished: isUnfinished = false } = known;
  const protects = known.protects ?? undefined;
  const last = { id, values: confirmedOf(target, known, prepared.record.matchKey), lists, protects, isUnfinished };
  return { status: 'onward', record: { ...sought(prepared), last, ...(intended && { intended }) } };
}

/** What is left to do for a record that exists, by what the stream does with existing ones; `pending` differs. */
function byPolicy(
  target: Target,
  existing: {
    readonly id: string;
    readonly base: ApolloRecord;
    readonly pending: readonly string[];
    readonly known: Known;
  },
): Answer<ApolloRecord> {
  const { id, base, pending, known } = existing;
  const { confirmed = {} } = base;
  if (target.existing === 'keep') return { status: pending.length > 0 ? 'skipped' : keptAs(known), id, record: base };
  if (target.existing === 'update') {
    const isUnseen = target.readsBefore && pending.some((name) => !Object.hasOwn(confirmed, name));
    const isRenamed = isKnownOtherwise(target, base, known);
    const progress = isUnseen ? 'unread' : 'found';
    return onward(id, { ...base, isRenamed: isRenamed || base.isRenamed, pending, progress });
  }

  const blank = pending.filter((name) => !isBlank(base.values[name]!) && isBlank(confirmed[name]));
  // Only Apollo knows whether a field that was not read is blank.
  const progress: Progress = blank.some((name) => !Object.hasOwn(confirmed, name)) ? 'unread' : 'found';
  return onward(id, { ...base, pending: blank, progress });
}

/** Whether the record is known by another value of the match field than that of its row, or by another kind of key. */
function isKnownOtherwise(
  { object }: Target,
  { values, confirmed = {}, matchKey }: ApolloRecord,
  known: Known,
): boolean {
  const { matchField } = object;
  if (values[matchField] === undefined || isBlank(values[matchField])) return false;
  return Object.hasOwn(confirmed, matchField) || known.matchKey !== matchKey;
}

const onward = (id: string, record: ApolloRecord): Answer<ApolloRecord> => {
  if (record.pending.length > 0) return { status: 'onward', id, record };
  return { status: record.progress === 'created' ? 'created' : 'unchanged', id, record };
};

/** A record that was left alone before is left alone again. */
const keptAs = ({ outcome }: Known): 'skipped' | 'unchanged' => (outcome === 'skipped' ? 'skipped' : 'unchanged');

/** What Apollo confirmed, of the fields that are still mapped. */
function confirmedOf(target: Target, { values, held, matchKey }: Known, wanted: string): Values {
  if (held !== undefined) return heldOf(target, held, { isWanted: matchKey === wanted });
  const remembered = (values ?? {}) as Values;
  const confirmed: Record<string, WireValue> = {};
  for (const name of Object.keys(remembered)) if (target.fields.has(name)) confirmed[name] = remembered[name]!;
  return confirmed;
}

function differs({ fields }: Target, name: string, { values, confirmed = {} }: ApolloRecord): boolean {
  return !Object.hasOwn(confirmed, name) || !sameValue(fields.get(name)!, values[name]!, confirmed[name]);
}

/**
 * What Apollo holds by an inventory, where that is newer than what it confirmed; what it confirmed, where that is newer. Where neither
 * is certain, a field counts only where both are the same: to write it once more does no harm.
 */
function heldOf(
  { fields, object }: Target,
  { evidence, values, confirmed, isNamed }: NonNullable<Known['held']>,
  { isWanted }: { readonly isWanted: boolean },
): Values {
  const [theirs, ours] = [(values ?? {}) as Values, (confirmed ?? {}) as Values];
  const known: Record<string, WireValue> = {};
  for (const [name, field] of fields) {
    // A key by which the record is found need not be written, and would push out another one.
    if (isNamed && isWanted && name === object.matchField) continue;
    const their = theirs[name];
    // That it is not found by its key is certain enough: the key is written, whichever of the two is newer.
    const value =
      heldValue(field, evidence, { our: ours[name], their }) ?? (name === object.matchField ? their : undefined);
    if (value !== undefined) known[name] = value;
  }
  return known;
}

/** What is known of one field; undefined where nothing is. */
function heldValue(
  field: Field,
  evidence: NonNullable<Known['held']>['evidence'],
  { our, their }: { readonly our: WireValue | undefined; readonly their: WireValue | undefined },
): WireValue | undefined {
  if (their === undefined || evidence === 'older') return our;
  if (evidence === 'newer') return their;
  return our !== undefined && sameValue(field, our, their) ? our : undefined;
}
