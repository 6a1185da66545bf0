import { TransientFailure } from '../contract/failure.ts';

/** Holds a run to the requests of its plan, kind by kind. Those that carry no record are not planned, and not held. */
export class PlannedCalls {
  readonly #most: Readonly<Record<string, number>>;
  readonly #made = new Map<string, number>();
  readonly #withheld = new Map<string, number>();

  /** The most requests by display name; of what is not named, none. */
  constructor(most: Readonly<Record<string, number>>) {
    this.#most = most;
  }

  /** To be called before a request is sent. Throws a TransientFailure `run_limit` when the plan has no more of them. */
  take(request: string): void {
    const made = this.#made.get(request) ?? 0;
    const most = this.#most[request] ?? 0;
    if (made < most) {
      this.#made.set(request, made + 1);
      return;
    }
    this.#withheld.set(request, (this.#withheld.get(request) ?? 0) + 1);
    throw new TransientFailure(`The plan of this run has ${most} ${request}, and no more.`, {
      code: 'run_limit',
      delivery: 'not-delivered',
      retryAfterMs: 0,
    });
  }

  /** It was not sent after all. */
  giveBack(request: string): void {
    this.#made.set(request, (this.#made.get(request) ?? 1) - 1);
  }

  /** How many requests the plan has kept from being sent, by display name. */
  get withheld(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#withheld);
  }
}
