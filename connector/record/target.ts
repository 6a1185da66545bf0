import type { DestinationObject, EndpointName, Field, Values } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Client } from '../api/client.ts';
import type { ApolloRecord } from './apollo-record.ts';
import type { Routes } from './routes.ts';

/** What all steps of one stream share: where they write, which fields, and by what policy. */
export interface Target {
  readonly apollo: Client;
  readonly object: DestinationObject;
  /** The mapped fields by name, custom fields and lists included. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly routes: Routes;
  readonly existing: ExistingPolicy;
  readonly onMatchConflict: 'reject' | 'create';
  /** Whether a record is read in full before fields that nobody has seen are changed. */
  readonly readsBefore: boolean;
  /** Ids in one request that changes lists; absent: as many as is usual. */
  readonly idsPerCall?: number | undefined;
}

/** What happens to a record that Apollo already has. `keep`: mode insert, or `on_existing: skip`. */
export type ExistingPolicy = 'update' | 'fill_blanks' | 'keep';

/** The fields of a record that an endpoint is to write, with their values. */
export function valuesFor({ routes }: Target, record: ApolloRecord, endpoint: EndpointName): Values {
  const taken = record.pending.filter((name) => mayWrite(routes, record, name, endpoint));
  return Object.fromEntries(taken.map((name) => [name, record.values[name]!]));
}

/** Whether a record is known to be the row's own and has something that this endpoint is to write. */
export function isReadyFor(
  { routes }: Target,
  { id, record }: PreparedRecord<ApolloRecord>,
  endpoint: EndpointName,
): boolean {
  if (id === undefined || !ready[record.progress] || record.pending.length === 0) return false;
  if (record.mayTake !== undefined) return record.mayTake.includes(endpoint);
  return record.pending.some((name) => mayWrite(routes, record, name, endpoint));
}

/** Whether an endpoint writes a field of a record; in a preview of the most requests, whether it may come to. */
function mayWrite(routes: Routes, record: ApolloRecord, name: string, endpoint: EndpointName): boolean {
  if (record.mayTake === undefined) return routes.of(record).get(name) === endpoint;
  return [{ pending: [name] }, { pending: [name], byPatch: true } as const].some(
    (state) => routes.of(state).get(name) === endpoint,
  );
}

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
