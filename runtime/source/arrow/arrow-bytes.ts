import { isUtf8 } from 'node:buffer';
import type { Data, FixedSizeBinary } from 'apache-arrow/Arrow';
import { damagedColumn } from './arrow-layout.ts';
import type { Read, Reader } from './arrow-scalars.ts';

/** What a row carries of the bytes from one place to another. */
type Show = (bytes: Buffer, from: number, to: number) => string;

const base64: Show = (bytes, from, to) => bytes.toString('base64', from, to);
const soundText: Show = (bytes, from, to) => bytes.toString('utf8', from, to);

function textOf(path: string): Show {
  return (bytes, from, to) => {
    // Not decoded in the usual way, which puts U+FFFD for what it cannot read.
    if (!isUtf8(bytes.subarray(from, to))) throw damagedColumn(path, `a value is not UTF-8 (${to - from} bytes)`);
    return soundText(bytes, from, to);
  };
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

function read({ valueOffsets }: Data, bytes: Buffer, show: Show): Read {
  // 32-bit offsets, or 64-bit ones of the large types.
  const offsets: ArrayLike<number | bigint> = valueOffsets;
  return (index) => show(bytes, Number(offsets[index]), Number(offsets[index + 1]));
}

/** Bytes with offsets, as base64. */
export const binary: Reader = (data) => read(data, bufferOf(data.values), base64);

/** Text with offsets. Reading throws TransientFailure where a value is not UTF-8. */
export const text: Reader = (data, path) => {
  const bytes = bufferOf(data.values);
  return read(data, bytes, areSound(data, bytes) ? soundText : textOf(path));
};

/** Whether all values are UTF-8, found out at once, which costs a tenth of looking at each. */
function areSound({ valueOffsets, length }: Data, bytes: Buffer): boolean {
  if (length === 0) return true;
  const offsets: ArrayLike<number | bigint> = valueOffsets;
  const last = Number(offsets[length]);
  if (!isUtf8(bytes.subarray(Number(offsets[0]), last))) return false;
  for (let i = 0; i < length; i++) {
    const at = Number(offsets[i]);
    // A value that begins with 10xxxxxx begins inside a character.
    if (at < last && (bytes[at]! & 0xc0) === 0x80) return false;
  }
  return true;
}

/** Bytes of one width, as base64. */
export const fixedBinary: Reader = (data) => {
  const bytes = bufferOf(data.values);
  const width = (data.type as FixedSizeBinary).byteWidth;
  return (index) => base64(bytes, index * width, (index + 1) * width);
};

export const binaryView: Reader = (data, path) => view(data, path, base64);
export const textView: Reader = (data, path) => view(data, path, textOf(path));

const viewBytes = 16;
const longestInline = 12;

/** A view is a length, and up to 12 bytes; or four of them, and where all are (Columnar.html, Variable-size Binary View Layout). */
function view({ values, variadicBuffers }: Data, path: string, show: Show): Read {
  const views = bufferOf(values);
  const buffers = (variadicBuffers as readonly Uint8Array[]).map(bufferOf);
  return (index) => {
    const at = index * viewBytes;
    const length = views.readInt32LE(at);
    if (length >= 0 && length <= longestInline) {
      const end = at + 4 + length;
      // The rest is zeros by the format, so that a length that is damaged shows.
      if (views.subarray(end, at + viewBytes).some((byte) => byte !== 0)) {
        throw damagedColumn(path, `a view of ${length} bytes holds more than that`);
      }
      return show(views, at + 4, end);
    }
    const buffer = buffers[views.readInt32LE(at + 8)];
    const offset = views.readInt32LE(at + 12);
    if (length < 0 || buffer === undefined || offset < 0 || offset + length > buffer.byteLength) {
      throw damagedColumn(path, `a view of ${length} bytes points to where there are none`);
    }
    if (views.readInt32LE(at + 4) !== buffer.readInt32LE(offset)) {
      throw damagedColumn(path, `a view of ${length} bytes points to bytes that begin otherwise than it says`);
    }
    return show(buffer, offset, offset + length);
  };
}
