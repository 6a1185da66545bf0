import type { DestinationObject, EndpointName, Field, Values } from '../catalog/object.ts';
import type { PreparedRecord } from '../runtime/record.ts';
import type { ApolloRecord } from './apollo-record.ts';
import type { Client } from './client.ts';

/** What all steps of one stream share: where they write, which fields, and by what policy. */
export interface Target {
  readonly apollo: Client;
  readonly object: DestinationObject;
  /** The mapped fields by name, custom fields and lists included. */
  readonly fields: ReadonlyMap<string, Field>;
  /** By which endpoint each field of an existing record is written; a field without a route is left as it is. */
  readonly routes: ReadonlyMap<string, EndpointName>;
  readonly existing: ExistingPolicy;
  readonly onMatchConflict: 'reject' | 'create';
}

/** What happens to a record that Apollo already has. `keep`: mode insert, or `on_existing: skip`. */
export type ExistingPolicy = 'update' | 'fill_blanks' | 'keep';

/** The fields of a record that an endpoint is to write, with their values. */
export function valuesFor(target: Target, pending: readonly string[], values: Values, endpoint: EndpointName): Values {
  const taken = pending.filter((name) => target.routes.get(name) === endpoint);
  return Object.fromEntries(taken.map((name) => [name, values[name]!]));
}

/** Whether a record is known to be the row's own and has something that this endpoint is to write. */
export const isReadyFor = (
  target: Target,
  { id, record }: PreparedRecord<ApolloRecord>,
  endpoint: EndpointName,
): boolean =>
  id !== undefined && ready[record.progress] && record.pending.some((name) => target.routes.get(name) === endpoint);

const ready: Readonly<Record<ApolloRecord['progress'], boolean>> = {
  mapped: true,
  found: true,
  changed: true,
  created: true,
  kept: false,
  unverified: false,
  unread: false,
  namesake: false,
};
