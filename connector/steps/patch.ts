import type { Step } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import { place } from '../body.ts';
import { endpoints } from '../endpoints.ts';
import { afterWrite } from '../progress.ts';
import { isReadyFor, type Target, valuesFor } from '../target.ts';
import { single } from '../wire.ts';
import { announcing } from './announcing.ts';
import { answersFor } from './create.ts';
import { refusedFields } from './echo.ts';
import { limitsOf } from './limits.ts';
import { naming } from './naming.ts';
import { fieldsIn, writesOf } from './writes.ts';

/** Updates one record: the endpoint that can write most fields, and the dearest (docs.apollo.io/reference/update-a-contact, 2026-08). */
export function patch(target: Target): Step<ApolloRecord> {
  const { name } = target.object;
  const endpoint = endpoints[name].update;
  const writes = writesOf(target, 'patch');
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint),
    idempotent: true,
    takes: (prepared) => isReadyFor(target, prepared, 'patch'),
    writes,
    async send([prepared], signal, announce) {
      const { record, id, position } = prepared!;
      const values = valuesFor(target, record, 'patch');
      const body = place(target.fields, values, 'patch').record;
      const shown = await naming([prepared!], () =>
        target.apollo.call(
          endpoint,
          {
            params: { id: id! },
            body,
            records: 1,
            fields: fieldsIn([prepared!], writes),
            idempotent: true,
            schema: single(name),
            before: announcing(announce),
          },
          signal,
        ),
      );
      const refusal = refusedFields(target, values, shown, endpoint.display);
      return new Map([[position, refusal ?? afterWrite(prepared!, Object.keys(values))]]);
    },
    rehearse: (records) =>
      answersFor(records, (prepared) => afterWrite(prepared, Object.keys(valuesFor(target, prepared.record, 'patch')))),
  };
}
