import { currentValue, isBlank, sameValue } from '../../catalog/current-value.ts';
import type { Field, FieldType, Values, WireValue } from '../../catalog/object.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import type { Target } from '../record/target.ts';

type Shown = Readonly<Record<string, unknown>>;

/**
 * The refusal of a record of which Apollo did not take everything. It answers 200 all the same, names some custom fields
 * in `custom_field_errors`, and ignores others in silence (docs.apollo.io/reference/update-a-contact, 2026-08; the silence:
 * seen live by clients). Undefined where nothing of that kind can be seen.
 */
export function refusedFields(
  { fields }: Target,
  values: Values,
  shown: Shown,
  endpoint: string,
): Answer<ApolloRecord> | undefined {
  const sent = Object.keys(values).map((name) => fields.get(name)!);
  const refused = sent.filter((field) => isNamed(field, shown) || isLost(field, values, shown));
  return rejectionOf(refused, endpoint);
}

/**
 * The refusal of a record of which a bulk answer shows that Apollo did not take everything: bulk_update ignores what it does
 * not know, in silence. Such answers show some of the fields; of those not shown nobody can tell.
 */
export function notTaken(
  { fields }: Target,
  values: Values,
  shown: Shown,
  endpoint: string,
): Answer<ApolloRecord> | undefined {
  return rejectionOf(
    Object.keys(values)
      .map((name) => fields.get(name)!)
      .filter((field) => isGivenUp(field, values[field.name]!, shown)),
    endpoint,
  );
}

function rejectionOf(refused: readonly Field[], endpoint: string): Answer<ApolloRecord> | undefined {
  if (refused.length === 0) return undefined;
  return {
    status: 'rejected',
    rejection: {
      code: 'apollo_rejected',
      message: `Apollo answered that it wrote the record, and did not take ${refused.map(({ title }) => title).join(', ')}.`,
      field: refused[0]!.name,
      endpoint,
      httpStatus: 200,
      attempts: 1,
    },
  };
}

function isNamed({ writable }: Field, { custom_field_errors: errors }: Shown): boolean {
  const place = writable.patch;
  if (typeof errors !== 'object' || errors === null || place?.in !== 'typed_custom_fields') return false;
  return Object.hasOwn(errors, place.as);
}

/**
 * Of custom fields: what was sent and comes back blank was not taken, nor what comes back as another value where a value has
 * one spelling. Other fields prove nothing: Apollo shows phones once it has sanitised them, and leaves the website out where
 * there is an e-mail address (Apollo's older documentation of contacts, 2024).
 */
function isLost(field: Field, values: Values, shown: Shown): boolean {
  return field.writable.patch?.in === 'typed_custom_fields' && isGivenUp(field, values[field.name]!, shown);
}

/** Whether what was sent comes back blank, or as another value where a value has one spelling. */
function isGivenUp(field: Field, wanted: WireValue, shown: Shown): boolean {
  const current = currentValue(field, shown);
  if (isBlank(wanted) || !current.known) return false;
  return isBlank(current.value) || (hasOneSpelling.has(field.type) && !sameValue(field, wanted, current.value));
}

const hasOneSpelling: ReadonlySet<FieldType> = new Set([
  'option',
  'options',
  'number',
  'boolean',
  'date',
  'stage',
  'owner',
]);
