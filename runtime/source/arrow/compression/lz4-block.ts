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
  const end = block.byteLength;
  let read = 0;
  let written = at;
  for (;;) {
    if (read >= end) throw new RangeError('a block ends before a sequence');
    const token = block[read++]!;
    let literals = token >> 4;
    // A length of 15 goes on in the bytes that follow, up to the first that is not 255.
    if (literals === 15) for (let next = 255; next === 255; literals += next) next = byteAt(block, read++);
    if (literals > end - read) throw new RangeError('a block ends inside its literals');
    if (literals > limit - written) throw tooLong();
    if (literals > shortCopy) bytes.set(block.subarray(read, read + literals), written);
    else for (let i = 0; i < literals; i++) bytes[written + i] = block[read + i]!;
    read += literals;
    written += literals;
    // The last sequence of a block has no match.
    if (read === end) return written;

    if (read + 2 > end) throw new RangeError('a block ends inside a sequence');
    const offset = block[read]! | (block[read + 1]! << 8);
    read += 2;
    let match = token & 15;
    if (match === 15) for (let next = 255; next === 255; match += next) next = byteAt(block, read++);
    match += shortestMatch;
    const start = written - offset;
    if (offset === 0 || start < from) throw new RangeError('a match begins before the bytes that were decoded');
    if (match > limit - written) throw tooLong();
    // Byte by byte where a match overlaps itself.
    if (match > shortCopy && offset >= match) bytes.copyWithin(written, start, start + match);
    else for (let i = 0; i < match; i++) bytes[written + i] = bytes[start + i]!;
    written += match;
  }
}

function byteAt(block: Uint8Array, at: number): number {
  const byte = block[at];
  if (byte === undefined) throw new RangeError('a block ends inside a length');
  return byte;
}

const tooLong = (): RangeError => new RangeError('a block holds more bytes than it may');
