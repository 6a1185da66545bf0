import type { StateStore } from '../contract/state-store.ts';

/**
 * A state store that stops the run where it cannot be read, and knows nothing then: nothing more is sent, and rows whose answers have
 * come get their outcomes all the same. Where it does not say which rows have the records that were found, nothing more is remembered
 * either: a record could have two rows.
 */
export function stoppingAt(store: StateStore, run: AbortController): StateStore {
  const nothing = (error: unknown): ReadonlyMap<string, never> => {
    run.abort(error);
    return new Map<string, never>();
  };
  let untold: { readonly error: unknown } | undefined;
  const unsure = (error: unknown): ReadonlyMap<string, never> => {
    untold ??= { error };
    return nothing(error);
  };
  const { isNone, resolve, intended, holders, elsewhere, find } = store;
  return {
    isNone,
    recall: (keys) => store.recall(keys).catch(nothing),
    intend: (intents, aheadMs) => store.intend(intents, aheadMs),
    record: (settled, aheadMs) =>
      untold === undefined ? store.record(settled, aheadMs) : Promise.reject(untold.error),
    ...(resolve && { resolve: (rows, renames) => resolve.call(store, rows, renames).catch(nothing) }),
    ...(intended && { intended: (key) => intended.call(store, key) }),
    ...(holders && { holders: (ids) => holders.call(store, ids).catch(unsure) }),
    ...(elsewhere && { elsewhere: (ids) => elsewhere.call(store, ids).catch(nothing) }),
    ...(find && { find: (keys, object) => find.call(store, keys, object).catch(nothing) }),
  };
}
