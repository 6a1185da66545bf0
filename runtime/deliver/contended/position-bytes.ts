import type { Position } from '../../contract/outcome.ts';

const pageSize = 4096;

/** A small number for each row of a run, 0 until one is set: a byte a row, whatever their positions. */
export class PositionBytes {
  readonly #pages = new Map<number, Uint8Array>();
  // The page that was asked for last: most rows come in their order.
  #at = -1;
  #page: Uint8Array | undefined;

  /** `value` is from 0 to 255. */
  set(position: Position, value: number): void {
    let page = this.#pageOf(position);
    if (page === undefined) {
      page = new Uint8Array(pageSize);
      this.#pages.set(this.#at, page);
      this.#page = page;
    }
    page[position % pageSize] = value;
  }

  of(position: Position): number {
    return this.#pageOf(position)?.[position % pageSize] ?? 0;
  }

  #pageOf(position: Position): Uint8Array | undefined {
    const at = Math.floor(position / pageSize);
    if (at !== this.#at) {
      this.#at = at;
      this.#page = this.#pages.get(at);
    }
    return this.#page;
  }
}
