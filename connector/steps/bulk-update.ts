import type { PreparedRecord } from '../../runtime/contract/record.ts';
import { endpoints } from '../api/endpoints.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { place } from '../record/body.ts';
import { type Target, valuesFor } from '../record/target.ts';
import { type ApolloStep, updating } from './apollo-step.ts';
import { writeMany } from './request/write-many.ts';

/** Updates many records at once, each in fields of its own, as far as bulk_update takes them (P28, P33, P37, P40). */
export function bulkUpdate(target: Target): ApolloStep {
  const { name, singular } = target.object;
  const endpoint = endpoints[name].bulkUpdate;
  const entryOf = ({ id, record }: PreparedRecord<ApolloRecord>) => ({
    id,
    ...place(target.fields, valuesFor(target, record, 'bulkUpdate'), 'bulkUpdate').record,
  });
  return {
    ...updating(target, 'bulkUpdate', endpoint, entryOf),
    // Rows of two keys may name one record; no page says which of two entries of a request would win.
    sharing: { conflicts: ({ id }) => [id!] },
    send: (records, signal, announce) => {
      const requestOf = (some: typeof records) => ({ body: { [`${singular}_attributes`]: some.map(entryOf) } });
      return writeMany(target, records, { endpoint, by: 'bulkUpdate', requestOf, signal, announce });
    },
  };
}
