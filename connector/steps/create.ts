import { isBlank } from '../../catalog/current-value.ts';
import { identityOfAnswer, matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { Values, WireValue } from '../../catalog/object.ts';
import type { Position } from '../../runtime/contract/outcome.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer, Answers } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import { type BulkCreated, bulkCreated, type Slim } from '../api/wire.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { canWait, listsOf, place } from '../record/body.ts';
import { decisionStale, evidenceOf, staleness } from '../record/decision.ts';
import { matchConflict, showsOther } from '../record/match-conflict.ts';
import { nextStepOf } from '../record/next-step.ts';
import { type Pair, pair } from '../record/pairing.ts';
import { afterCreate, afterFind, afterOwn, afterRead, isOwn } from '../record/progress.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';
import { isCreatedAgain, sortedOut, undecided } from './creating/leftover.ts';
import { worthPooling } from './creating/pool.ts';
import { Tries } from './creating/tries.ts';
import { fieldAt } from './request/field-at.ts';
import { writingLimits } from './request/limits.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/**
 * Creates what Apollo lacks and finds what it has: with `run_dedupe`, bulk_create leaves matches as they are
 * (docs.apollo.io/reference/bulk-create-contacts and bulk-create-accounts, 2026-08; P04, P06; P09 to P11, P29, P56).
 */
export function create(target: Target): ApolloStep {
  const endpoint = endpoints[target.object.name].bulkCreate;
  const orphans: Orphans = new Map();
  const tries = new Tries();
  // Without a field that stands once in a request, records need not agree on anything.
  const hasShared = [...target.fields.values()].some(({ writable }) => writable.create?.in === 'request');
  return {
    kind: 'create',
    request: endpoint.display,
    limits: writingLimits(endpoint, target),
    idempotent: true,
    creates: true,
    takes: (prepared) => nextStepOf(prepared) === 'create',
    sharing: {
      ...(hasShared && { key: (prepared: Prepared) => JSON.stringify(requestLevel(target, prepared)) }),
      conflicts: ({ record }) => record.identity,
      // Only where existing records are updated too: whatever cuts a run off before the owner is written, the next one does it.
      ...(target.existing === 'update' && { relax: (batches) => pooled(target, batches) }),
    },
    async send(records, signal, announce) {
      const attempts = tries.of(records, announce);
      const answer = await bulkCreate(target, records, { run_dedupe: true, ...attempts }, signal);
      const answers = await answersOf(target, records.map(tries.intended), answer, { orphans, signal });
      tries.end(answers);
      return answers;
    },
    content: { of: (prepared) => payloadOf(target, prepared), fieldAt: fieldAt(target, 'create') },
  };
}

/** An additional e-mail address or a CRM id may be why Apollo matched it; the slim record shows neither. */
export const inDoubt = (record: ApolloRecord, candidate: string): Answer<ApolloRecord> => ({
  status: 'onward',
  record: { ...record, progress: 'unverified', candidate },
});

/** One bulk_create of records that agree on what stands at the level of the request. */
export async function bulkCreate(
  target: Target,
  records: readonly Prepared[],
  { run_dedupe, before, undelivered }: { run_dedupe: boolean } & Partial<ReturnType<Tries['of']>>,
  signal: AbortSignal,
): Promise<BulkCreated> {
  const { name } = target.object;
  const body = {
    run_dedupe,
    ...requestLevel(target, records[0]!),
    [name]: records.map((prepared) => entryOf(target, prepared)),
  };
  return target.apollo.call(
    endpoints[name].bulkCreate,
    {
      body,
      records: records.length,
      idempotent: run_dedupe,
      schema: bulkCreated(name, records.length),
      before,
      undelivered,
    },
    signal,
  );
}

/** Contacts take one owner and one set of lists a request (docs.apollo.io/reference/bulk-create-contacts, 2026-08). */
export const requestLevel = (target: Target, prepared: Prepared) =>
  place(target.fields, sendable(target, prepared), 'create').request;

/** What a bulk_create says of a record, and of the others in its request. */
export const payloadOf = (target: Target, prepared: Prepared) => ({
  ...requestLevel(target, prepared),
  ...entryOf(target, prepared),
});

const entryOf = (target: Target, prepared: Prepared) =>
  place(target.fields, sendable(target, prepared), 'create').record;

/** A record that does not exist yet has nothing to clear. Lists are a set: their order must not part two batches. */
const sendable = (target: Target, { record }: Prepared): Values => {
  const isSent = (name: string) => record.isPooled !== true || !canWait(target.fields.get(name)!);
  const values: Record<string, WireValue> = {};
  for (const name in record.values) {
    const value = record.values[name]!;
    if (!isBlank(value) && isSent(name)) values[name] = value;
  }
  return values['lists'] === undefined ? values : { ...values, lists: listsOf(record) };
};

/** The records of part-filled requests that are better created without an owner, to be given it by bulk_update. */
function pooled(target: Target, batches: readonly (readonly Prepared[])[]): readonly Prepared[] {
  const { bulkCreate, bulkUpdate } = endpoints[target.object.name];
  const withoutOwner = (prepared: Prepared): Prepared => ({
    ...prepared,
    record: { ...prepared.record, isPooled: true },
  });
  const parts = batches.map((records) => {
    const [now, then] = [records[0]!, withoutOwner(records[0]!)].map((one) =>
      JSON.stringify(requestLevel(target, one)),
    );
    const conflicts = records.flatMap(({ record }) => record.identity);
    return { size: records.length, pool: then!, isPooled: now === then, conflicts };
  });
  const chosen = worthPooling(parts, bulkCreate.maxRecords, bulkUpdate.maxRecords);
  return chosen.flatMap((place) => batches[place]!.map(withoutOwner));
}

/** Ids that a request created and that nothing tied to one of its records, with the positions left without an answer. */
type Orphans = Map<string, ReadonlySet<Position>>;

async function answersOf(
  target: Target,
  records: readonly Prepared[],
  answer: BulkCreated,
  { orphans, signal }: { readonly orphans: Orphans; readonly signal: AbortSignal },
): Promise<Answers<ApolloRecord>> {
  const pairs = pairsOf(target.object, records, answer);
  const { pairs: more, rows, records: unknown } = await sortedOut(target, leftoverOf(records, answer, pairs), signal);
  for (const [{ position }, slim] of more) pairs.set(position, { as: 'created', slim });
  const answers = new Map<number, Answer<ApolloRecord>>();
  for (const prepared of records) {
    const found = pairs.get(prepared.position);
    if (found) answers.set(prepared.position, answerOf(target, prepared, recognised(found, prepared, orphans)));
  }
  if (unknown.length === 0) return answers;
  for (const { position, record } of rows) if (isCreatedAgain(target, record)) answers.set(position, undecided(target));
  const open = new Set(rows.map(({ position }) => position).filter((position) => !answers.has(position)));
  for (const { id } of unknown) orphans.set(id, open);
  return answers;
}

/** The rows without a pair, and the created records without one. */
function leftoverOf(
  records: readonly Prepared[],
  { created }: BulkCreated,
  pairs: ReadonlyMap<Position, Pair<Slim>>,
): { readonly rows: readonly Prepared[]; readonly records: readonly Slim[] } {
  if (pairs.size === records.length && pairs.size === created.length) return { rows: [], records: [] };
  const rows = records.filter(({ position }) => !pairs.has(position));
  const paired = new Set<string>();
  for (const { slim } of pairs.values()) paired.add(slim.id);
  return { rows, records: created.filter(({ id }) => !paired.has(id)) };
}

/** A record that shows none of its keys, a CRM id for one, is known for created only when it is found sent alone. */
const recognised = (found: Pair<Slim>, { position }: Prepared, orphans: Orphans): Pair<Slim> =>
  orphans.get(found.slim.id)?.has(position) ? { as: 'created', slim: found.slim } : found;

/** Which of the returned records answers for which of those sent. */
export function pairsOf(object: Target['object'], records: readonly Prepared[], { created, existing }: BulkCreated) {
  const { matchField } = object;
  const prefix = `${matchField}:`;
  const sent = records.map(({ position, record }) => {
    const { matchKey, identity, values } = record;
    const spelled = matchKey.startsWith(prefix) ? (values[matchField] as string) : undefined;
    return { position, matchKey, spelled, identity };
  });
  const returned = (slim: Slim) => new Returned(slim, object);
  return pair(sent, created.map(returned), existing.map(returned));
}

/** A returned record, whose keys are made when they are asked for. A class, as that is made for every row. */
class Returned {
  readonly slim: Slim;
  readonly spelled: unknown;
  readonly silentOn: string | undefined;
  readonly #object: Pick<Target['object'], 'name' | 'matchField'>;

  constructor(slim: Slim, object: Pick<Target['object'], 'name' | 'matchField'>) {
    this.slim = slim;
    this.spelled = slim[object.matchField];
    this.silentOn = Object.hasOwn(slim, object.matchField) ? undefined : object.matchField;
    this.#object = object;
  }

  get matchKeys(): readonly string[] {
    return matchKeysOfAnswer(this.#object.name, this.slim);
  }

  identity(): readonly string[] {
    return identityOfAnswer(this.#object.name, this.slim);
  }
}

function answerOf(target: Target, prepared: Prepared, { as, slim }: Pair<Slim>): Answer<ApolloRecord> {
  const { record } = prepared;
  if (as === 'created') return afterCreate(target, prepared, slim.id, slim);
  if (as === 'created-otherwise') return matchConflict(target, record, slim);
  const isTheRow = as === 'existing' || isFormerSelf(target, record, slim);
  if (isTheRow && record.intended && isOwn(record.intended, slim)) {
    return afterOwn(target, prepared, slim.id, slim);
  }
  if (as === 'existing') return afterFind(target, prepared, slim.id, slim);
  if (!record.matchKey.startsWith('domain:') || !showsOther(target, slim)) return inDoubt(record, slim.id);
  return afterMatch(target, prepared, slim);
}

/** What to do next with a record that Apollo has matched under another key than the row's own: what is configured, or a person has decided. */
export function afterMatch(target: Target, prepared: Prepared, shown: Slim): Answer<ApolloRecord> {
  const { record } = prepared;
  if (target.onMatchConflict === 'create' && record.matchKey.startsWith('domain:')) {
    return { status: 'onward', record: { ...record, progress: 'name-matched' } };
  }
  const { word, conflict } = record.decision ?? {};
  if ((word !== 'same_person' && word !== 'new_person') || conflict === undefined)
    return matchConflict(target, record, shown);
  const why = staleness(target, record, shown);
  if (why !== undefined) {
    const about = { destinationId: shown.id, evidence: evidenceOf(target, shown) };
    return { status: 'rejected', rejection: decisionStale(target, why, about) };
  }
  if (word === 'new_person') return { status: 'onward', record: { ...record, progress: 'name-matched' } };
  return adopted(record, afterRead(target, prepared, shown.id, shown));
}

/** A record that is the row's since a person says so: it may get the match key of the row, which another one could have by now. */
function adopted(before: ApolloRecord, answer: Answer<ApolloRecord>): Answer<ApolloRecord> {
  const record: ApolloRecord = { ...(answer.record ?? before), isRenamed: true, isAdopted: true };
  return { ...answer, record };
}

/** Whether it is what the row was about to be created as, under a match key that its source has corrected since. */
const isFormerSelf = ({ object }: Target, { intended }: ApolloRecord, slim: Slim): boolean =>
  intended?.matchKey !== undefined && matchKeysOfAnswer(object.name, slim).includes(intended.matchKey);

/** One answer a record. */
export const answersFor = <R>(
  records: readonly PreparedRecord<R>[],
  answer: (prepared: PreparedRecord<R>) => Answer<R>,
): Answers<R> => new Map(records.map((prepared) => [prepared.position, answer(prepared)]));
