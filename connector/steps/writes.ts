import type { EndpointName } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { type Target, valuesFor } from '../record/target.ts';

/** The names of all fields that a request to this endpoint writes, in order. */
export const fieldsIn = (target: Target, records: readonly PreparedRecord<ApolloRecord>[], endpoint: EndpointName) =>
  [...new Set(records.flatMap(({ record }) => Object.keys(valuesFor(target, record, endpoint))))].sort();
