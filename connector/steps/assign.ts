import type { EndpointName } from '../../catalog/object.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import { type Endpoint, endpoints } from '../api/endpoints.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { place } from '../record/body.ts';
import { type Target, valuesFor } from '../record/target.ts';
import { type ApolloStep, updating } from './apollo-step.ts';
import { writeMany } from './request/write-many.ts';

/** Endpoints that give many records one value: their ids and that value stand in the query. */
type Grouped = Extract<EndpointName, 'stages' | 'owners'>;

const grouped: Readonly<Record<Grouped, (target: Target) => Endpoint>> = {
  // Accounts have no such endpoint, and no field that is routed to it.
  stages: () => endpoints.contacts.updateStages,
  owners: ({ object }) => endpoints[object.name].updateOwners,
};

/** A step for each of the grouped endpoints that the stream's fields are routed to. */
export function assign(target: Target): readonly ApolloStep[] {
  const taken = target.routes.taken([...target.fields.keys()]);
  return (Object.keys(grouped) as Grouped[]).filter((name) => taken.has(name)).map((name) => assignBy(target, name));
}

/** A step for owners that bulk_update has not taken; none where owners go by group anyhow. */
export function assignOwners(target: Target): readonly ApolloStep[] {
  const hasOwner = [...target.fields.values()].some(({ writable }) => writable.owners !== undefined);
  const isGrouped = target.routes.taken([...target.fields.keys()]).has('owners');
  return hasOwner && !isGrouped ? [assignBy(target, 'owners')] : [];
}

/**
 * Gives many records one stage, or one owner (docs.apollo.io/reference/update-contact-stage, update-contact-ownership and
 * update-account-ownership, 2026-08-19; P30, P31, P38, P43).
 */
function assignBy(target: Target, name: Grouped): ApolloStep {
  const { singular } = target.object;
  const endpoint = grouped[name](target);
  const valuesOf = ({ record }: PreparedRecord<ApolloRecord>) => valuesFor(target, record, name);
  const sharedBy = (prepared: PreparedRecord<ApolloRecord>) =>
    place(target.fields, valuesOf(prepared), name).request as Readonly<Record<string, string>>;
  return {
    ...updating(target, name, endpoint, (prepared) => ({
      [`${singular}_ids`]: [prepared.id],
      ...sharedBy(prepared),
    })),
    sharing: {
      key: (prepared) => JSON.stringify(sharedBy(prepared)),
      // Alone in its request, it saves nothing to what a PATCH of all that is pending costs, and a share of bulk_update.
      relax: (batches) =>
        batches
          .flatMap((records) => (records.length === 1 ? records : []))
          .filter(({ record }) => target.routes.isBetterPatched(record))
          .map((alone) => ({ ...alone, record: { ...alone.record, byPatch: true } })),
    },
    send: (records, signal, announce) => {
      const requestOf = (some: typeof records) => ({
        query: { [`${singular}_ids`]: some.map(({ id }) => id!), ...sharedBy(some[0]!) },
      });
      return writeMany(target, records, { endpoint, by: name, requestOf, signal, announce });
    },
  };
}
