type Got<T> = { readonly result: IteratorResult<T> } | { readonly error: unknown };

/** One item at a time from an iterator. Rings when the item, the end or a failure is there. */
export class Pulled<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #ring: () => void;
  #got: Got<T> | undefined;

  constructor(items: AsyncIterable<T>, ring: () => void) {
    this.#iterator = items[Symbol.asyncIterator]();
    this.#ring = ring;
  }

  /** Asks for the next item. */
  pull(): void {
    const arrive = (got: Got<T>): void => {
      this.#got = got;
      this.#ring();
    };
    this.#got = undefined;
    this.#iterator.next().then(
      (result) => arrive({ result }),
      (error: unknown) => arrive({ error }),
    );
  }

  /** What was asked for; undefined while it is waited for. Throws what the items threw. */
  get result(): IteratorResult<T> | undefined {
    if (this.#got !== undefined && 'error' in this.#got) throw this.#got.error;
    return this.#got?.result;
  }

  async stop(): Promise<void> {
    await this.#iterator.return?.();
  }
}
