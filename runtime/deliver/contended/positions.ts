import type { Position } from '../../contract/outcome.ts';

const pageSize = 4096;

/** A set of rows of a run: a bit a row, whatever their positions. */
export class Positions {
  readonly #pages = new Map<number, Uint8Array>();

  add(position: Position): void {
    const at = Math.floor(position / pageSize);
    const page = this.#pages.get(at) ?? new Uint8Array(pageSize / 8);
    this.#pages.set(at, page);
    page[(position % pageSize) >> 3]! |= 1 << (position & 7);
  }

  delete(position: Position): void {
    const page = this.#pages.get(Math.floor(position / pageSize));
    if (page !== undefined) page[(position % pageSize) >> 3]! &= ~(1 << (position & 7));
  }

  has(position: Position): boolean {
    const page = this.#pages.get(Math.floor(position / pageSize));
    return page !== undefined && (page[(position % pageSize) >> 3]! & (1 << (position & 7))) !== 0;
  }
}
