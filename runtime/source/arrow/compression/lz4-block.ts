/** Where the bytes of a block go. */
interface BlockOutput {
  readonly bytes: Uint8Array;
  /** The first byte of the block. */
  readonly at: number;
  /** The first byte that a match may copy from: that of the block, or where blocks are linked that of the frame. */
  readonly from: number;
  /** The block must end here or before. */
  readonly limit: number;
}

const shortestMatch = 4;
// Up to here a loop is faster than a call.
const shortCopy = 48;

/**
 * Decodes one LZ4 block (github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) and gives the place behind its last byte.
 * Throws RangeError where the block reaches beyond its input, its output or what was decoded before it.
 */
export function decodeBlock(block: Uint8Array, { bytes, at, from, limit }: BlockOutput): number {
  const input = new BlockInput(block);
  let written = at;
  for (;;) {
    const token = input.token();
    const literals = input.literals(token >> 4);
    if (literals > limit - written) throw tooLong();
    input.copyTo(bytes, written, literals);
    written += literals;
    // The last sequence of a block has no match.
    if (input.isAtEnd()) return written;

    const offset = input.offset();
    const match = input.length(token & 15) + shortestMatch;
    if (offset === 0 || written - offset < from) {
      throw new RangeError('a match begins before the bytes that were decoded');
    }
    if (match > limit - written) throw tooLong();
    copyMatch(bytes, written, offset, match);
    written += match;
  }
}

/** Byte by byte where a match overlaps itself. */
function copyMatch(bytes: Uint8Array, at: number, offset: number, length: number): void {
  const start = at - offset;
  if (length > shortCopy && offset >= length) bytes.copyWithin(at, start, start + length);
  else for (let i = 0; i < length; i++) bytes[at + i] = bytes[start + i]!;
}

/** The sequences of a block, read in order. Throws RangeError where they reach beyond its end. */
class BlockInput {
  readonly #block: Uint8Array;
  #at = 0;

  constructor(block: Uint8Array) {
    this.#block = block;
  }

  isAtEnd(): boolean {
    return this.#at === this.#block.byteLength;
  }

  token(): number {
    return this.#byte('a block ends before a sequence');
  }

  /** A length of 15 goes on in the bytes that follow, up to the first that is not 255. */
  length(half: number): number {
    let length = half;
    if (half === 15)
      for (let next = 255; next === 255; length += next) next = this.#byte('a block ends inside a length');
    return length;
  }

  /** How many literals follow. */
  literals(half: number): number {
    const length = this.length(half);
    if (length > this.#block.byteLength - this.#at) throw new RangeError('a block ends inside its literals');
    return length;
  }

  copyTo(bytes: Uint8Array, at: number, count: number): void {
    const [block, from] = [this.#block, this.#at];
    if (count > shortCopy) bytes.set(block.subarray(from, from + count), at);
    else for (let i = 0; i < count; i++) bytes[at + i] = block[from + i]!;
    this.#at += count;
  }

  offset(): number {
    if (this.#at + 2 > this.#block.byteLength) throw new RangeError('a block ends inside a sequence');
    const offset = this.#block[this.#at]! | (this.#block[this.#at + 1]! << 8);
    this.#at += 2;
    return offset;
  }

  #byte(missing: string): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw new RangeError(missing);
    return byte;
  }
}

const tooLong = (): RangeError => new RangeError('a block holds more bytes than it may');
