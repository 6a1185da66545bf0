import { OUTCOME_STATUSES, type OutcomeStatus, type Position } from '../../contract/outcome.ts';

const pageSize = 4096;

/** How the rows of a run have ended so far: a byte a row, whatever their positions. */
export class Statuses {
  readonly #pages = new Map<number, Uint8Array>();

  set(position: Position, status: OutcomeStatus): void {
    const at = Math.floor(position / pageSize);
    const page = this.#pages.get(at) ?? new Uint8Array(pageSize);
    this.#pages.set(at, page);
    page[position % pageSize] = OUTCOME_STATUSES.indexOf(status) + 1;
  }

  of(position: Position): OutcomeStatus | undefined {
    const code = this.#pages.get(Math.floor(position / pageSize))?.[position % pageSize] ?? 0;
    return OUTCOME_STATUSES[code - 1];
  }
}
