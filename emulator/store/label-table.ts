import type { Label, Modality } from './records.ts';

/** All lists, found by id, or by name within what they hold. */
export class LabelTable {
  readonly #byId = new Map<string, Label>();
  readonly #byName = new Map<string, Label>();

  get size(): number {
    return this.#byId.size;
  }

  values(): IterableIterator<Label> {
    return this.#byId.values();
  }

  get(id: string): Label | undefined {
    return this.#byId.get(id);
  }

  byName(name: string, modality: Modality): Label | undefined {
    return this.#byName.get(`${modality}\n${name}`);
  }

  /** The ids of the list's records; none when there is no such list. */
  members(name: string, modality: Modality): ReadonlySet<string> {
    return this.byName(name, modality)?.members ?? new Set();
  }

  add(label: Label): void {
    this.#byId.set(label.id, label);
    this.#byName.set(`${label.modality}\n${label.name}`, label);
  }

  rename(label: Label, name: string): void {
    this.#byName.delete(`${label.modality}\n${label.name}`);
    label.name = name;
    this.#byName.set(`${label.modality}\n${name}`, label);
  }
}
