import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLz4 } from '../../../../../runtime/source/arrow/compression/lz4-frame.ts';
import { xxh32 } from '../../../../../runtime/source/arrow/compression/xxh32.ts';
import { runs } from '../../../../support/runs.ts';

const folder = join(import.meta.dirname, '../../../../fixtures/lz4');
const fixture: {
  readonly contents: Readonly<Record<string, string>>;
  readonly frames: readonly { readonly name: string; readonly content: string; readonly frame: string }[];
} = JSON.parse(readFileSync(join(folder, 'frames.json'), 'utf8'));

const base64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const lines = Array.from({ length: 3700 }, (_, i) => `user${i % 12}@example.com\n`).join('');
const contentOf = (name: string): Uint8Array => (name === 'lines' ? ascii(lines) : base64(fixture.contents[name]!));

const frames = fixture.frames.map(({ name, content, frame }) => ({
  name,
  content: contentOf(content),
  frame: base64(frame),
}));

const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** A frame written by hand: version 1, blocks of 64 KB at most, and what else `flags` says. */
function frameOf(flags: number, descriptor: readonly number[], ...blocks: readonly Uint8Array[]): Uint8Array {
  const header = Uint8Array.of(0x40 | flags, 0x40, ...descriptor);
  return joined(
    uint32(0x184d2204),
    header,
    Uint8Array.of((xxh32(header) >>> 8) & 0xff),
    ...blocks.flatMap((block) => [uint32(block.byteLength), block]),
    uint32(0),
  );
}

