import { isBlank } from '../../catalog/current-value.ts';
import type { EndpointName } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { FieldWrite } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { type Target, valuesFor } from '../record/target.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/** What a request to this endpoint writes of a record that exists. */
export const writesOf =
  (target: Target, endpoint: EndpointName) =>
  ({ record }: Prepared): readonly FieldWrite[] =>
    Object.entries(valuesFor(target, record, endpoint)).map(([field, value]) => ({
      field,
      clears: isBlank(value),
    }));

/** The names of all fields that a request writes, in order. */
export const fieldsIn = (records: readonly Prepared[], writes: (record: Prepared) => readonly FieldWrite[]) =>
  [...new Set(records.flatMap((record) => writes(record).map(({ field }) => field)))].sort();
