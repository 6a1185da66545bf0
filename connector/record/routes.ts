import type { EndpointName, Field } from '../../catalog/object.ts';
import type { StreamConfig } from '../../spec/stream.ts';

type Updates = StreamConfig['updates'];

/** What of a record decides by which endpoints it is written. */
interface Pending {
  readonly pending: readonly string[];
  /** A request of its own is made for it in any case: PATCH, then, writes all that it can. */
  readonly byPatch?: true;
  /** It gets back what somebody has changed: many at once, where that can be. */
  readonly isRepair?: true;
  /** Endpoints after which Apollo showed another value than was sent: a field goes to one that is left. */
  readonly untaken?: Readonly<Record<string, readonly EndpointName[]>>;
}

/** By which endpoint each field of an existing record is written. */
export interface Routes {
  /** Whether any endpoint writes it to an existing record; a field without a route is left as it is. */
  has(name: string): boolean;
  /** The endpoint for each field of a record in this state. The same state has the same routes, wherever it is asked. */
  of(record: Pending): ReadonlyMap<string, EndpointName>;
  /** Every endpoint that may come to write a record that has some of these fields pending. */
  taken(names: readonly string[]): ReadonlySet<EndpointName>;
  /** Whether a record that would be alone in its request is better off with a PATCH of everything. */
  isBetterPatched(record: Pending): boolean;
}

/** Endpoints in the order in which a field takes the first that writes it, for two kinds of records. */
interface Order {
  readonly usual: readonly EndpointName[];
  /** For a record that needs a PATCH anyhow: what the PATCH can take costs nothing more. */
  readonly patched: readonly EndpointName[];
}

/** What gives many records back at once what somebody has changed. */
const repairing: readonly EndpointName[] = ['bulkUpdate', 'labels', 'patch'];

const oneByOne: readonly EndpointName[] = ['patch', 'bulkUpdate', 'labels'];

/**
 * `individual` makes one PATCH a record, and bulk_update only for what no PATCH is documented to take. `bulk` makes one only
 * for what nothing else takes: bulk_update first, where records need agree on nothing.
 */
const orders = {
  individual: { usual: oneByOne, patched: oneByOne },
  bulk: {
    usual: ['bulkUpdate', 'stages', 'owners', 'labels', 'patch'],
    patched: ['patch', 'bulkUpdate', 'stages', 'owners', 'labels'],
  },
} as const satisfies Record<Updates, Order>;

/** The routes of a stream's fields; pure, and cheap to ask for every record. */
export function routes(fields: readonly Field[], updates: Updates): Routes {
  const usual = routesBy(orders[updates].usual, fields);
  const patched = routesBy(orders[updates].patched, fields);
  const repaired = routesBy(repairing, fields);
  const isRepaired = ({ isRepair, pending }: Pending): boolean =>
    updates === 'individual' && isRepair === true && pending.every((name) => repaired.get(name) !== 'patch');
  const isPatched = ({ pending, byPatch }: Pending): boolean =>
    byPatch === true || pending.some((name) => usual.get(name) === 'patch');
  /** The PATCH of such a record saves it a share of bulk_update, at the price of the request that it makes anyhow. */
  const isBetterPatched = ({ pending, byPatch }: Pending): boolean => {
    const others = pending.filter((name) => usual.get(name) === 'bulkUpdate');
    return byPatch !== true && others.length > 0 && others.every((name) => patched.get(name) === 'patch');
  };
  const byName = new Map(fields.map((field) => [field.name, field]));
  // Rows of a stream have few sets of pending fields.
  const takenBy = new Map<string, ReadonlySet<EndpointName>>();
  return {
    has: (name) => usual.has(name),
    of: (record) => {
      const map = isRepaired(record) ? repaired : isPatched(record) ? patched : usual;
      const { untaken } = record;
      if (untaken === undefined) return map;
      return new Map(
        [...map].flatMap(([name, endpoint]) => {
          const tried = untaken[name];
          const next = tried === undefined ? endpoint : nextAfter(tried, byName.get(name)!);
          return next === undefined ? [] : [[name, next]];
        }),
      );
    },
    taken: (names) => {
      const set = names.join('\n');
      const made = takenBy.get(set) ?? taken(names);
      takenBy.set(set, made);
      return made;
    },
    isBetterPatched,
  };
  function taken(names: readonly string[]): ReadonlySet<EndpointName> {
    const mayBeAlone = names.some((name) => usual.get(name) === 'stages');
    const others = names.filter((name) => isBetterPatched({ pending: [name] }));
    const maps = isPatched({ pending: names }) || (mayBeAlone && others.length > 0) ? [usual, patched] : [usual];
    return new Set(maps.flatMap((map) => names.flatMap((name) => map.get(name) ?? [])));
  }
}

/** The endpoints in the order in which a record passes them (modes.ts). */
const passed: readonly EndpointName[] = ['create', 'stages', 'bulkUpdate', 'owners', 'patch', 'labels'];

const nextAfter = (tried: readonly EndpointName[], { writable }: Field): EndpointName | undefined =>
  passed
    .slice(Math.max(...tried.map((endpoint) => passed.indexOf(endpoint))) + 1)
    .find((endpoint) => writable[endpoint] !== undefined);

const routesBy = (order: readonly EndpointName[], fields: readonly Field[]): ReadonlyMap<string, EndpointName> =>
  new Map(
    fields.flatMap(({ name, writable }) => {
      const endpoint = order.find((one) => writable[one] !== undefined);
      return endpoint === undefined ? [] : [[name, endpoint]];
    }),
  );
