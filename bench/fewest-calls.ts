// The fewest requests that Apollo's endpoints allow for a workload: computed from connector/api/endpoints.ts and what Apollo
// documents of each endpoint, and from nothing else of this program. It is told what no client can know, which records exist,
// and may choose by it; so it is a bound from below.

import { type Endpoint, endpoints } from '../connector/api/endpoints.ts';

/** One row, as far as it decides requests. */
export interface Wanted {
  /** `new`: Apollo has no such record; `found`: it has, under an id that is not known yet; `known`: the id is known. */
  readonly record: 'new' | 'found' | 'known';
  /** What the record is still to be given, by what documents of Apollo call it; of a new one everything. */
  readonly fields: readonly string[];
  /** The owner that it is to have; absent where it is not to be given one. */
  readonly owner?: string;
  readonly lists?: readonly string[];
  readonly stage?: string;
}

export interface Bound {
  readonly creates: number;
  readonly updates: number;
  readonly total: number;
}

// docs.apollo.io/reference/update-a-contact, 2026-08-19: what of a contact that exists is written by nothing else.
const ONLY_PATCH = new Set([
  'direct_phone',
  'corporate_phone',
  'mobile_phone',
  'home_phone',
  'other_phone',
  'website_url',
]);

const requests = (records: number, { maxRecords }: Endpoint): number => Math.ceil(records / maxRecords);
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The fewest requests for contacts; lookups of names and the proof of the key are not among them. */
export function fewestCalls(rows: readonly Wanted[]): Bound {
  const updated = rows.filter(({ record }) => record !== 'new');
  const patched = rows.filter(({ fields }) => fields.some((field) => ONLY_PATCH.has(field)));
  const shared = updated.filter((row) => !patched.includes(row));
  const inBulk = (row: Wanted) => row.fields.length > 0 || row.owner !== undefined;
  const lists = sum(
    [...grouped(updated, ({ lists: names = [] }) => [...names].sort().join()).entries()].map(([names, members]) =>
      names === '' ? 0 : requests(members.length, endpoints.labels.add),
    ),
  );
  const stages = fewestForStages(shared, inBulk);
  const owners = patched.filter(({ record, owner }) => record !== 'new' && owner !== undefined).length;
  const { creates, ownedLater } = fewestForCreates(rows, stages.inBulk + owners);
  const updates = patched.length + lists + stages.requests + requests(stages.inBulk + owners + ownedLater, bulkUpdate);
  return { creates, updates, total: creates + updates };
}

const { bulkCreate, bulkUpdate, updateStages } = endpoints.contacts;

/**
 * Stages by group, or by the PATCHes of those that part-fill a group's last request: the smallest such rests first, as each
 * saves one request however many it holds. What is patched needs no bulk_update.
 */
function fewestForStages(rows: readonly Wanted[], inBulk: (row: Wanted) => boolean) {
  const others = rows.filter(({ stage }) => stage === undefined).filter(inBulk).length;
  const groups = [
    ...grouped(
      rows.filter(({ stage }) => stage !== undefined),
      ({ stage }) => stage!,
    ).values(),
  ];
  const rests = groups
    .map((group) => ({ group, rest: group.length % updateStages.maxRecords }))
    .filter(({ rest }) => rest > 0)
    .sort((a, b) => a.rest - b.rest);
  const all = sum(groups.map((group) => group.filter(inBulk).length)) + others;
  const grouping = sum(groups.map((group) => requests(group.length, updateStages)));
  const choices = [...rests.keys(), rests.length].map((patchedGroups) => {
    const chosen = rests.slice(0, patchedGroups);
    const freed = sum(chosen.map(({ group, rest }) => Math.min(rest, group.filter(inBulk).length)));
    return { requests: grouping - patchedGroups + sum(chosen.map(({ rest }) => rest)), inBulk: all - freed };
  });
  const cost = (choice: (typeof choices)[number]) => choice.requests + requests(choice.inBulk, bulkUpdate);
  return choices.reduce((best, choice) => (cost(choice) < cost(best) ? choice : best));
}

/**
 * Contacts of one request have one owner and one set of lists. Those of an owner that part-fill a request may be created
 * without, together, and be given it by bulk_update: the smallest rests first. Which of a rest exist already, and need no
 * such update more than without, the bound may choose.
 */
function fewestForCreates(rows: readonly Wanted[], updatedAnyway: number) {
  const created = rows.filter(({ record }) => record !== 'known');
  const sets = [...grouped(created, ({ lists = [] }) => [...lists].sort().join()).values()];
  let best: { creates: number; ownedLater: number }[] = [{ creates: 0, ownedLater: 0 }];
  for (const set of sets) {
    best = best.flatMap((before) =>
      choicesOf(set).map((choice) => ({
        creates: before.creates + choice.creates,
        ownedLater: before.ownedLater + choice.ownedLater,
      })),
    );
  }
  const cost = ({ creates, ownedLater }: (typeof best)[number]) =>
    creates + requests(updatedAnyway + ownedLater, bulkUpdate);
  return best.reduce((one, other) => (cost(other) < cost(one) ? other : one));
}

function choicesOf(set: readonly Wanted[]) {
  const free = set.filter(({ owner }) => owner === undefined).length;
  const owners = [
    ...grouped(
      set.filter(({ owner }) => owner !== undefined),
      ({ owner }) => owner!,
    ).values(),
  ];
  const rests = owners
    .map((group) => ({ group, rest: group.length % bulkCreate.maxRecords }))
    .sort((a, b) => a.rest - b.rest);
  const full = sum(owners.map((group) => Math.floor(group.length / bulkCreate.maxRecords)));
  const partly = rests.filter(({ rest }) => rest > 0);
  return [...partly.keys(), partly.length].map((pooled) => {
    const chosen = partly.slice(0, pooled);
    const existing = ({ group, rest }: (typeof partly)[number]) =>
      Math.min(rest, group.filter(({ record }) => record === 'found').length);
    const records = sum(chosen.map(({ rest }) => rest));
    return {
      creates: full + (partly.length - pooled) + requests(free + records, bulkCreate),
      ownedLater: records - sum(chosen.map(existing)),
    };
  });
}
