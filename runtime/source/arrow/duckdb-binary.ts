import { timeText } from './arrow-text.ts';

// How DuckDB keeps values in memory, and so exports them where Arrow has no such type (observed with DuckDB 2.0.1).

/** An integer whose lowest byte is the first. */
export function integerText(bytes: Buffer, sign: 'signed' | 'unsigned'): string {
  const value = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  return String(sign === 'signed' ? BigInt.asIntN(bytes.byteLength * 8, value) : value);
}

/** A BIT: how many bits of the second byte are padding, and the bits. */
export function bitText(bytes: Buffer): string {
  const [padding = 0, ...bits] = bytes;
  const text = bits.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  if (padding > 7 || padding > text.length) throw new RangeError('a BIT has more padding than bits');
  return text.slice(padding);
}

/** A BIGNUM: three bytes of sign and length, and the digits, highest first. All bytes of a negative one are inverted. */
export function bignumText(bytes: Buffer): string {
  const isNegative = ((bytes[0] ?? 0) & 0x80) === 0;
  const positive = isNegative ? bytes.map((byte) => ~byte) : bytes;
  const length = Buffer.from(positive).readUIntBE(0, 3) & 0x7f_ffff;
  if (length === 0 || length !== positive.byteLength - 3) throw new RangeError('a BIGNUM has another length');
  const value = BigInt(`0x${Buffer.from(positive.subarray(3)).toString('hex')}`);
  return String(isNegative ? -value : value);
}

const greatestOffset = 15 * 3600 + 59 * 60 + 59;

/** A TIMETZ: 40 bits of microseconds, and 24 bits of how far its zone is behind the easternmost there can be, in seconds. */
export function timeWithZoneText(bytes: Buffer): string {
  const packed = bytes.readBigUInt64LE();
  const offset = greatestOffset - Number(packed & 0xff_ffffn);
  if (offset < -greatestOffset) throw new RangeError('a TIMETZ has a zone that there cannot be');
  const size = Math.abs(offset);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((n) => String(n).padStart(2, '0'));
  const shown = size % 60 > 0 ? 3 : size % 3600 > 0 ? 2 : 1;
  return `${timeText(packed >> 24n, 2)}${offset < 0 ? '-' : '+'}${parts.slice(0, shown).join(':')}`;
}
