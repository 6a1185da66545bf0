import type { Known, StateStore } from '../contract/state-store.ts';

/** A state store that is only read: rows find what they will find once they have moved to other records. */
export function lookedInto(store: StateStore): StateStore {
  const moved = new Map<string, Known>();
  return {
    isNone: store.isNone,
    async recall(primaryKeys) {
      const stored = await store.recall(primaryKeys);
      if (moved.size === 0) return stored;
      const found = new Map(stored);
      for (const key of primaryKeys) if (moved.has(key)) found.set(key, moved.get(key)!);
      return found;
    },
    async resolve(rows, renames) {
      const foreseen = await store.foresee?.(rows, renames);
      for (const [key, known] of foreseen?.moved ?? []) moved.set(key, known);
      return foreseen?.waits ?? new Map();
    },
    ...(store.intended && { intended: (key: string) => store.intended!(key) }),
    ...(store.find && { find: (matchKeys: readonly string[], object?: string) => store.find!(matchKeys, object) }),
    intend: async () => undefined,
    record: async () => undefined,
  };
}