test.each([
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('the XXH32 of %j is the published one', (text, hash) => {
  expect(xxh32(ascii(text))).toBe(hash);
});

test.each(frames)('a frame is decoded whatever its flags: $name', ({ content, frame }) => {
  expect(Buffer.from(decodeLz4(frame, content.byteLength)).equals(content)).toBe(true);
  // The zeros with which a writer fills a buffer up belong to no frame.
  expect(decodeLz4(joined(frame, new Uint8Array(56)), content.byteLength)).toHaveLength(content.byteLength);
});

test.each(frames)('a frame that is cut anywhere is refused: $name', ({ content, frame }) => {
  const step = frame.byteLength > 500 ? 41 : 5;
  for (let cut = 1; cut < frame.byteLength; cut += step) {
    expect(() => decodeLz4(frame.subarray(0, cut), content.byteLength)).toThrow(RangeError);
  }
});

test('no bit of a frame with checksums can be turned without being noticed', () => {
  const checked = frames.filter(({ name }) => /^(noise|short).*block checksum, content checksum/.test(name));
  expect(checked).toHaveLength(2);
  for (const { content, frame } of checked) {
    for (let bit = 0; bit < frame.byteLength * 8; bit++) {
      const damaged = Uint8Array.from(frame);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeLz4(damaged, content.byteLength), `bit ${bit}`).toThrow(RangeError);
    }
  }
});

test('frames one after the other are one content, and frames to skip are skipped', () => {
  const short = frames.find(({ name }) => name.startsWith('short'))!;
  const skipped = joined(uint32(0x184d2a57), uint32(3), Uint8Array.of(1, 2, 3));
  const all = joined(skipped, short.frame, skipped, short.frame);
  const twice = joined(short.content, short.content);
  expect(Uint8Array.from(decodeLz4(all, twice.byteLength))).toEqual(twice);
});

const literal = joined(Uint8Array.of(0x40), ascii('user'));
// Four literals, a match of six bytes that begins four bytes back, one literal.
const matched = joined(Uint8Array.of(0x42), ascii('user'), Uint8Array.of(4, 0, 0x10), ascii('!'));

test('the identifier of a dictionary does not hinder a frame that needs no dictionary', () => {
  const frame = frameOf(0x21, [1, 2, 3, 4], matched);
  expect(Buffer.from(decodeLz4(frame, 11)).toString()).toBe('useruserus!');
});

const refused: readonly (readonly [name: string, frame: Uint8Array, length: number, message: RegExp])[] = [
  ['no bytes for what they should hold', new Uint8Array(0), 1, /too few/],
  ['bytes that are no frame', ascii('id,email'), 8, /no LZ4 magic number/],
  ['bytes behind a frame', joined(frameOf(0, [], literal), Uint8Array.of(7)), 4, /cut/],
  ['more than 63 zeros behind a frame', joined(frameOf(0, [], literal), new Uint8Array(64)), 4, /magic/],
  ['a legacy frame', joined(uint32(0x184c2102), uint32(5), literal), 4, /legacy/],
  ['a reserved flag', frameOf(0x02, [], literal), 4, /header/],
  ['another version', frameOf(0x80, [], literal), 4, /version/],
  ['a match before the frame', frameOf(0x20, [], Uint8Array.of(0x10, 65, 2, 0, 0x10, 65)), 6, /before the bytes/],
  [
    'a match that begins where it is',
    frameOf(0x20, [], Uint8Array.of(0x10, 65, 0, 0, 0x10, 65)),
    6,
    /before the bytes/,
  ],
  ['literals beyond the block', frameOf(0x20, [], Uint8Array.of(0xf0, 1, 65, 65)), 16, /literals/],
  ['a block that ends with a match', frameOf(0x20, [], Uint8Array.of(0x10, 65, 1, 0)), 5, /before a sequence/],
  ['a block that ends inside an offset', frameOf(0x20, [], Uint8Array.of(0x10, 65, 1)), 5, /inside a sequence/],
  ['a block that ends inside a length', frameOf(0x20, [], Uint8Array.of(0xf0, 255)), 300, /inside a length/],
  ['more than was announced', frameOf(0x20, [], literal), 3, /more bytes/],
  ['another content size', frameOf(0x28, [5, 0, 0, 0, 0, 0, 0, 0], literal), 4, /4 bytes where it announces 5/],
];

test.each(refused)('%s is refused', (_, frame, length, message) => {
  expect(() => decodeLz4(frame, length)).toThrow(message);
});

test('a match reaches into the block before it only where blocks are linked', () => {
  const reaching = Uint8Array.of(0x10, 33, 5, 0, 0x10, 33);
  expect(Buffer.from(decodeLz4(frameOf(0, [], literal, reaching), 10)).toString()).toBe('user!user!');
  expect(() => decodeLz4(frameOf(0x20, [], literal, reaching), 10)).toThrow(/before the bytes/);
});

test('any bytes behind the magic number give content or a RangeError', () => {
  const anything = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 127 }), anything, anything, (flags, descriptor, block) => {
      for (const bytes of [frameOf(flags, [], block), joined(uint32(0x184d2204), descriptor)]) {
        try {
          decodeLz4(bytes, 200);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
    }),
    { numRuns: runs(500, 20_000) },
  );
});

/** What the frame holds; of one that Python refuses, what it held before it was damaged. */
interface RandomFrame {
  readonly frame: string;
  readonly length: number;
  readonly sha1: string;
  readonly refused: boolean;
}

const python = process.env['PYTHON'] ?? 'python3';
const hasPython = spawnSync(python, ['-c', 'import lz4.frame']).status === 0;

test.skipIf(!hasPython)("frames at random, sound and damaged, read as Python's lz4 reads them", () => {
  const count = String(runs(100, 2_000));
  const seed = String(process.env['FC_SEED'] ?? 1);
  const { stdout } = spawnSync(python, [join(folder, 'fuzz.py'), seed, count], { maxBuffer: 2 ** 31 });
  const cases = stdout.toString('latin1').trim().split('\n');
  expect(cases).toHaveLength(Number(count));
  for (const line of cases) {
    const { frame, length, sha1, refused }: RandomFrame = JSON.parse(line);
    try {
      expect(
        createHash('sha1')
          .update(decodeLz4(base64(frame), length))
          .digest('hex'),
        line,
      ).toBe(sha1);
    } catch (error) {
      expect({ refused, error }).toEqual({ refused: true, error: expect.any(RangeError) });
    }
  }
});
