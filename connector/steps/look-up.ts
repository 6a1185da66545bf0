import { matchKeyOf, matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import { ConfigFailure, RecordFailure, TransientFailure } from '../../runtime/contract/failure.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import { recordsFound, type Slim } from '../api/wire.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';
import { keyConflict } from './key-conflict.ts';
import { limitsOf } from './request/limits.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/**
 * Asks, before a record gets another match key, whether a record that the state store does not know has that already: no
 * page says what an update does then. It takes one search each, which not every plan and key allows
 * (docs.apollo.io/reference/search-for-contacts and search-for-accounts, 2026-08-19; P22); where it is not allowed, the update is
 * made without.
 */
export function lookUp(target: Target): ApolloStep {
  const { object, apollo } = target;
  const endpoint = endpoints[object.name].search;
  let isAllowed = true;
  const holdersOf = async (prepared: Prepared, signal: AbortSignal): Promise<readonly Slim[]> => {
    if (!isAllowed) return [];
    const body = { ...queryOf(target, prepared), page: 1, per_page: 100 };
    const request = { body, records: 1, idempotent: true, schema: recordsFound(object.name) };
    try {
      return [...(await apollo.call(endpoint, request, signal)).values()].filter((one) =>
        isHolder(target, prepared, one),
      );
    } catch (failure) {
      if (!isRefusal(failure)) throw failure;
      isAllowed &&= failure instanceof RecordFailure;
      return [];
    }
  };
  return {
    kind: 'look up',
    request: endpoint.display,
    limits: limitsOf(endpoint, target),
    idempotent: true,
    takes: (prepared) => isAllowed && isToBeLookedUp(target, prepared),
    async send([prepared], signal) {
      const [holder] = await holdersOf(prepared!, signal);
      const evidence = { endpoint: endpoint.display, httpStatus: 200 };
      const answer =
        holder === undefined
          ? onward(prepared!)
          : keyConflict(target, prepared!.id!, { ...evidence, holder: holder.id });
      return new Map([[prepared!.position, answer]]);
    },
  };
}

/** Contacts are found by an address. Accounts are found by nothing but their name, so by that of the row. */
const queryOf = ({ object }: Target, { record: { values } }: Prepared) =>
  object.name === 'contacts' ? { q_keywords: values[object.matchField] } : { q_organization_name: values['name'] };

function isToBeLookedUp(target: Target, { id, record }: Prepared): boolean {
  const { isRenamed, progress, pending } = record;
  if (id === undefined || isRenamed !== true || progress !== 'found' || !pending.includes(target.object.matchField))
    return false;
  return Object.values(queryOf(target, { record } as Prepared)).every(
    (text) => typeof text === 'string' && text !== '',
  );
}

function isHolder({ object }: Target, { id, record }: Prepared, found: Slim): boolean {
  const { matchField, name } = object;
  const key = matchKeyOf(name, { [matchField]: record.values[matchField]! });
  return found.id !== id && key !== undefined && matchKeysOfAnswer(name, found).includes(key);
}

/** A record whose new match key no other one is known to have. */
export const onward = ({ id, record: { isRenamed: _, ...record } }: Prepared): Answer<ApolloRecord> => ({
  status: 'onward',
  id: id!,
  record,
});

/** Whether the search is not to be had, which does not stop the update; an outage and a spent quota do. */
const isRefusal = (failure: unknown): boolean =>
  failure instanceof RecordFailure ||
  (failure instanceof ConfigFailure && failure.code !== 'unauthorized') ||
  (failure instanceof TransientFailure && failure.retryAfterMs === undefined && isOfTheWay(failure.httpStatus));

/** Neither an error of Apollo's server nor its silence: what stands between answers, or another thing than a search. */
const isOfTheWay = (status: number | undefined): boolean => status !== undefined && status < 500 && status !== 408;
