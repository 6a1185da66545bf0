import { endpoints } from '../api/endpoints.ts';
import { labelsChanged } from '../api/wire.ts';
import { listsOf } from '../record/body.ts';
import { afterUnlisted, afterWrite } from '../record/progress.ts';
import type { Target } from '../record/target.ts';
import { announcing } from './announcing.ts';
import { type ApolloStep, updating } from './apollo-step.ts';
import { answersFor } from './create.ts';
import { listLimits } from './limits.ts';
import { membership, unconfirmed } from './listed.ts';
import { fieldsIn } from './writes.ts';

/**
 * Adds existing records to lists, many at once; lists that do not exist are made
 * (docs.apollo.io/reference/add-entity-ids-to-label-names, 2026-08). Purely additive, unlike `label_names` of an update.
 */
export function addToLists(target: Target): ApolloStep {
  const endpoint = endpoints.labels.add;
  return {
    ...updating(target, 'labels', endpoint, membership),
    limits: listLimits(endpoint, target),
    sharing: { key: ({ record }) => JSON.stringify(listsOf(record)) },
    async send(records, signal, announce) {
      const body = {
        entity_ids: [...new Set(records.map(({ id }) => id))],
        label_names: listsOf(records[0]!.record),
        modality: target.object.name,
      };
      const before = announcing(announce);
      const fields = fieldsIn(target, records, 'labels');
      const request = { body, records: records.length, fields, idempotent: true, schema: labelsChanged, before };
      const answer = await target.apollo.call(endpoint, request, signal);
      // "No Models or Lists provided": Apollo knows none of the ids, and says nothing of any record.
      if (answer.done === 'nothing') return new Map();
      const said = unconfirmed(answer, body.label_names);
      return answersFor(records, (prepared) =>
        said === undefined ? afterWrite(prepared, ['lists']) : afterUnlisted(target, prepared, endpoint.display, said),
      );
    },
  };
}
