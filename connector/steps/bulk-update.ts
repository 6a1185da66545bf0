import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Step } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { place } from '../record/body.ts';
import { afterRehearsal } from '../record/rehearsed.ts';
import { isReadyFor, type Target, valuesFor } from '../record/target.ts';
import { answersFor } from './create.ts';
import { fieldAt } from './field-at.ts';
import { limitsOf } from './limits.ts';
import { writeMany } from './write-many.ts';
import { writesOf } from './writes.ts';

/** Updates many records at once, each in fields of its own, as far as bulk_update takes them. */
export function bulkUpdate(target: Target): Step<ApolloRecord> {
  const { name, singular } = target.object;
  const endpoint = endpoints[name].bulkUpdate;
  const entryOf = ({ id, record }: PreparedRecord<ApolloRecord>) => ({
    id,
    ...place(target.fields, valuesFor(target, record, 'bulkUpdate'), 'bulkUpdate').record,
  });
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint, target),
    closed: () => target.apollo.closed(endpoint),
    idempotent: true,
    takes: (prepared) => isReadyFor(target, prepared, 'bulkUpdate'),
    // Rows of two keys may name one record; no page says which of two entries of a request would win.
    conflictKeys: ({ id }) => [id!],
    writes: writesOf(target, 'bulkUpdate'),
    payload: entryOf,
    fieldAt: fieldAt(target, 'bulkUpdate'),
    send: (records, signal, announce) => {
      const requestOf = (some: typeof records) => ({ body: { [`${singular}_attributes`]: some.map(entryOf) } });
      return writeMany(target, records, { endpoint, by: 'bulkUpdate', requestOf, signal, announce });
    },
    rehearse: (records) => answersFor(records, (prepared) => afterRehearsal(target, prepared, 'bulkUpdate')),
  };
}
