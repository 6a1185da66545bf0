import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** What the bytes of a text file say before anybody reads it as rows. */
interface TextBytes {
  /** As DuckDB names it; undefined where it is another one, or is unknown. */
  readonly encoding: 'utf-8' | 'utf-16' | 'latin-1' | undefined;
  /** The encoding as `iconv` names it, where it is known and DuckDB does not read it without an extension. */
  readonly foreign?: 'UTF-16BE' | 'WINDOWS-1252';
  /** Whether some lines end in a carriage return and a line feed, and others in a line feed alone. */
  readonly hasBothLineEnds: boolean;
  /** Whether a double quote stands in it anywhere. */
  readonly hasQuotes: boolean;
  /** How the text begins, in that encoding. */
  readonly start: string;
}

/** Reads a file to its end, unpacked where its name ends in `.gz`, and keeps none of it. */
export async function textBytesOf(path: string, signal: AbortSignal): Promise<TextBytes> {
  const scan = new Scan();
  const read = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) scan.take(chunk);
    scan.end();
  };
  if (/\.gz$/i.test(path)) await pipeline(createReadStream(path), createGunzip(), read, { signal });
  else await pipeline(createReadStream(path), read, { signal });
  return scan.found();
}

const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;

class Scan {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  #isUtf8 = true;
  #wide: 'utf-16' | 'UTF-16BE' | undefined;
  #start: Buffer | undefined;
  #hasQuotes = false;
  #isQuoted = false;
  #before = 0;
  #isSignAfterLetter = false;
  #plainEnds = 0;
  #pairedEnds = 0;
  /** Bytes that are control characters in latin-1, and letters or punctuation in windows-1252. */
  #controls = 0;
  /** Bytes beyond ASCII; those of them that follow another one; those that are signs in latin-1 and stand in a word. */
  #high = 0;
  #highPairs = 0;
  #signsInWords = 0;

  take(chunk: Buffer): void {
    if (this.#start === undefined) this.#wide = wideOf(chunk);
    this.#start ??= Buffer.from(chunk);
    if (this.#wide !== undefined) return;
    if (this.#isUtf8) this.#decode(() => this.#utf8.decode(chunk, { stream: true }));
    for (const byte of chunk) this.#count(byte);
  }

  end(): void {
    if (this.#wide === undefined && this.#isUtf8) this.#decode(() => this.#utf8.decode());
  }

  found(): TextBytes {
    const named = this.#named();
    const label = this.#wide === 'UTF-16BE' ? 'utf-16be' : (this.#wide ?? (this.#isUtf8 ? 'utf-8' : 'latin1'));
    const start = new TextDecoder(label).decode(this.#start);
    return {
      ...named,
      hasBothLineEnds: this.#plainEnds > 0 && this.#pairedEnds > 0,
      hasQuotes: this.#hasQuotes,
      start,
    };
  }

  #named(): Pick<TextBytes, 'encoding' | 'foreign'> {
    if (this.#wide === 'UTF-16BE') return { encoding: undefined, foreign: this.#wide };
    if (this.#wide !== undefined) return { encoding: this.#wide };
    if (this.#isUtf8) return { encoding: 'utf-8' };
    if (!this.#isWestern()) return { encoding: undefined };
    return this.#controls > 0 ? { encoding: undefined, foreign: 'WINDOWS-1252' } : { encoding: 'latin-1' };
  }

  /** Western words have single accented letters; other scripts have runs of such bytes, or letters where latin-1 has signs. */
  #isWestern(): boolean {
    return this.#highPairs <= this.#high * 0.2 && this.#signsInWords <= this.#high * 0.1;
  }

  #decode(decode: () => void): void {
    try {
      decode();
    } catch {
      this.#isUtf8 = false;
    }
  }

  #count(byte: number): void {
    if (byte === quote) {
      this.#hasQuotes = true;
      this.#isQuoted = !this.#isQuoted;
    } else if (byte === lineFeed && !this.#isQuoted) {
      if (this.#before === carriageReturn) this.#pairedEnds += 1;
      else this.#plainEnds += 1;
    } else if (byte >= 0x80) this.#countHigh(byte);
    else if (this.#isSignAfterLetter && isLetter(byte)) this.#signsInWords += 1;
    this.#isSignAfterLetter = byte >= 0xa1 && byte <= 0xbf && isLetter(this.#before);
    this.#before = byte;
  }

  #countHigh(byte: number): void {
    this.#high += 1;
    if (this.#before >= 0x80) this.#highPairs += 1;
    if (byte <= 0x9f) this.#controls += 1;
  }
}

const isLetter = (byte: number): boolean => (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);

/** By its mark at the beginning, or by the zeros that Latin text has in every second byte. */
function wideOf(chunk: Buffer): 'utf-16' | 'UTF-16BE' | undefined {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return 'utf-16';
  if (chunk[0] === 0xfe && chunk[1] === 0xff) return 'UTF-16BE';
  const start = [...chunk.subarray(0, 200)];
  const zeros = (rest: number): number => start.filter((byte, index) => index % 2 === rest && byte === 0).length;
  const many = start.length * 0.3;
  if (start.length < 4) return undefined;
  if (zeros(1) > many) return 'utf-16';
  return zeros(0) > many ? 'UTF-16BE' : undefined;
}
