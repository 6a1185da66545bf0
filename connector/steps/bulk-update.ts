import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Step } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import { bulkUpdated } from '../api/wire.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { place } from '../record/body.ts';
import { afterSent } from '../record/progress.ts';
import { afterRehearsal } from '../record/rehearsed.ts';
import { isReadyFor, type Target, valuesFor } from '../record/target.ts';
import { announcing } from './announcing.ts';
import { answersFor } from './create.ts';
import { fieldAt } from './field-at.ts';
import { limitsOf } from './limits.ts';
import { idsOf, naming } from './naming.ts';
import { fieldsIn, writesOf } from './writes.ts';

/** Updates many records at once, each in fields of its own, as far as bulk_update takes them. */
export function bulkUpdate(target: Target): Step<ApolloRecord> {
  const { name, singular } = target.object;
  const endpoint = endpoints[name].bulkUpdate;
  const writes = writesOf(target, 'bulkUpdate');
  const valuesOf = ({ record }: PreparedRecord<ApolloRecord>) => valuesFor(target, record, 'bulkUpdate');
  const entryOf = (prepared: PreparedRecord<ApolloRecord>) => ({
    id: prepared.id,
    ...place(target.fields, valuesOf(prepared), 'bulkUpdate').record,
  });
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint, target),
    closed: () => target.apollo.closed(endpoint),
    idempotent: true,
    takes: (prepared) => isReadyFor(target, prepared, 'bulkUpdate'),
    // Rows of two keys may name one record; no page says which of two entries of a request would win.
    conflictKeys: ({ id }) => [id!],
    writes,
    payload: entryOf,
    fieldAt: fieldAt(target, 'bulkUpdate'),
    async send(records, signal, announce) {
      const request = {
        body: { [`${singular}_attributes`]: records.map(entryOf) },
        records: records.length,
        fields: fieldsIn(records, writes),
        idempotent: true,
        before: announcing(announce),
      };
      const confirmed = await naming(records, () =>
        target.apollo.call(endpoint, { ...request, schema: bulkUpdated(name, idsOf(records)) }, signal),
      );
      return new Map(
        records.flatMap((prepared) => {
          const shown = confirmed.get(prepared.id!);
          if (shown === undefined) return [];
          const written = { by: 'bulkUpdate', endpoint: endpoint.display, values: valuesOf(prepared), shown } as const;
          return [[prepared.position, afterSent(target, prepared, written)]];
        }),
      );
    },
    rehearse: (records) => answersFor(records, (prepared) => afterRehearsal(target, prepared, 'bulkUpdate')),
  };
}
