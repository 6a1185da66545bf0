import { isBlank } from '../../catalog/current-value.ts';
import { identityOfAnswer, matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { ObjectName } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/record.ts';
import type { Answer, Answers, Step } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import { place } from '../body.ts';
import { endpoints } from '../endpoints.ts';
import { type Pair, pair, type Returned, type Sent } from '../pairing.ts';
import { afterCreate, afterFind } from '../progress.ts';
import type { Target } from '../target.ts';
import { type BulkCreated, bulkCreated, type Slim } from '../wire.ts';
import { limitsOf } from './limits.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/**
 * Creates what Apollo lacks and finds what it has: with `run_dedupe`, bulk_create leaves matches as they are
 * (docs.apollo.io/reference/bulk-create-contacts and bulk-create-accounts, 2026-08).
 */
export function create(target: Target): Step<ApolloRecord> {
  const endpoint = endpoints[target.object.name].bulkCreate;
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint),
    idempotent: true,
    takes: ({ id, record }) => id === undefined && record.progress !== 'namesake',
    batchKey: (prepared) => JSON.stringify(requestLevel(target, prepared)),
    conflictKeys: ({ record }) => record.identity,
    async send(records, signal) {
      const answer = await bulkCreate(target, records, { run_dedupe: true }, signal);
      return answersOf(target, records, answer);
    },
    rehearse: (records, world) =>
      answersFor(records, (prepared) =>
        world === 'empty'
          ? afterCreate(target, prepared, 'rehearsed', {})
          : afterFind(target, prepared, 'rehearsed', {}),
      ),
  };
}

/** One bulk_create of records that agree on what stands at the level of the request. */
export async function bulkCreate(
  target: Target,
  records: readonly Prepared[],
  options: { run_dedupe: boolean },
  signal: AbortSignal,
): Promise<BulkCreated> {
  const { name } = target.object;
  const body = {
    ...options,
    ...requestLevel(target, records[0]!),
    [name]: records.map((prepared) => place(target.fields, sendable(prepared), 'create').record),
  };
  return target.apollo.call(
    endpoints[name].bulkCreate,
    { body, records: records.length, idempotent: options.run_dedupe, schema: bulkCreated(name) },
    signal,
  );
}

/** Contacts take one owner and one set of lists a request (docs.apollo.io/reference/bulk-create-contacts, 2026-08). */
const requestLevel = (target: Target, prepared: Prepared) => place(target.fields, sendable(prepared), 'create').request;

/** A record that does not exist yet has nothing to clear. */
const sendable = ({ record }: Prepared) =>
  Object.fromEntries(Object.entries(record.values).filter(([, value]) => !isBlank(value)));

function answersOf(
  target: Target,
  records: readonly Prepared[],
  { created, existing }: BulkCreated,
): Answers<ApolloRecord> {
  const pairs = pairsOf(target.object.name, records, { created, existing });
  const answers = new Map<number, Answer<ApolloRecord>>();
  for (const prepared of records) {
    const found = pairs.get(prepared.position);
    if (found) answers.set(prepared.position, answerOf(target, prepared, found));
  }
  return answers;
}

/** Which of the returned records answers for which of those sent. */
export function pairsOf(object: ObjectName, records: readonly Prepared[], { created, existing }: BulkCreated) {
  const sent = records.map(
    ({ position, record }): Sent => ({ position, matchKey: record.matchKey, identity: record.identity }),
  );
  const returned = (slim: Slim): Returned<Slim> => ({
    slim,
    matchKeys: matchKeysOfAnswer(object, slim),
    identity: identityOfAnswer(object, slim),
  });
  return pair(sent, created.map(returned), existing.map(returned));
}

function answerOf(target: Target, prepared: Prepared, { as, slim }: Pair<Slim>): Answer<ApolloRecord> {
  const { record } = prepared;
  if (as === 'created') return afterCreate(target, prepared, slim.id, slim);
  if (as === 'existing') return afterFind(target, prepared, slim.id, slim);
  // An additional e-mail address or a CRM id may be why Apollo matched it; the slim record shows neither.
  if (!record.matchKey.startsWith('domain:')) {
    return { status: 'onward', id: slim.id, record: { ...record, progress: 'unverified' } };
  }
  if (target.onMatchConflict === 'create') return { status: 'onward', record: { ...record, progress: 'namesake' } };
  return matchConflict(target, record);
}

/** The refusal to touch a record that Apollo matched under another key than the row's own. */
export function matchConflict({ object }: Target, { matchKey }: ApolloRecord): Answer<ApolloRecord> {
  const key = matchKey.slice(0, matchKey.indexOf(':'));
  const advice =
    object.name === 'accounts' ? ' With `on_match_conflict: create` the row becomes an account of its own.' : '';
  return {
    status: 'rejected',
    rejection: {
      code: 'match_conflict',
      message:
        `Apollo matched an existing ${object.singular} whose ${key} is another one (it also matches by ` +
        `${object.name === 'contacts' ? 'name and company' : 'name'}); it was left as it is.${advice}`,
      field: object.matchField,
      endpoint: endpoints[object.name].bulkCreate.display,
      httpStatus: 200,
      attempts: 1,
    },
  };
}

/** One answer a record. */
export const answersFor = <R>(
  records: readonly PreparedRecord<R>[],
  answer: (prepared: PreparedRecord<R>) => Answer<R>,
): Answers<R> => new Map(records.map((prepared) => [prepared.position, answer(prepared)]));
