import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { listsOf } from '../record/body.ts';
import { nextStepOf } from '../record/next-step.ts';
import { rejectionOf } from '../record/progress.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';
import { answersFor } from './create.ts';
import { listRequest, membership, unconfirmed } from './listed.ts';
import { listLimits } from './request/limits.ts';

/** Takes records off lists, many at once (docs.apollo.io/reference/remove-records-from-a-list, 2026-08-19; P55). */
export function removeFromLists(target: Target): ApolloStep {
  const endpoint = endpoints.labels.remove;
  return {
    kind: 'take off lists',
    request: endpoint.display,
    limits: listLimits(endpoint, target),
    idempotent: true,
    takes: (prepared) => nextStepOf(prepared) === 'write',
    content: { of: membership },
    sharing: { key: ({ record }) => JSON.stringify(listsOf(record)) },
    async send(records, signal, announce) {
      const request = listRequest(target, records, announce);
      const answer = await target.apollo.call(endpoint, request, signal);
      // "No Models or Lists provided": it has none of these records, or none of these lists. Either way none of them is on one.
      if (answer.done === 'nothing') {
        return answersFor(records, ({ id, record }) => ({
          status: 'unchanged',
          id: id!,
          record: { ...record, pending: [], lists: [] },
        }));
      }
      const said = unconfirmed(answer, request.body.label_names);
      if (said !== undefined) return answersFor(records, (prepared) => stillOn(prepared, endpoint.display, said));
      return answersFor(records, takenOff);
    },
  };
}

/** Nothing is known to have changed: the record counts as being on its lists, and the next run takes it off again. */
const stillOn = (
  { id, record }: PreparedRecord<ApolloRecord>,
  endpoint: string,
  said: string,
): Answer<ApolloRecord> => ({
  status: 'rejected',
  id: id!,
  record,
  rejection: rejectionOf([{ name: 'lists', title: 'the lists', endpoint, said }]),
});

/** A record that has been taken off its lists. */
export function takenOff({ id, record }: PreparedRecord<ApolloRecord>): Answer<ApolloRecord> {
  const changes = [...(record.changes ?? []), { field: 'lists', before: listsOf(record), after: [] }];
  return { status: 'updated', id: id!, record: { ...record, pending: [], lists: [], changes } };
}
