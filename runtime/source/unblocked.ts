import type { Clock } from '../clock.ts';

/**
 * The same chunks, of which one is read ahead whenever nobody has asked for so long. A run may wait an hour for its
 * quota, and the platform ends a sync whose destination takes nothing for two (DestinationTimeoutMonitor.kt,
 * `destination-timeout.seconds` 7200). What is read ahead is a few chunks an hour.
 */
export function unblocked<T>(
  chunks: AsyncIterable<T>,
  { everyMs, clock }: { everyMs: number; clock: Clock },
): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => readAhead(chunks[Symbol.asyncIterator](), everyMs, clock) };
}

function readAhead<T>(source: AsyncIterator<T>, everyMs: number, clock: Clock): AsyncIterator<T> {
  const ahead: Promise<IteratorResult<T>>[] = [];
  let watching = new AbortController();

  const watch = async (watched: AbortController): Promise<void> => {
    for (;;) {
      await clock.sleep(everyMs, watched.signal);
      if (watched.signal.aborted) return;
      const chunk = source.next();
      ahead.push(chunk);
      // A failure is for whoever asks for this chunk.
      const read = await chunk.catch(() => undefined);
      if (read === undefined || read.done) return;
    }
  };
  return {
    async next() {
      watching.abort();
      const chunk = await (ahead.shift() ?? source.next());
      watching = new AbortController();
      if (!chunk.done) void watch(watching);
      return chunk;
    },
    async return() {
      watching.abort();
      await source.return?.();
      return { done: true, value: undefined };
    },
  };
}
