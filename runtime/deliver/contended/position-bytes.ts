import type { Position } from '../../contract/outcome.ts';

const pageSize = 4096;

/** A small number for each row of a run, 0 until one is set: a byte a row, whatever their positions. */
export class PositionBytes {
  readonly #pages = new Map<number, Uint8Array>();

  /** `value` is from 0 to 255. */
  set(position: Position, value: number): void {
    const at = Math.floor(position / pageSize);
    let page = this.#pages.get(at);
    if (page === undefined) {
      page = new Uint8Array(pageSize);
      this.#pages.set(at, page);
    }
    page[position % pageSize] = value;
  }

  of(position: Position): number {
    return this.#pages.get(Math.floor(position / pageSize))?.[position % pageSize] ?? 0;
  }
}
