/** Reads chunks of bytes by count, holding no more than was asked for and the chunk it came in. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #ended = false;
  /** Bytes taken so far. */
  taken = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `count` bytes in an array of their own; fewer only at the end. */
  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let have = 0;
    while (have < count && (await this.#fill())) {
      const part = this.#rest.subarray(0, count - have);
      this.#rest = this.#rest.subarray(part.byteLength);
      have += part.byteLength;
      parts.push(part);
    }
    this.taken += have;
    return joined(parts, have);
  }

  /** The next bytes, which a later `take` returns again. */
  async peek(count: number): Promise<Uint8Array> {
    const bytes = await this.take(count);
    this.taken -= bytes.byteLength;
    this.#rest = joined([bytes, this.#rest], bytes.byteLength + this.#rest.byteLength);
    return bytes;
  }

  /** All that is left, chunk by chunk. */
  async *remaining(): AsyncGenerator<Uint8Array> {
    while (await this.#fill()) {
      const chunk = this.#rest;
      this.#rest = new Uint8Array(0);
      this.taken += chunk.byteLength;
      yield chunk;
    }
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.byteLength === 0 && !this.#ended) {
      const { done, value } = await this.#chunks.next();
      if (done === true) this.#ended = true;
      else this.#rest = value;
    }
    return this.#rest.byteLength > 0;
  }
}

// A copy starts at offset 0, so that 64-bit views of it are aligned.
function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
