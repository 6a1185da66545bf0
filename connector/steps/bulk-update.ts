import type { Step } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import { place } from '../body.ts';
import { endpoints } from '../endpoints.ts';
import { afterWrite } from '../progress.ts';
import { isReadyFor, type Target, valuesFor } from '../target.ts';
import { bulkUpdated } from '../wire.ts';
import { announcing } from './announcing.ts';
import { answersFor } from './create.ts';
import { notTaken } from './echo.ts';
import { limitsOf } from './limits.ts';
import { naming } from './naming.ts';
import { fieldsIn, writesOf } from './writes.ts';

/** Updates many records at once, each in fields of its own, as far as bulk_update takes them. */
export function bulkUpdate(target: Target): Step<ApolloRecord> {
  const { name, singular } = target.object;
  const endpoint = endpoints[name].bulkUpdate;
  const writes = writesOf(target, 'bulkUpdate');
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint),
    idempotent: true,
    takes: (prepared) => isReadyFor(target, prepared, 'bulkUpdate'),
    // Rows of two keys may name one record; no page says which of two entries of a request would win.
    conflictKeys: ({ id }) => [id!],
    writes,
    async send(records, signal, announce) {
      const values = records.map(({ record }) => valuesFor(target, record, 'bulkUpdate'));
      const attributes = records.map(({ id }, index) => ({
        id,
        ...place(target.fields, values[index]!, 'bulkUpdate').record,
      }));
      const request = {
        body: { [`${singular}_attributes`]: attributes },
        records: records.length,
        fields: fieldsIn(records, writes),
        idempotent: true,
        before: announcing(announce),
      };
      const confirmed = await naming(records, () =>
        target.apollo.call(endpoint, { ...request, schema: bulkUpdated(name) }, signal),
      );
      return new Map(
        records.flatMap((prepared, index) => {
          const shown = confirmed.get(prepared.id!);
          if (shown === undefined) return [];
          const refusal = notTaken(target, values[index]!, shown, endpoint.display);
          return [[prepared.position, refusal ?? afterWrite(prepared, Object.keys(values[index]!))]];
        }),
      );
    },
    rehearse: (records) =>
      answersFor(records, (prepared) =>
        afterWrite(prepared, Object.keys(valuesFor(target, prepared.record, 'bulkUpdate'))),
      ),
  };
}
