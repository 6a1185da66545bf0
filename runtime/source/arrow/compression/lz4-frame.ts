import { decodeBlock } from './lz4-block.ts';
import { xxh32 } from './xxh32.ts';

// github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, version 1.6.4
const frameMagic = 0x184d2204;
const skippableMagic = 0x184d2a50;
const legacyMagic = 0x184c2102;

const flags = { reserved: 0x02, dictionary: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 };
const independentBlocks = 0x20;
const version = 0x40;
const versionBits = 0xc0;
const blockSizes: Readonly<Record<number, number>> = { 4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20 };
const uncompressed = 0x8000_0000;

// No byte of a block stands for more than 255 bytes.
const greatestRatio = 255;

/**
 * The content of LZ4 frames, one after the other, whose length is known. Every size and every checksum that they have
 * is verified. Throws RangeError where the bytes are damaged, cut, or no frame.
 */
export function decodeLz4(frames: Uint8Array, length: number): Uint8Array {
  if (length > frames.byteLength * greatestRatio) throw new RangeError(`${frames.byteLength} bytes are too few`);
  const output = new Uint8Array(length);
  const input = new Input(frames);
  let written = 0;
  while (!input.isPadding()) {
    const magic = input.uint32();
    if (magic === frameMagic) written = decodeFrame(input, output, written);
    else if (magic >>> 4 === skippableMagic >>> 4) input.take(input.uint32());
    else if (magic === legacyMagic) throw new RangeError('a legacy frame, which Arrow does not allow');
    else throw new RangeError('the frame has no LZ4 magic number');
  }
  return output.subarray(0, written);
}

function decodeFrame(input: Input, output: Uint8Array, start: number): number {
  const header = readHeader(input);
  let written = start;
  for (let size = input.uint32(); size !== 0; size = input.uint32()) {
    const block = input.take(size % uncompressed);
    if (block.byteLength > header.blockSize) throw new RangeError('a block is larger than its frame allows');
    if (header.blockChecksum) requireChecksum(input.uint32(), block, 'a block');
    const limit = Math.min(output.byteLength, written + header.blockSize);
    const from = header.independent ? written : start;
    written =
      size < uncompressed
        ? decodeBlock(block, { bytes: output, at: written, from, limit })
        : copyBlock(block, output, written, limit);
  }
  const content = output.subarray(start, written);
  if (header.contentSize !== undefined && header.contentSize !== BigInt(content.byteLength)) {
    throw new RangeError(`the frame holds ${content.byteLength} bytes where it announces ${header.contentSize}`);
  }
  if (header.contentChecksum) requireChecksum(input.uint32(), content, 'the content');
  return written;
}

/** Copies a block that is not compressed, and gives the place behind its last byte. */
function copyBlock(block: Uint8Array, output: Uint8Array, at: number, limit: number): number {
  if (at + block.byteLength > limit) throw new RangeError('a block holds more bytes than it may');
  output.set(block, at);
  return at + block.byteLength;
}

interface Header {
  readonly blockSize: number;
  readonly independent: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly contentSize: bigint | undefined;
}

function readHeader(input: Input): Header {
  const start = input.at;
  const flag = input.byte();
  const descriptor = input.byte();
  const blockSize = blockSizes[descriptor >> 4];
  if ((flag & versionBits) !== version) throw new RangeError('the frame is of a version that is not known');
  if ((flag & flags.reserved) !== 0 || (descriptor & 0x8f) !== 0 || blockSize === undefined) {
    throw new RangeError('the frame has a header that is not known');
  }
  const contentSize = (flag & flags.contentSize) === 0 ? undefined : input.uint64();
  // Without the dictionary a match that needs it begins before the frame, which its block refuses.
  if ((flag & flags.dictionary) !== 0) input.uint32();
  const header = input.since(start);
  if (input.byte() !== ((xxh32(header) >>> 8) & 0xff)) throw new RangeError('the checksum of the header is wrong');
  return {
    blockSize,
    independent: (flag & independentBlocks) !== 0,
    blockChecksum: (flag & flags.blockChecksum) !== 0,
    contentChecksum: (flag & flags.contentChecksum) !== 0,
    contentSize,
  };
}

function requireChecksum(expected: number, bytes: Uint8Array, what: string): void {
  if (xxh32(bytes) !== expected) throw new RangeError(`the checksum of ${what} is wrong`);
}

/** Bytes that are read in order. Throws RangeError at their end. */
class Input {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether nothing is left but the zeros with which a writer may fill a buffer up. */
  isPadding(): boolean {
    const rest = this.#bytes.subarray(this.at);
    return rest.byteLength < 64 && rest.every((byte) => byte === 0);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  uint32(): number {
    this.take(4);
    return this.#view.getUint32(this.at - 4, true);
  }

  uint64(): bigint {
    this.take(8);
    return this.#view.getBigUint64(this.at - 8, true);
  }

  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.at);
  }

  take(count: number): Uint8Array {
    if (this.at + count > this.#bytes.byteLength) throw new RangeError('the frame is cut');
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }
}
