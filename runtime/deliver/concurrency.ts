import { Bell } from './bell.ts';

interface Concurrency<T> {
  /** Calls in flight at most. */
  readonly inFlight: number;
  /** How much of what is read may wait for a call to end, in the unit of `weigh`; what has no weight never waits. */
  readonly waiting: number;
  weigh(item: T): number;
}

/**
 * Maps with so many calls in flight and yields results as they finish, in any order. What is not a promise is a result at once.
 *
 * Reads on while calls take their time, as far as what it has read may wait: what needs no call then overtakes what does.
 * Reads at most one item ahead of that, so a slow consumer slows the source, and waits for an item and for results at
 * once, so an idle source holds no result back. When the source or a call fails it reads no more, yields what is still to
 * come, and throws.
 */
export async function* mapConcurrent<T, U>(
  source: AsyncIterable<T>,
  map: (item: T) => Promise<U> | U,
  { inFlight: inFlightMax, waiting: waitingMax, weigh }: Concurrency<T>,
): AsyncGenerator<U, void, void> {
  const items = source[Symbol.asyncIterator]();
  const inFlight = new Set<Promise<void>>();
  const queue: T[] = [];
  const results: U[] = [];
  const bell = new Bell();
  let waiting = 0;
  let reading: Promise<void> | undefined;
  let open = true;
  let failure: { error: unknown } | undefined;

  // As few promises as can be: each step reads every chunk of a run so.
  const read = (): Promise<void> => items.next().then(came).catch(didNotCome);
  const came = (next: IteratorResult<T>): void => {
    if (next.done) open = false;
    else if (open) take(next.value);
    ended();
  };
  const didNotCome = (error: unknown): void => {
    fail(error);
    ended();
  };
  const ended = (): void => {
    reading = undefined;
    bell.ring();
  };
  const take = (item: T): void => {
    const weight = weigh(item);
    if (weight === 0 || inFlight.size < inFlightMax) start(item);
    else {
      queue.push(item);
      waiting += weight;
    }
  };
  const start = (item: T): void => {
    const made = map(item);
    if (!(made instanceof Promise)) {
      results.push(made);
      return;
    }
    const call = made
      .then((result) => void results.push(result))
      .catch(fail)
      .finally(() => {
        inFlight.delete(call);
        bell.ring();
      });
    inFlight.add(call);
  };
  const startWaiting = (): void => {
    while (queue.length > 0 && inFlight.size < inFlightMax) {
      const item = queue.shift()!;
      waiting -= weigh(item);
      start(item);
    }
  };
  const fail = (error: unknown): void => {
    open = false;
    failure ??= { error };
  };

  try {
    for (;;) {
      startWaiting();
      if (open && (inFlight.size < inFlightMax || waiting < waitingMax)) reading ??= read();
      if (results.length > 0) yield results.shift()!;
      else if (reading || inFlight.size > 0) await bell.heard();
      else break;
    }
    if (failure) throw failure.error;
  } finally {
    open = false;
    await items.return?.();
    await Promise.allSettled([reading, ...inFlight]);
  }
}
