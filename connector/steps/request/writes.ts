import type { EndpointName } from '../../../catalog/object.ts';
import { shownAmong } from '../../../catalog/shown-name.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';
import type { ApolloRecord } from '../../record/apollo-record.ts';
import { type Target, valuesFor } from '../../record/target.ts';

/** All fields that a request to this endpoint writes, as the mapping names them, in order. */
export function fieldsIn(
  target: Target,
  records: readonly PreparedRecord<ApolloRecord>[],
  endpoint: EndpointName,
): readonly string[] {
  const names = new Set<string>();
  for (const { record } of records) for (const name in valuesFor(target, record, endpoint)) names.add(name);
  return [...names].map((name) => shownAmong(target.fields, name)).sort();
}
