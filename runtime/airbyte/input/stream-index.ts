import type { StreamDescriptor } from '../../contract/protocol.ts';

/** Finds the streams of a catalog by name and namespace; absent, null and empty namespace are one. */
export class StreamIndex {
  readonly #byName = new Map<string, Map<string, number>>();

  constructor(descriptors: readonly StreamDescriptor[]) {
    for (const [index, { name, namespace }] of descriptors.entries()) {
      const spaces = this.#byName.get(name) ?? new Map<string, number>();
      spaces.set(namespace ?? '', index);
      this.#byName.set(name, spaces);
    }
  }

  /**
   * The place of a stream in the catalog; undefined where it has none. A message without a namespace belongs to the
   * only stream of its name: PyAirbyte drops namespaces when it replays a cache (airbyte/_message_iterators.py, 0.55.2).
   */
  find(name: string, namespace: string): number | undefined {
    const spaces = this.#byName.get(name);
    const exact = spaces?.get(namespace);
    if (exact !== undefined || spaces === undefined) return exact;
    if (namespace === '' && spaces.size === 1) return spaces.values().next().value;
    return spaces.get('');
  }
}
