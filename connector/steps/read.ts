import { currentValue, type Shown } from '../../catalog/current-value.ts';
import { matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import { RecordFailure } from '../../runtime/contract/failure.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import { endpoints } from '../api/endpoints.ts';
import { type Slim, single } from '../api/wire.ts';
import { addressInApp } from '../record/address-in-app.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { decisionStale, samePerson } from '../record/decision.ts';
import { showsOther } from '../record/match-conflict.ts';
import { nextStepOf } from '../record/next-step.ts';
import { afterRead } from '../record/progress.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';
import { afterMatch } from './create.ts';
import { limitsOf } from './request/limits.ts';
import { naming } from './request/naming.ts';

/**
 * Whether Apollo matched a record by the row's own key. Where the record does not show that key, as accounts do not show
 * their HubSpot id (docs.apollo.io/reference/view-an-account, 2026-08-19), it was that one if the row has no other.
 */
function isMatchOf({ object, fields }: Target, { matchKey, identity }: ApolloRecord, shown: Shown): boolean {
  if (matchKeysOfAnswer(object.name, shown).includes(matchKey)) return true;
  const field = fields.get(matchKey.slice(0, matchKey.indexOf(':')));
  return identity.length === 1 && field !== undefined && !currentValue(field, shown).known;
}

/** Nothing, where the record that a person has named is gone. Throws any other failure. */
function goneOf({ decision }: ApolloRecord, failure: unknown): undefined {
  if (samePerson(decision) === undefined || !(failure instanceof RecordFailure) || failure.code !== 'record_deleted')
    throw failure;
}

/** Whether an answer does not tell that it is about another account: what is created then could be there already. */
const isUntold = (target: Target, { progress, matchKey }: ApolloRecord, shown: Slim): boolean =>
  progress === 'unverified' && matchKey.startsWith('domain:') && !showsOther(target, shown);

/** The id of the record that has to be read: the row's own, or that of what Apollo took it for. */
export const idToRead = ({ id, record }: PreparedRecord<ApolloRecord>): string =>
  record.progress === 'unverified' ? record.candidate : id!;

/**
 * Reads one record in full, where the slim one cannot tell what to do: whether it is the row's at all, and which of its
 * fields are blank.
 */
export function read(target: Target): ApolloStep {
  const { name } = target.object;
  const endpoint = endpoints[name].show;
  return {
    kind: 'read',
    request: endpoint.display,
    limits: limitsOf(endpoint, target),
    idempotent: true,
    takes: (prepared) => nextStepOf(prepared) === 'read',
    async send([prepared], signal) {
      const { record, position } = prepared!;
      const id = idToRead(prepared!);
      const request = { params: { id }, records: 1, idempotent: true, schema: single(name) };
      const shown = await naming([prepared!], () => target.apollo.call(endpoint, request, signal)).catch(
        (failure: unknown) => goneOf(record, failure),
      );
      if (shown === undefined) {
        const why = `${addressInApp(target.object, id)} is not there any more`;
        const rejection = decisionStale(target, why, { endpoint: endpoint.display, destinationId: id });
        return new Map([[position, { status: 'rejected', rejection }]]);
      }
      const isAsked = shown.id === id || record.matchKey.startsWith('id:');
      const isOurs = (isAsked && record.progress !== 'unverified') || isMatchOf(target, record, shown);
      // An answer about somebody else's record is none to this one.
      if (!isOurs && (!isAsked || isUntold(target, record, shown))) return new Map();
      const own = isAsked ? id : shown.id;
      return new Map([
        [position, isOurs ? afterRead(target, prepared!, own, shown) : afterMatch(target, prepared!, shown)],
      ]);
    },
  };
}
