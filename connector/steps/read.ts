import { matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { Step } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import { endpoints } from '../endpoints.ts';
import { afterRead } from '../progress.ts';
import type { Target } from '../target.ts';
import { single } from '../wire.ts';
import { answersFor, matchConflict } from './create.ts';
import { limitsOf } from './limits.ts';
import { naming } from './naming.ts';

/**
 * Reads one record in full, where the slim one cannot tell what to do: whether it is the row's at all, and which of its
 * fields are blank.
 */
export function read(target: Target): Step<ApolloRecord> {
  const { name } = target.object;
  const endpoint = endpoints[name].show;
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint),
    idempotent: true,
    takes: ({ id, record }) => id !== undefined && (record.progress === 'unverified' || record.progress === 'unread'),
    async send([prepared], signal) {
      const { record, id, position } = prepared!;
      const shown = await naming([prepared!], () =>
        target.apollo.call(
          endpoint,
          { params: { id: id! }, records: 1, idempotent: true, schema: single(name) },
          signal,
        ),
      );
      const isOurs = record.progress !== 'unverified' || matchKeysOfAnswer(name, shown).includes(record.matchKey);
      return new Map([[position, isOurs ? afterRead(target, prepared!, id!, shown) : matchConflict(target, record)]]);
    },
    rehearse: (records) => answersFor(records, (prepared) => afterRead(target, prepared, prepared.id!, {})),
  };
}
