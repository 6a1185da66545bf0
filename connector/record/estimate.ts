import { currentValue, isBlank, type Shown } from '../../catalog/current-value.ts';
import type { EndpointName } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from './apollo-record.ts';
import { targetFor } from './decision.ts';
import { nextStepOf } from './next-step.ts';
import { afterCreate, afterFind, afterRead, afterWrite } from './progress.ts';
import { type Target, valuesFor } from './target.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/** A record in which every mapped field is blank: what leaves the most to fill in. */
export function blankRecord({ fields }: Target): Shown {
  const made = blanks.get(fields) ?? {
    ...Object.fromEntries(
      [...fields.values()].flatMap(({ shownAs }) => (shownAs === undefined ? [] : [[shownAs, null]])),
    ),
    typed_custom_fields: {},
  };
  blanks.set(fields, made);
  return made;
}

// One for each stream, asked for with each row.
const blanks = new WeakMap<Target['fields'], Shown>();

/** Whether a record is to be offered to an endpoint; undefined where its pending fields say that. */
export const isOffered = (prepared: Prepared, endpoint: EndpointName): boolean | undefined => {
  const offers = prepared.record.mayTake;
  return offers && nextStepOf(prepared) === 'write' && offers.includes(endpoint);
};

/** Tells which pending fields of a record an endpoint would write, or may write. */
export function writtenBy(
  { fields, routes }: Target,
  endpoint: EndpointName,
): (record: ApolloRecord) => readonly string[] {
  const writable = new Set([...fields.keys()].filter((name) => mayWrite(routes, name).includes(endpoint)));
  return (record) => {
    if (record.mayTake !== undefined) return record.pending.filter((name) => writable.has(name));
    const written = routes.of(record);
    return record.pending.filter((name) => written.get(name) === endpoint);
  };
}

/** The endpoints that may write a field, of a record that has a PATCH made for it and of one that has not. */
function mayWrite(routes: Target['routes'], name: string): readonly EndpointName[] {
  const byName = fieldRoutes.get(routes) ?? new Map<string, readonly EndpointName[]>();
  fieldRoutes.set(routes, byName);
  const found = byName.get(name) ?? routesOf(routes, name);
  byName.set(name, found);
  return found;
}

const routesOf = (routes: Target['routes'], name: string): readonly EndpointName[] => {
  const states = [{ pending: [name] }, { pending: [name], byPatch: true } as const];
  return states.flatMap((state) => routes.of(state).get(name) ?? []);
};

// Asked for with each field of each row.
const fieldRoutes = new WeakMap<Target['routes'], Map<string, readonly EndpointName[]>>();

/** What an endpoint answers in an estimate: it writes all that it is to write. */
export function afterEstimate(target: Target, prepared: Prepared, endpoint: EndpointName): Answer<ApolloRecord> {
  const { record, id } = prepared;
  const offers = record.mayTake;
  if (offers === undefined) return afterWrite(prepared, Object.keys(valuesFor(target, record, endpoint)));
  const left = offers.filter((one) => one !== endpoint);
  const isCreated = record.progress === 'created';
  const after: ApolloRecord = { ...record, progress: isCreated ? 'created' : 'changed', mayTake: left };
  return { status: left.length > 0 ? 'onward' : isCreated ? 'created' : 'updated', id: id!, record: after };
}

/**
 * The lower bound of what is left to write after a bulk_create. Where existing records are left alone, nothing is left; else
 * only fields that a create cannot carry and an answer cannot show to be there, and that one endpoint always writes.
 */
export function lowerAfterCreate(given: Target, prepared: Prepared, id: string): Answer<ApolloRecord> {
  const target = targetFor(given, prepared.record);
  if (target.existing === 'keep') return afterFind(target, prepared, id, {});
  const { record } = prepared;
  const shown = blankRecord(target);
  const pending = record.pending.filter((name) => {
    const field = target.fields.get(name)!;
    const isCarried = field.writable.create !== undefined || isBlank(record.values[name]!);
    return !isCarried && !currentValue(field, shown).known && hasOneRoute(target, name);
  });
  const left: ApolloRecord = { ...record, pending, progress: 'created' };
  return pending.length > 0 ? { status: 'onward', id, record: left } : { status: 'created', id, record: left };
}

/** The lower bound of what is left to write after a read: only fields that an answer cannot show to be there. */
export function lowerAfterRead(given: Target, prepared: Prepared, id: string): Answer<ApolloRecord> {
  const target = targetFor(given, prepared.record);
  if (target.existing !== 'update') return afterRead(target, prepared, id, {});
  const { record } = prepared;
  const shown = blankRecord(target);
  const isLeft = (name: string) => !currentValue(target.fields.get(name)!, shown).known && hasOneRoute(target, name);
  const pending = record.pending.filter(isLeft);
  const left: ApolloRecord = { ...record, pending, progress: 'found' };
  return pending.length > 0 ? { status: 'onward', id, record: left } : { status: 'unchanged', id, record: left };
}

function hasOneRoute({ routes }: Target, name: string): boolean {
  const [usual, patched] = mayWrite(routes, name);
  return routes.has(name) && usual === patched;
}

/**
 * The upper bound of what is left to write of a record that Apollo has matched. Where existing records are left alone, it is
 * what a create leaves to write.
 */
export function upperAfterMatch(given: Target, prepared: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  const target = targetFor(given, prepared.record);
  const { intended, last } = prepared.record;
  if (intended || last?.isUnfinished)
    return offered(target, afterFind({ ...target, existing: 'update' }, prepared, id, {}));
  const after = target.existing === 'keep' ? afterCreate : afterFind;
  return offered(target, after(target, prepared, id, target.existing === 'keep' ? {} : shown));
}

/** The same for a record that has been read and is not read a second time. */
export const upperAfterRead = (target: Target, prepared: Prepared, id: string): Answer<ApolloRecord> =>
  prepared.record.progress === 'unverified' && targetFor(target, prepared.record).existing !== 'fill_blanks'
    ? upperAfterMatch({ ...target, readsBefore: false }, prepared, id, {})
    : offered(target, afterRead(target, prepared, id, blankRecord(target)));

/** Offers a record to every endpoint that may write some of its pending fields. */
function offered({ routes }: Target, answer: Answer<ApolloRecord>): Answer<ApolloRecord> {
  const { record } = answer;
  if (answer.status !== 'onward' || record === undefined || record.progress === 'unread') return answer;
  return { ...answer, record: { ...record, mayTake: [...routes.taken(record.pending)] } };
}

/** A record whose pending fields are known goes where those go; it may do so alone in its request. */
export function upperBoundOf({ routes }: Target, record: ApolloRecord): ApolloRecord {
  if (record.pending.length === 0 || (record.progress !== 'found' && record.progress !== 'created')) return record;
  const usual = [...routes.of(record)];
  // Alone in the request of a group it goes by PATCH (steps/assign.ts).
  const mayBeAlone = usual.some(([name, by]) => record.pending.includes(name) && (by === 'stages' || by === 'owners'));
  const isEither = mayBeAlone && routes.isBetterPatched(record);
  const states = isEither ? [record, { ...record, byPatch: true as const }] : [record];
  const mayTake = new Set(states.flatMap((state) => state.pending.flatMap((name) => routes.of(state).get(name) ?? [])));
  return { ...record, mayTake: [...mayTake] };
}
