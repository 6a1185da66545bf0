interface Waiting<T> {
  readonly resolve: (next: IteratorResult<T>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Hands every item of a source to so many readers, reading it once. All must read, or leave: the next item is read when
 * each of them has asked for it, so that one item is held and no more.
 */
export function fanOut<T>(source: AsyncIterable<T>, readers: number): AsyncIterable<T>[] {
  const items = source[Symbol.asyncIterator]();
  let waiting: Waiting<T>[] = [];
  let present = readers;

  const advance = async (): Promise<void> => {
    if (waiting.length < present) return;
    const all = waiting;
    waiting = [];
    try {
      const next = await items.next();
      for (const { resolve } of all) resolve(next);
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  };
  const leave = async (): Promise<void> => {
    present--;
    await (present === 0 ? items.return?.() : advance());
  };
  async function* reader(): AsyncGenerator<T> {
    try {
      for (;;) {
        const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
          waiting.push({ resolve, reject });
          void advance();
        });
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await leave();
    }
  }
  return Array.from({ length: readers }, reader);
}
