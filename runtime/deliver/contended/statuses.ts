import { OUTCOME_STATUSES, type OutcomeStatus, type Position } from '../../contract/outcome.ts';
import { PositionBytes } from './position-bytes.ts';

/** How the rows of a run have ended so far. */
export class Statuses {
  readonly #codes = new PositionBytes();

  set(position: Position, status: OutcomeStatus): void {
    this.#codes.set(position, OUTCOME_STATUSES.indexOf(status) + 1);
  }

  of(position: Position): OutcomeStatus | undefined {
    return OUTCOME_STATUSES[this.#codes.of(position) - 1];
  }
}
