import type { Step } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import { labelsChanged } from '../api/wire.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { listsOf } from '../record/body.ts';
import { afterUnlisted, afterWrite } from '../record/progress.ts';
import { afterRehearsal } from '../record/rehearsed.ts';
import { isReadyFor, type Target } from '../record/target.ts';
import { announcing } from './announcing.ts';
import { answersFor } from './create.ts';
import { listLimits } from './limits.ts';
import { unconfirmed } from './listed.ts';
import { fieldsIn, writesOf } from './writes.ts';

/**
 * Adds existing records to lists, many at once; lists that do not exist are made
 * (docs.apollo.io/reference/add-entity-ids-to-label-names, 2026-08). Purely additive, unlike `label_names` of an update.
 */
export function addToLists(target: Target): Step<ApolloRecord> {
  const endpoint = endpoints.labels.add;
  const writes = writesOf(target, 'labels');
  return {
    request: endpoint.display,
    limits: listLimits(endpoint, target),
    closed: () => target.apollo.closed(endpoint),
    idempotent: true,
    takes: (prepared) => isReadyFor(target, prepared, 'labels'),
    writes,
    payload: ({ id, record }) => ({ entity_ids: [id], label_names: listsOf(record) }),
    batchKey: ({ record }) => JSON.stringify(listsOf(record)),
    async send(records, signal, announce) {
      const body = {
        entity_ids: [...new Set(records.map(({ id }) => id))],
        label_names: listsOf(records[0]!.record),
        modality: target.object.name,
      };
      const before = announcing(announce);
      const fields = fieldsIn(records, writes);
      const request = { body, records: records.length, fields, idempotent: true, schema: labelsChanged, before };
      const answer = await target.apollo.call(endpoint, request, signal);
      // "No Models or Lists provided": Apollo knows none of the ids, and says nothing of any record.
      if (answer.done === 'nothing') return new Map();
      const said = unconfirmed(answer, body.label_names);
      return answersFor(records, (prepared) =>
        said === undefined ? afterWrite(prepared, ['lists']) : afterUnlisted(target, prepared, endpoint.display, said),
      );
    },
    rehearse: (records) => answersFor(records, (prepared) => afterRehearsal(target, prepared, 'labels')),
  };
}
