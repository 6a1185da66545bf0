import * as zlib from 'node:zlib';
import { CompressionType, compressionRegistry } from 'apache-arrow/Arrow';
import { decompress as zstdInJavaScript } from 'fzstd';
import { messageOf } from '../../../contract/failure.ts';
import { decodeLz4 } from './lz4-frame.ts';

/** Decodes frames whose decoded length is known. */
type Decode = (frames: Uint8Array, length: number) => Uint8Array;

// In Node since 22.15 and 23.8 (nodejs.org/api/zlib.html).
const { zstdDecompressSync } = zlib as {
  zstdDecompressSync?: (frames: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
};

const zstd: Decode =
  zstdDecompressSync === undefined
    ? (frames, length) => zstdInJavaScript(frames, new Uint8Array(length))
    : (frames, length) => zstdDecompressSync(frames, { maxOutputLength: Math.max(length, 1) });

// An Arrow buffer begins with its decoded length, which the codec is not given (arrow.apache.org/docs/format/Columnar.html,
// Compression). It stands in the 8 bytes before the frame. Without the check a damaged frame would read as zeros.
function checked(decode: Decode, name: string) {
  return (frames: Uint8Array): Uint8Array => {
    const length = Number(new DataView(frames.buffer, frames.byteOffset - 8, 8).getBigInt64(0, true));
    // Arrow for Java writes the length of an empty buffer, and no frame after it.
    if (length === 0 && frames.byteLength === 0) return new Uint8Array(0);
    const bytes = decoded(frames, length, decode, name);
    if (bytes.byteLength !== length) {
      throw new Error(
        `a buffer compressed with ${name} holds ${bytes.byteLength} bytes where ${length} were announced`,
      );
    }
    // A copy, which begins at a multiple of 8: apache-arrow makes 64-bit views of it, and these throw elsewhere.
    return new Uint8Array(bytes);
  };
}

function decoded(frames: Uint8Array, length: number, decode: Decode, name: string): Uint8Array {
  try {
    return decode(frames, length);
  } catch (error) {
    throw new Error(`a buffer compressed with ${name} is damaged: ${messageOf(error)}`, { cause: error });
  }
}

/** Lets apache-arrow read bodies compressed with zstd and lz4. Doing it again changes nothing. */
export function registerCompression(): void {
  compressionRegistry.set(CompressionType.ZSTD, { decode: checked(zstd, 'zstd') });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: checked(decodeLz4, 'lz4') });
}
