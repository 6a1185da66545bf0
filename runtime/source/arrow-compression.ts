import * as zlib from 'node:zlib';
import { CompressionType, compressionRegistry } from 'apache-arrow';
import { decompress as zstdInJavaScript } from 'fzstd';
import { decompress as lz4InJavaScript } from 'lz4js';

/** Decodes a frame whose decoded length is known. */
type Decode = (frame: Uint8Array, length: number) => Uint8Array;

// In Node since 22.15 and 23.8 (nodejs.org/api/zlib.html).
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (frame: Uint8Array) => Uint8Array };

const zstd: Decode =
  zstdDecompressSync === undefined
    ? (frame, length) => zstdInJavaScript(frame, new Uint8Array(length))
    : (frame) => zstdDecompressSync(frame);

// An Arrow buffer begins with its decoded length, which the codec is not given (arrow.apache.org/docs/format/Columnar.html,
// Compression). It stands in the 8 bytes before the frame. Without the check a damaged frame would read as zeros.
function checked(decode: Decode, name: string) {
  return (frame: Uint8Array): Uint8Array => {
    const prefix = new DataView(frame.buffer, frame.byteOffset - 8, 8);
    const length = Number(prefix.getBigInt64(0, true));
    const bytes = decode(frame, length);
    if (bytes.byteLength !== length) {
      throw new Error(
        `a buffer compressed with ${name} holds ${bytes.byteLength} bytes where ${length} were announced`,
      );
    }
    // A copy, which begins at a multiple of 8: apache-arrow makes 64-bit views of it, and these throw elsewhere.
    return new Uint8Array(bytes);
  };
}

/** Lets apache-arrow read bodies compressed with zstd and lz4. Doing it again changes nothing. */
export function registerCompression(): void {
  compressionRegistry.set(CompressionType.ZSTD, { decode: checked(zstd, 'zstd') });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: checked(lz4InJavaScript, 'lz4') });
}
