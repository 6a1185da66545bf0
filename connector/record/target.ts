import type { DestinationObject, EndpointName, Field, Values, WireValue } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Client } from '../api/client.ts';
import type { ApolloRecord } from './apollo-record.ts';
import { nextStepOf } from './next-step.ts';
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
  /** Whether a record is read in full before fields that were not read yet are changed. */
  readonly readsBefore: boolean;
  /** Whether a person may decide single rows. */
  readonly hasDecisions?: boolean | undefined;
  /** The id of the user as whom requests act, once that is known. */
  readonly actor?: (() => string | undefined) | undefined;
  /** Ids in one request that changes lists; absent: as many as is usual. */
  readonly idsPerCall?: number | undefined;
}

/** What happens to a record that Apollo already has. `keep`: mode insert, or `on_existing: skip`. */
export type ExistingPolicy = 'update' | 'fill_blanks' | 'keep';

/** The fields of a record that an endpoint is to write, with their values. */
export function valuesFor({ routes }: Target, record: ApolloRecord, endpoint: EndpointName): Values {
  const written = routes.of(record);
  const taken: Record<string, WireValue> = {};
  for (const name of record.pending) if (written.get(name) === endpoint) taken[name] = record.values[name]!;
  return taken;
}

/** Whether a record is known to be the row's own and has something that this endpoint is to write. */
export function isReadyFor(
  { routes }: Target,
  prepared: PreparedRecord<ApolloRecord>,
  endpoint: EndpointName,
): boolean {
  if (nextStepOf(prepared) !== 'write') return false;
  const { record } = prepared;
  const written = routes.of(record);
  return record.pending.some((name) => written.get(name) === endpoint);
}
