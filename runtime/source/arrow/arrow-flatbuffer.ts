import { isUtf8 } from 'node:buffer';

/** A table of a flatbuffer: fields by slot; each may be absent (flatbuffers.dev/internals). Reading throws RangeError where it is damaged. */
export class FlatTable {
  readonly #view: DataView;
  /** Where the table begins. */
  readonly at: number;

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.at = at;
  }

  /** The table that a buffer holds. */
  static rootOf(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  #find(slot: number): number | undefined {
    const vtable = this.at - this.#view.getInt32(this.at, true);
    const entry = 4 + 2 * slot;
    // apache-arrow takes both for signed, and what is below zero for a field that is absent.
    if (entry >= positive(this.#view.getInt16(vtable, true))) return undefined;
    const offset = positive(this.#view.getInt16(vtable + entry, true));
    return offset === 0 ? undefined : this.at + offset;
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  #vector(slot: number, size: number): { readonly start: number; readonly count: number } {
    const field = this.#find(slot);
    if (field === undefined) return { start: 0, count: 0 };
    const start = this.#follow(field);
    const count = this.#view.getUint32(start, true);
    if (start + 4 + count * size > this.#view.byteLength) {
      throw new RangeError(`a vector of ${count} in ${this.#view.byteLength} bytes`);
    }
    return { start: start + 4, count };
  }

  byte(slot: number): number {
    const at = this.#find(slot);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  short(slot: number): number {
    const at = this.#find(slot);
    return at === undefined ? 0 : this.#view.getInt16(at, true);
  }

  int(slot: number): number {
    const at = this.#find(slot);
    return at === undefined ? 0 : this.#view.getInt32(at, true);
  }

  long(slot: number): number {
    const at = this.#find(slot);
    return at === undefined ? 0 : Number(this.#view.getBigInt64(at, true));
  }

  /** Undefined where the bytes are not UTF-8. */
  text(slot: number): string | undefined {
    const { start, count } = this.#vector(slot, 1);
    const bytes = Buffer.from(this.#view.buffer, this.#view.byteOffset + start, count);
    return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#find(slot);
    return at === undefined ? undefined : new FlatTable(this.#view, this.#follow(at));
  }

  tables(slot: number): FlatTable[] {
    const { start, count } = this.#vector(slot, 4);
    return Array.from({ length: count }, (_, i) => new FlatTable(this.#view, this.#follow(start + 4 * i)));
  }

  longs(slot: number): number[] {
    const { start, count } = this.#vector(slot, 8);
    return Array.from({ length: count }, (_, i) => Number(this.#view.getBigInt64(start + 8 * i, true)));
  }

  /** A vector of structs of `size` bytes; each has 64-bit integers at `places`. */
  structs(slot: number, size: number, places: readonly number[]): bigint[][] {
    const { start, count } = this.#vector(slot, size);
    return Array.from({ length: count }, (_, i) =>
      places.map((place) => this.#view.getBigInt64(start + i * size + place, true)),
    );
  }
}

function positive(value: number): number {
  if (value < 0) throw new RangeError(`a table of ${value} bytes`);
  return value;
}
