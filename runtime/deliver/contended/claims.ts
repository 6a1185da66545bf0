import type { Position } from '../../contract/outcome.ts';

const [free, given, growAbove] = [0xffffffff, 0xfffffffe, 0.7];

/**
 * Which row of a run has which record, by the destination's id: the first that comes to it, until a later one takes over.
 * Holds twelve bytes and some room an id, since a run may come to a million of them: ids are known by 64 bits of hash.
 */
export class Claims {
  #positions = new Uint32Array(1024).fill(free);
  #hashes = new Uint32Array(2048);
  #count = 0;

  /** The position of the row that has the record; undefined where none has. */
  holderOf(id: string): Position | undefined {
    const { high, low } = hashOf(id);
    const position = this.#positions[this.#slotOf(high, low)]!;
    return position === free || position === given ? undefined : position;
  }

  /** Gives the record to a row, whoever had it. */
  take(id: string, position: Position): void {
    const { high, low } = hashOf(id);
    this.#put(high, low, position);
  }

  /** Gives the record to a row unless another has it; the position of the row that has it then. */
  claim(id: string, position: Position): Position {
    const { high, low } = hashOf(id);
    const holder = this.#positions[this.#slotOf(high, low)]!;
    if (holder !== free && holder !== given) return holder;
    this.#put(high, low, position);
    return position;
  }

  /** Takes the record from the row that has it. */
  release(id: string): void {
    this.take(id, given);
  }

  #put(high: number, low: number, position: Position): void {
    if (this.#count >= this.#positions.length * growAbove) this.#grow();
    const slot = this.#slotOf(high, low);
    if (this.#positions[slot] === free) this.#count++;
    this.#positions[slot] = position;
    this.#hashes[slot * 2] = high;
    this.#hashes[slot * 2 + 1] = low;
  }

  #slotOf(high: number, low: number): number {
    const mask = this.#positions.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      if (this.#positions[slot] === free) return slot;
      if (this.#hashes[slot * 2] === high && this.#hashes[slot * 2 + 1] === low) return slot;
    }
  }

  #grow(): void {
    const [positions, hashes] = [this.#positions, this.#hashes];
    this.#positions = new Uint32Array(positions.length * 2).fill(free);
    this.#hashes = new Uint32Array(positions.length * 4);
    this.#count = 0;
    for (const [slot, position] of positions.entries()) {
      if (position !== free) this.#put(hashes[slot * 2]!, hashes[slot * 2 + 1]!, position);
    }
  }
}

/** Two times FNV-1a, each mixed, so that ids that count up do not stand beside each other. */
function hashOf(text: string): { readonly high: number; readonly low: number } {
  let [high, low] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x01000193);
  }
  return { high: mixed(high), low: mixed(low) };
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (once ^ (once >>> 13)) >>> 0;
}
