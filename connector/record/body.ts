import type { EndpointName, Field, Values, WireValue } from '../../catalog/object.ts';
import type { ApolloRecord } from './apollo-record.ts';

/** What one record contributes to a request: to its own entry, and to the request as a whole. */
interface Placed {
  readonly record: Readonly<Record<string, unknown>>;
  readonly request: Readonly<Record<string, unknown>>;
}

/**
 * Puts values where an endpoint documents them. Fields that the endpoint cannot write are left out, so the caller may
 * offer all it has. Null is never sent (P47); what is cleared is sent as "" (P48).
 */
export function place(fields: ReadonlyMap<string, Field>, values: Values, endpoint: EndpointName): Placed {
  const record: Record<string, unknown> = {};
  const request: Record<string, unknown> = {};
  let custom: Record<string, unknown> | undefined;
  for (const name in values) {
    const field = fields.get(name);
    const spot = field?.writable[endpoint];
    if (!field || !spot) continue;
    const shape = wireShape(field, values[name]!);
    if (spot.in === 'record') record[spot.as] = shape;
    else if (spot.in === 'request') request[spot.as] = shape;
    else {
      custom ??= {};
      custom[spot.as] = shape;
    }
  }
  if (custom !== undefined) record['typed_custom_fields'] = custom;
  return { record, request };
}

/**
 * Whether a create may leave a field out: it stands once for all records of the request, so that they must agree on it, and
 * bulk_update gives each record one of its own.
 */
export const canWait = ({ writable }: Field): boolean =>
  writable.create?.in === 'request' && writable.bulkUpdate !== undefined;

/** The lists a record is to be in, in an order of their own: a set has none, and requests are shared by what they say. */
export const listsOf = ({ values }: Pick<ApolloRecord, 'values'>): readonly string[] =>
  [...((values['lists'] ?? []) as readonly string[])].sort();

function wireShape({ items }: Field, value: WireValue): unknown {
  const as = items?.as;
  return as === undefined || !Array.isArray(value)
    ? value
    : value.map((entry, position) => ({ [as]: entry, position }));
}
