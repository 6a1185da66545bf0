import { isBlank } from '../../catalog/current-value.ts';
import type { EndpointName } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/record.ts';
import type { FieldWrite } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import { type Target, valuesFor } from '../target.ts';

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
