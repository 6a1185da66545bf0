import { endpoints } from '../api/endpoints.ts';
import { listsOf } from '../record/body.ts';
import { afterUnlisted, afterWrite } from '../record/progress.ts';
import type { Target } from '../record/target.ts';
import { type ApolloStep, updating } from './apollo-step.ts';
import { answersFor } from './create.ts';
import { listRequest, membership, unconfirmed } from './listed.ts';
import { listLimits } from './request/limits.ts';

/**
 * Adds existing records to lists, many at once; lists that do not exist are made
 * (docs.apollo.io/reference/add-entity-ids-to-label-names, 2026-08; P71). Purely additive, unlike `label_names` of an update.
 */
export function addToLists(target: Target): ApolloStep {
  const endpoint = endpoints.labels.add;
  return {
    ...updating(target, 'labels', endpoint, membership),
    limits: listLimits(endpoint, target),
    sharing: { key: ({ record }) => JSON.stringify(listsOf(record)) },
    async send(records, signal, announce) {
      const request = listRequest(target, records, announce);
      const answer = await target.apollo.call(endpoint, request, signal);
      // "No Models or Lists provided": Apollo knows none of the ids, and says nothing of any record.
      if (answer.done === 'nothing') return new Map();
      const said = unconfirmed(answer, request.body.label_names);
      return answersFor(records, (prepared) =>
        said === undefined ? afterWrite(prepared, ['lists']) : afterUnlisted(target, prepared, endpoint.display, said),
      );
    },
  };
}
