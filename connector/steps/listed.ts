import { comparableName } from '../../catalog/normalise.ts';
import { shownAmong } from '../../catalog/shown-name.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import { labelsChanged } from '../api/wire.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { listsOf } from '../record/body.ts';
import type { Target } from '../record/target.ts';
import { announcing } from './request/announcing.ts';

/** A request that puts records on lists, or takes them off: all of them are on the same ones. */
export const listRequest = (
  { object, fields }: Target,
  records: readonly PreparedRecord<ApolloRecord>[],
  announce: (() => Promise<unknown>) | undefined,
) => ({
  body: {
    entity_ids: [...new Set(records.map(({ id }) => id))],
    label_names: listsOf(records[0]!.record),
    modality: object.name,
  },
  records: records.length,
  fields: [shownAmong(fields, 'lists')],
  idempotent: true,
  schema: labelsChanged,
  before: announcing(announce),
});

/** What a request says of a record that it puts on lists, or takes off them. */
export const membership = ({ id, record }: PreparedRecord<ApolloRecord>) => ({
  entity_ids: [id],
  label_names: listsOf(record),
});

/**
 * What an answer says instead of confirming that these lists were changed; undefined where it confirms it. That Apollo
 * shows the lists says no more than that it took the request: some 15 % of removals were seen to be answered with success
 * and to do nothing (a public issue thread, 2026-08).
 */
export function unconfirmed(
  answer: ReturnType<typeof labelsChanged.parse>,
  lists: readonly string[],
): string | undefined {
  if (answer.done === 'unclear') return answer.said;
  if (answer.done !== 'now') return undefined;
  const { names } = answer;
  if (names.length === 0) return 'it showed no list';
  const known = new Set(names.flatMap((name) => (name === null ? [] : [comparableName(name)])));
  const isShown = names.includes(null) || lists.every((list) => known.has(comparableName(list)));
  return isShown ? undefined : 'it showed other lists';
}
