import type { Values } from '../../catalog/object.ts';
import type { Answer } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import type { Target } from '../target.ts';

/**
 * The refusal of a record whose custom fields Apollo did not take. It answers 200 all the same and names them in
 * `custom_field_errors` (docs.apollo.io/reference/update-a-contact, 2026-08); undefined where there are none.
 */
export function refusedFields(
  { fields }: Target,
  values: Values,
  shown: Readonly<Record<string, unknown>>,
  endpoint: string,
): Answer<ApolloRecord> | undefined {
  const errors = shown['custom_field_errors'];
  if (typeof errors !== 'object' || errors === null) return undefined;
  const sent = Object.keys(values).map((name) => fields.get(name)!);
  const refused = sent.filter(({ writable }) => {
    const place = writable.patch;
    return place?.in === 'typed_custom_fields' && Object.hasOwn(errors, place.as);
  });
  if (refused.length === 0) return undefined;
  return {
    status: 'rejected',
    rejection: {
      code: 'apollo_rejected',
      message: `Apollo did not take the custom field ${refused.map(({ title }) => title).join(', ')}.`,
      field: refused[0]!.name,
      endpoint,
      httpStatus: 200,
      attempts: 1,
    },
  };
}
