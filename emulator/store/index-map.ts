/** A map from a key to the records that have it; one record, the usual case, costs no array. */
export class IndexMap<K, V extends object> {
  readonly #entries = new Map<K, V | V[]>();

  /** The records with this key, in the order they got it. */
  get(key: K): readonly V[] {
    const found = this.#entries.get(key);
    if (found === undefined) return [];
    return Array.isArray(found) ? found : [found];
  }

  add(key: K, record: V): void {
    const found = this.#entries.get(key);
    if (found === undefined) this.#entries.set(key, record);
    else if (!Array.isArray(found)) this.#entries.set(key, found === record ? found : [found, record]);
    else if (!found.includes(record)) found.push(record);
  }

  remove(key: K, record: V): void {
    const found = this.#entries.get(key);
    if (found === undefined) return;
    if (!Array.isArray(found)) {
      if (found === record) this.#entries.delete(key);
      return;
    }
    const rest = found.filter((other) => other !== record);
    const [only] = rest;
    if (only === undefined) this.#entries.delete(key);
    else this.#entries.set(key, rest.length === 1 ? only : rest);
  }
}
