/**
 * Maps with at most `concurrency` calls in flight and yields results as they finish, in any order.
 *
 * Reads at most one item ahead of what it yields, so a slow consumer slows the source, and waits for
 * an item and for results at once, so an idle source holds no result back. When the source or a call
 * fails it reads no more, yields what is still in flight, and throws.
 */
export async function* mapConcurrent<T, U>(
  source: AsyncIterable<T>,
  map: (item: T) => Promise<U>,
  concurrency: number,
): AsyncGenerator<U, void, void> {
  const items = source[Symbol.asyncIterator]();
  const inFlight = new Set<Promise<void>>();
  const results: U[] = [];
  let reading: Promise<void> | undefined;
  let open = true;
  let failure: { error: unknown } | undefined;

  const read = async (): Promise<void> => {
    const next = await items.next();
    if (next.done) open = false;
    else if (open) start(next.value);
  };
  const start = (item: T): void => {
    const call = map(item)
      .then((result) => void results.push(result))
      .catch(fail)
      .finally(() => inFlight.delete(call));
    inFlight.add(call);
  };
  const fail = (error: unknown): void => {
    open = false;
    failure ??= { error };
  };

  try {
    for (;;) {
      if (open && inFlight.size < concurrency)
        reading ??= read()
          .catch(fail)
          .finally(() => (reading = undefined));
      if (results.length > 0) yield results.shift()!;
      else if (reading || inFlight.size > 0) await Promise.race([...inFlight, ...(reading ? [reading] : [])]);
      else break;
    }
    if (failure) throw failure.error;
  } finally {
    open = false;
    await items.return?.();
    await Promise.allSettled([reading, ...inFlight]);
  }
}
