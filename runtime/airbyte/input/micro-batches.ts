import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../../contract/clock.ts';
import { TransientFailure } from '../../contract/failure.ts';
import type { FieldChange, StreamDescriptor } from '../../contract/protocol.ts';
import type { Row } from '../../contract/record.ts';
import { timely } from '../timely.ts';
import { BrokenInput, type Lines, linesOf } from './lines.ts';
import { readMessage } from './messages.ts';
import { StreamIndex } from './stream-index.ts';

type Message = NonNullable<ReturnType<typeof readMessage>>;

/** What was taken from stdin at once. Streams are named by their place in the catalog. */
export interface MicroBatch {
  /** The rows of each stream, in order. */
  readonly rows: readonly (readonly Row[])[];
  /** What was done to values of each stream on their way here. */
  readonly changes: readonly (readonly FieldChange[])[];
  /** In order. */
  readonly states: readonly ArrivedState[];
}

/** A STATE message as it came in. */
interface ArrivedState {
  readonly text: string;
  /** The stream that it is about, and whose rows it waits for; absent where it waits for all. */
  readonly stream: number | undefined;
  /** How many rows of each stream came before it, since the run began. */
  readonly after: readonly number[];
}

/** When a micro-batch is full. */
interface MicroBatchLimits {
  readonly maxRows: number;
  readonly maxCharacters: number;
  /** From its first row or state. */
  readonly maxAgeMs: number;
  /** How long nothing may come while rows wait. */
  readonly maxIdleMs: number;
  readonly maxLineBytes: number;
}

// The age leaves time to send, so that states come every 15 minutes at most (docs.airbyte.com, partner-certified
// destinations). Each pause costs part-filled requests, so it is not short.
export const defaultMicroBatchLimits: MicroBatchLimits = {
  maxRows: 10_000,
  // A character takes two bytes at most, and while one micro-batch is sent the next one is read: a quarter of the heap.
  maxCharacters: Math.min(16_000_000, getHeapStatistics().heap_size_limit / 16),
  maxAgeMs: 10 * 60_000,
  maxIdleMs: 60_000,
  maxLineBytes: 64 * 2 ** 20,
};

interface MicroBatchOptions {
  /** The streams of the catalog; a row of any other is an error. */
  readonly streams: readonly StreamDescriptor[];
  readonly limits: MicroBatchLimits;
  readonly clock: Clock;
  /** Ends the reading at once; what waits is not handed out. */
  readonly signal: AbortSignal;
}

/**
 * Reads the protocol from bytes, micro-batch by micro-batch. Holds one micro-batch and one chunk of bytes. Throws BrokenInput where rows
 * may have been lost and TransientFailure (`source_unreadable`) where the input was cut, after all that came before.
 */
export async function* microBatchesOf(
  chunks: AsyncIterable<Uint8Array>,
  { streams, limits, clock, signal }: MicroBatchOptions,
): AsyncGenerator<MicroBatch, void, void> {
  const index = new StreamIndex(streams);
  let microBatch = new OpenMicroBatch(streams.map(() => 0));
  let openedAt = 0;
  let arrivedAt = 0;
  const dueAt = (): number =>
    microBatch.isEmpty ? Number.POSITIVE_INFINITY : Math.min(arrivedAt + limits.maxIdleMs, openedAt + limits.maxAgeMs);
  const take = (): MicroBatch => {
    const taken = microBatch;
    microBatch = new OpenMicroBatch(taken.counts);
    return taken;
  };
  const fill = function* (lines: Lines): Generator<MicroBatch, void, void> {
    for (let i = 0; i < lines.texts.length; i++) {
      const message = messageAt(i, lines);
      if (message === undefined) continue;
      // A state often comes just behind the rows that filled a micro-batch: it waits for none of the next one.
      if (message.type === 'row' && microBatch.hasNoRows && !microBatch.isEmpty) yield take();
      if (microBatch.isEmpty) openedAt = clock.now();
      microBatch.add(message, lines.texts[i]!.length, lines.first + i, index);
      if (microBatch.isFull(limits)) yield take();
    }
  };
  try {
    for await (const event of timely(linesOf(chunks, limits.maxLineBytes), { clock, dueAt, signal })) {
      if (event === 'due') {
        yield take();
        continue;
      }
      arrivedAt = clock.now();
      yield* fill(event.item);
      // Input that never pauses never lets the deadline be looked at; and states that come without rows wait for none.
      if (clock.now() >= dueAt() || (microBatch.hasNoRows && !microBatch.isEmpty)) yield take();
    }
  } catch (error) {
    if (!microBatch.isEmpty) yield take();
    throw error;
  }
  if (!microBatch.isEmpty && !signal.aborted) yield take();
}

function messageAt(i: number, { first, texts, unended }: Lines): Message | undefined {
  const isCut = unended === true && i === texts.length - 1;
  return isCut ? lastMessage(texts[i]!, first + i) : readMessage(texts[i]!, first + i);
}

/** A whole message needs no line break behind it; half of one means that its sender is gone. */
function lastMessage(text: string, number: number): Message | undefined {
  try {
    return readMessage(text, number);
  } catch (cause) {
    throw new TransientFailure(
      `The standard input ends inside a message, in line ${number} (${text.length} characters of it): the source was cut.`,
      { code: 'source_unreadable', delivery: 'not-delivered', cause },
    );
  }
}

/** A micro-batch that is being filled. */
class OpenMicroBatch implements MicroBatch {
  readonly rows: Row[][];
  readonly changes: FieldChange[][];
  readonly states: ArrivedState[] = [];
  /** Rows of each stream, since the run began. */
  readonly counts: number[];
  #after: readonly number[] | undefined;
  #rowCount = 0;
  #characters = 0;

  constructor(counts: readonly number[]) {
    this.counts = [...counts];
    this.rows = counts.map(() => []);
    this.changes = counts.map(() => []);
  }

  get isEmpty(): boolean {
    return this.#rowCount === 0 && this.states.length === 0;
  }

  get hasNoRows(): boolean {
    return this.#rowCount === 0;
  }

  isFull({ maxRows, maxCharacters }: MicroBatchLimits): boolean {
    return this.#rowCount >= maxRows || this.#characters >= maxCharacters;
  }

  add(message: Message, length: number, line: number, index: StreamIndex): void {
    this.#characters += length;
    if (message.type === 'state') this.#addState(message.text, message.stream, index);
    else this.#addRow(message, line, index);
  }

  #addRow(message: Message & { type: 'row' }, line: number, index: StreamIndex): void {
    const stream = index.find(message.stream, message.namespace);
    if (stream === undefined) {
      throw new BrokenInput(line, `is a RECORD of the stream ${nameOf(message)}, which is not in the catalog`);
    }
    this.rows[stream]!.push(message.row);
    for (const change of message.changes) this.changes[stream]!.push(change);
    this.counts[stream]!++;
    this.#rowCount++;
    this.#after = undefined;
  }

  #addState(text: string, descriptor: StreamDescriptor | undefined, index: StreamIndex): void {
    // States that follow one another share what came before them: there may be 100,000.
    this.#after ??= [...this.counts];
    const after = this.#after;
    // A state of a stream that the catalog does not name may be about any of the rows: it waits for all of them.
    const stream = descriptor && index.find(descriptor.name, descriptor.namespace ?? '');
    this.states.push({ text, stream, after });
  }
}

const nameOf = ({ stream, namespace }: { stream: string; namespace?: string | null | undefined }): string =>
  JSON.stringify(namespace ? `${namespace}.${stream}` : stream);
