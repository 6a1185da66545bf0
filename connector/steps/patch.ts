import { currentValue, sameValue } from '../../catalog/current-value.ts';
import { matchKeyOf, matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { Field, Values, WireValue } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import { type Slim, single } from '../api/wire.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { place } from '../record/body.ts';
import { afterSent } from '../record/progress.ts';
import { isReadyFor, type Target, valuesFor } from '../record/target.ts';
import { type ApolloStep, updating } from './apollo-step.ts';
import { hasKeptKey, isKeyTaken, keyConflict } from './key-conflict.ts';
import { announcing } from './request/announcing.ts';
import { another } from './request/another.ts';
import { naming } from './request/naming.ts';
import { fieldsIn } from './request/writes.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/** Updates one record: the endpoint that can write most fields, and the dearest (docs.apollo.io/reference/update-a-contact, 2026-08; P27, P32, P57). */
export function patch(target: Target): ApolloStep {
  const { name } = target.object;
  const endpoint = endpoints[name].update;
  const valuesOf = ({ record }: Prepared) => valuesFor(target, record, 'patch');
  const bodyOf = (prepared: Prepared) => place(target.fields, valuesOf(prepared), 'patch').record;
  /** Makes one request. */
  async function update(
    prepared: Prepared,
    signal: AbortSignal,
    announce: Parameters<ApolloStep['send']>[2],
  ): Promise<Answer<ApolloRecord>> {
    const id = prepared.id!;
    const values = valuesOf(prepared);
    const sent = {
      params: { id },
      body: bodyOf(prepared),
      records: 1,
      fields: fieldsIn(target, [prepared], 'patch'),
      idempotent: true,
      schema: single(name),
      before: announcing(announce),
    };
    let shown: Slim;
    try {
      shown = await naming([prepared], () => target.apollo.call(endpoint, sent, signal));
    } catch (failure) {
      if (!isKeyTaken(target, values, failure)) throw failure;
      return keyConflict(target, id, { endpoint: endpoint.display, httpStatus: failure.httpStatus ?? 422 });
    }
    const answer = answered(prepared, values, shown);
    return answer.status === 'rejected' && shown.id !== id ? { ...answer, overwrote: shown.id } : answer;
  }
  /** What Apollo's answer says of the record. */
  function answered(prepared: Prepared, values: Values, shown: Slim): Answer<ApolloRecord> {
    const id = prepared.id!;
    if (shown.id === id && hasKeptKey(target, values, shown)) {
      return keyConflict(target, id, { endpoint: endpoint.display, httpStatus: 200 });
    }
    const now = current(target, prepared, values, shown);
    if (now === undefined) return another(target, { id, shown: shown.id, endpoint: endpoint.display });
    if (now.id !== id && hasMoreToWrite(target, prepared, shown)) return merged(target);
    return afterSent(target, now, { by: 'patch', endpoint: endpoint.display, values, shown });
  }
  return {
    ...updating(target, 'patch', endpoint, bodyOf),
    async send([prepared], signal, announce) {
      const first = await update(prepared!, signal, announce);
      const left = first.status === 'onward' && { ...prepared!, id: first.id, record: first.record! };
      // Only its answer can show that the record has lost the match key of its row.
      const answer = left && isReadyFor(target, left, 'patch') ? await update(left, signal, announce) : first;
      return new Map([[prepared!.position, answer]]);
    },
  };
}

/**
 * Whether a record that Apollo has merged into another one was known to hold what that one does not: of a record for which
 * nothing was known, all was sent.
 */
function hasMoreToWrite({ fields, routes }: Target, { id, known, record }: Prepared, shown: Slim): boolean {
  if (known?.id !== id || record.matchKey.startsWith('id:')) return false;
  return Object.entries(record.values).some(
    ([name, value]) => routes.has(name) && !isShown(fields.get(name)!, value, shown),
  );
}

function isShown(field: Field, value: WireValue, shown: Slim): boolean {
  const current = currentValue(field, shown);
  return current.known && sameValue(field, value, current.value);
}

/** Has the row looked for once more, and the record that it finds compared in full. */
const merged = ({ object: { singular } }: Target): Answer<ApolloRecord> => ({
  status: 'rejected',
  rejection: { code: 'record_deleted', message: `Apollo has merged this ${singular} into another one.` },
});

/**
 * The record under the id that Apollo has it by: once it is merged into another one, the answer shows that. An answer about
 * somebody else's record says nothing about this one.
 */
function current({ object, fields }: Target, prepared: Prepared, sent: Values, shown: Slim): Prepared | undefined {
  if (shown.id === prepared.id) return prepared;
  const keys = matchKeysOfAnswer(object.name, shown);
  const { matchKey, values } = prepared.record;
  const isOwn = [matchKey, matchKeyOf(object.name, values)].some((key) => key !== undefined && keys.includes(key));
  // Of a row that names its record by id, all that was sent has to stand there.
  const holdsAll =
    matchKey.startsWith('id:') && Object.keys(sent).every((name) => isShown(fields.get(name)!, sent[name]!, shown));
  return isOwn || holdsAll ? { ...prepared, id: shown.id } : undefined;
}
