import type { Settled } from '../contract/record.ts';
import type { StateStore } from '../contract/state-store.ts';
import type { Writer } from '../contract/writer.ts';

/** The ids of records that a run has learned, by match key: what other records of the run refer to, where no state store tells. */
export class KnownIds {
  readonly #ids = new Map<string, string>();
  readonly #objects: ReadonlySet<string>;

  /** `objects` are those that records refer to; of others nothing is kept. */
  constructor(objects: Iterable<string>) {
    this.#objects = new Set(objects);
  }

  /** Takes down the records of settled rows. */
  add(object: string, settled: readonly Settled[]): void {
    if (!this.#objects.has(object)) return;
    for (const { id, matchKey, knownBy = matchKey, outcome } of settled) {
      const found = ('id' in outcome ? outcome.id : undefined) ?? id;
      if (found === undefined || outcome.status === 'superseded' || typeof knownBy !== 'string') continue;
      this.#ids.set(knownBy, found);
    }
  }

  /** A state store that tells the ids of records; one that cannot does so by what the run has learned. */
  beside(store: StateStore): StateStore & Required<Pick<StateStore, 'find'>> {
    if (tellsIds(store)) return store;
    return { ...store, ...linking(store, this.#ids) };
  }
}

const tellsIds = (store: StateStore): store is StateStore & Required<Pick<StateStore, 'find'>> =>
  store.find !== undefined;

/** The objects that records of these streams refer to. */
export const linkedObjects = (streams: readonly { readonly writer: Pick<Writer<unknown>, 'links'> }[]) =>
  streams.flatMap(({ writer: { links } }) => links?.object ?? []);

/** What a state store tells of the ids of records, with `more` where it knows none. */
export const linking = (
  store: StateStore | undefined,
  more: ReadonlyMap<string, string>,
): Required<Pick<StateStore, 'find'>> => ({
  find: async (matchKeys, object) => {
    const ids = new Map(await store?.find?.(matchKeys, object));
    for (const key of matchKeys) if (!ids.has(key) && more.has(key)) ids.set(key, more.get(key)!);
    return ids;
  },
});
