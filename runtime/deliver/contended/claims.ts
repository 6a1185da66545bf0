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
    const position = this.#positions[this.#slotOf(hashOf(id, 0x811c9dc5), hashOf(id, 0x9e3779b9))]!;
    return position === free || position === given ? undefined : position;
  }

  /** Gives the record to a row, whoever had it. */
  take(id: string, position: Position): void {
    if (this.#count >= this.#positions.length * growAbove) this.#grow();
    this.#put(hashOf(id, 0x811c9dc5), hashOf(id, 0x9e3779b9), position);
  }

  /** Takes the record from the row that has it. */
  release(id: string): void {
    this.take(id, given);
  }

  #put(high: number, low: number, position: Position): void {
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

/** FNV-1a, then mixed, so that ids that count up do not stand beside each other. */
function hashOf(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
