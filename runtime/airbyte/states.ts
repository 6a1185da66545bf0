import type { OutgoingMessage } from '../contract/protocol.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { MicroBatch } from './input/micro-batches.ts';
import { stateMessage } from './state-message.ts';

interface PendingState {
  readonly text: string;
  /** The stream that it is about; undefined for everything. */
  readonly stream: number | undefined;
  /** Of the streams whose rows it waits for. */
  readonly marks: readonly ReturnType<Checkpoint['mark']>[];
}

/** Rows, and the rejected ones among them. */
interface Total {
  readonly rows: number;
  readonly rejected: number;
}

const nothing: Total = { rows: 0, rejected: 0 };

/**
 * The STATE messages of a source, from coming in to going out: each one, as soon as every row before it is final, never
 * before another of its scope. A state that waits for all rows (GLOBAL, LEGACY, or of a stream that the catalog does not name)
 * is passed by none and passes none.
 */
export class States {
  readonly #checkpoints: readonly Checkpoint[];
  readonly #pending: PendingState[] = [];
  /** What `release` has looked at: states taken, and marks reached. */
  #seen = 0;
  #taken = 0;
  readonly #released = new Map<number | undefined, Total>();

  /** A checkpoint for each stream of the catalog. */
  constructor(checkpoints: readonly Checkpoint[]) {
    this.#checkpoints = checkpoints;
  }

  /** Takes a state, before any of the rows of its micro-batch is settled. */
  add({ text, stream, after }: MicroBatch['states'][number]): void {
    const streams = stream === undefined ? [...after.keys()] : [stream];
    const marks = streams.map((each) => this.#checkpoints[each]!.mark(after[each]!));
    this.#pending.push({ text, stream, marks });
    this.#taken++;
  }

  /** The states that may go out now, in the order in which they came in. */
  release(): readonly OutgoingMessage[] {
    const events = this.#checkpoints.reduce((sum, { reached }) => sum + reached, this.#taken);
    if (events === this.#seen) return [];
    this.#seen = events;

    // Whoever comes later waits for as much and more, so only a state that waits for all streams blocks others.
    const out: OutgoingMessage[] = [];
    let kept = 0;
    let at = 0;
    for (let isBlocked = false; at < this.#pending.length && !isBlocked; at++) {
      const state = this.#pending[at]!;
      if (isDue(state)) out.push(this.#message(state));
      else {
        this.#pending[kept++] = state;
        isBlocked = state.stream === undefined;
      }
    }
    this.#pending.splice(kept, at - kept);
    return out;
  }

  #message({ text, stream, marks }: PendingState): OutgoingMessage {
    const before = this.#released.get(stream) ?? nothing;
    const rows = marks.reduce((sum, { position }) => sum + position, 0);
    const rejected = marks.reduce((sum, mark) => sum + (mark.rejected ?? 0), 0);
    this.#released.set(stream, { rows, rejected });
    const refused = rejected - before.rejected;
    return stateMessage(text, { written: rows - before.rows - refused, rejected: refused });
  }
}

const isDue = ({ marks }: PendingState): boolean => marks.every(({ rejected }) => rejected !== undefined);
