import { currentValue, type Shown, sameValue } from '../../catalog/current-value.ts';
import type { WireValue } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import { single } from '../api/wire.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { nextStepOf } from '../record/next-step.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';
import { limitsOf } from './request/limits.ts';
import { naming } from './request/naming.ts';

/**
 * Reads a record that is to get values back, and leaves pending only fields that still are as the run left them: what
 * somebody has changed since then is theirs.
 */
export function readBack(target: Target): ApolloStep {
  const { name } = target.object;
  const endpoint = endpoints[name].show;
  return {
    kind: 'read back',
    request: endpoint.display,
    limits: limitsOf(endpoint, target),
    idempotent: true,
    takes: (prepared) => nextStepOf(prepared) === 'read',
    async send([prepared], signal) {
      const request = { params: { id: prepared!.id! }, records: 1, idempotent: true, schema: single(name) };
      const shown = await naming([prepared!], () => target.apollo.call(endpoint, request, signal));
      return new Map([[prepared!.position, afterReadBack(target, prepared!, shown)]]);
    },
  };
}

function afterReadBack(
  { fields }: Target,
  { id, record }: PreparedRecord<ApolloRecord>,
  shown: Shown,
): Answer<ApolloRecord> {
  const { values, written = {} } = record;
  const is = (name: string, value: WireValue | undefined): boolean => {
    const current = currentValue(fields.get(name)!, shown);
    return value !== undefined && current.known && sameValue(fields.get(name)!, value, current.value);
  };
  const done = record.pending.filter((name) => is(name, values[name]));
  const ours = record.pending.filter((name) => !done.includes(name) && is(name, written[name]));
  const confirmed = Object.fromEntries(done.map((name) => [name, values[name]!]));
  if (ours.length > 0) return stillOurs(id!, { ...record, confirmed }, ours);
  // An undoing that was cut off may have restored it without learning so.
  return { status: done.length > 0 ? 'unchanged' : 'skipped', id: id!, record: { ...record, confirmed } };
}

/** A record that still is as the run has left it, in these fields. */
export const stillOurs = (id: string, record: ApolloRecord, pending: readonly string[]): Answer<ApolloRecord> => ({
  status: 'onward',
  id,
  record: { ...record, pending, seen: record.written ?? {}, progress: 'found' },
});
