// Algorithm and constants: github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md, XXH32.
const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

const { imul } = Math;
const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const round = (lane: number, word: number): number => imul(rotate(lane + imul(word, prime2), 13), prime1);

/** The XXH32 hash of bytes with seed 0, as an unsigned 32-bit integer. */
export function xxh32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.byteLength;
  let at = 0;
  let hash = prime5;
  if (size >= 16) {
    let [a, b, c, d] = [prime1 + prime2, prime2, 0, -prime1];
    for (; at + 16 <= size; at += 16) {
      a = round(a, view.getUint32(at, true));
      b = round(b, view.getUint32(at + 4, true));
      c = round(c, view.getUint32(at + 8, true));
      d = round(d, view.getUint32(at + 12, true));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  }
  hash += size;
  for (; at + 4 <= size; at += 4) hash = imul(rotate(hash + imul(view.getUint32(at, true), prime3), 17), prime4);
  for (; at < size; at++) hash = imul(rotate(hash + imul(view.getUint8(at), prime5), 11), prime1);
  hash = imul(hash ^ (hash >>> 15), prime2);
  hash = imul(hash ^ (hash >>> 13), prime3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
