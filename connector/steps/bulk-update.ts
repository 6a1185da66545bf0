import type { Step } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import { place } from '../body.ts';
import { endpoints } from '../endpoints.ts';
import { afterWrite } from '../progress.ts';
import { isReadyFor, type Target, valuesFor } from '../target.ts';
import { bulkUpdated } from '../wire.ts';
import { announcing } from './announcing.ts';
import { answersFor } from './create.ts';
import { limitsOf } from './limits.ts';
import { naming } from './naming.ts';

/**
 * Updates up to 100 records at once, as far as bulk_update takes their fields. Never more: larger requests become jobs
 * that nobody can ask after (docs.apollo.io/reference/bulk-update-contacts, 2026-07-28).
 */
export function bulkUpdate(target: Target): Step<ApolloRecord> {
  const { name, singular } = target.object;
  const endpoint = endpoints[name].bulkUpdate;
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint),
    idempotent: true,
    takes: (prepared) => isReadyFor(target, prepared, 'bulkUpdate'),
    async send(records, signal, announce) {
      const values = records.map(({ record }) => valuesFor(target, record.pending, record.values, 'bulkUpdate'));
      const attributes = records.map(({ id }, index) => ({
        id,
        ...place(target.fields, values[index]!, 'bulkUpdate').record,
      }));
      const request = {
        body: { [`${singular}_attributes`]: attributes },
        records: records.length,
        idempotent: true,
        before: announcing(announce),
      };
      const confirmed = await naming(records, () =>
        target.apollo.call(endpoint, { ...request, schema: bulkUpdated(name) }, signal),
      );
      return new Map(
        records.flatMap((prepared, index) =>
          confirmed.has(prepared.id!) ? [[prepared.position, afterWrite(prepared, Object.keys(values[index]!))]] : [],
        ),
      );
    },
    rehearse: (records) =>
      answersFor(records, (prepared) =>
        afterWrite(
          prepared,
          Object.keys(valuesFor(target, prepared.record.pending, prepared.record.values, 'bulkUpdate')),
        ),
      ),
  };
}
