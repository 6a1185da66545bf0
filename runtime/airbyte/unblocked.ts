import type { Clock } from '../contract/clock.ts';

/**
 * The same chunks; one is read ahead whenever the consumer has not asked for one in `everyMs`. A run may wait an hour for
 * its quota, and the platform ends a sync whose destination takes nothing for two (DestinationTimeoutMonitor.kt,
 * `destination-timeout.seconds` 7200). What is read ahead is a few chunks an hour.
 */
export function unblocked<T>(
  chunks: AsyncIterable<T>,
  { everyMs, clock }: { everyMs: number; clock: Clock },
): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new ReadAhead(chunks[Symbol.asyncIterator](), everyMs, clock) };
}

class ReadAhead<T> implements AsyncIterator<T> {
  readonly #source: AsyncIterator<T>;
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #ahead: Promise<IteratorResult<T>>[] = [];
  #askedAt: number | undefined;
  /** Someone waits for a chunk, or one that is read ahead has not come yet. */
  #isReading = false;

  constructor(source: AsyncIterator<T>, everyMs: number, clock: Clock) {
    this.#source = source;
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#askedAt === undefined) void this.#watch();
    this.#askedAt = this.#clock.now();
    const chunk = await this.#read(this.#ahead.shift() ?? this.#source.next());
    this.#askedAt = this.#clock.now();
    return chunk;
  }

  async return(): Promise<IteratorResult<T>> {
    this.#over.abort();
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  async #watch(): Promise<void> {
    for (;;) {
      await this.#clock.sleep(this.#everyMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      if (this.#isReading || this.#clock.now() - (this.#askedAt ?? 0) < this.#everyMs) continue;
      const chunk = this.#source.next();
      this.#ahead.push(chunk);
      // A failure is for whoever asks for this chunk.
      void this.#read(chunk).catch(() => undefined);
    }
  }

  async #read(chunk: Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
    this.#isReading = true;
    try {
      const read = await chunk;
      if (read.done) this.#over.abort();
      return read;
    } catch (error) {
      this.#over.abort();
      throw error;
    } finally {
      this.#isReading = false;
    }
  }
}
