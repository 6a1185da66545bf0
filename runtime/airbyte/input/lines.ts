import { isUtf8 } from 'node:buffer';
import { Failure } from '../../contract/failure.ts';

/** Lines that came in together. */
export interface Lines {
  /** The number of the first of them, from 1. */
  readonly first: number;
  readonly texts: readonly string[];
  /** The input ended inside the last line, or at least without a line break after it. */
  readonly unended?: true;
}

/** Input that is not what the protocol says; a record may have been lost in it, so the command stops. */
export class BrokenInput extends Failure {
  override readonly name = 'BrokenInput';
  override readonly kind = 'config';

  constructor(line: number, what: string) {
    super(`Line ${line} of the standard input ${what}.`, { code: 'invalid_input' });
  }
}

const LINE_FEED = 0x0a;

/**
 * Splits bytes into lines at 0x0A and nowhere else, and decodes whole lines: JSON may hold U+2028, and a character may
 * lie across two chunks. Throws BrokenInput for a line that is longer than `maxBytes` or not UTF-8, after the lines
 * before it.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Lines, void, void> {
  let number = 1;
  const begun = new BegunLine();
  for await (const part of chunks) {
    const chunk = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end >= 0) {
      const { texts, fault } = decode(begun.endedBy(chunk.subarray(0, end)), number, maxBytes);
      if (texts.length > 0) yield { first: number, texts };
      if (fault) throw fault;
      number += texts.length;
    }
    begun.add(chunk.subarray(end + 1));
    if (begun.bytes > maxBytes) throw tooLong(number, begun.bytes, maxBytes);
  }
  if (begun.bytes === 0) return;
  const last = begun.endedBy();
  if (!isBegunUtf8(last)) throw notUtf8(number, last.length);
  yield { first: number, texts: [last.toString('utf8')], unended: true };
}

/** Whether bytes are UTF-8 as far as they go: what was cut may end inside a character. */
function isBegunUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The bytes since the last line break. */
class BegunLine {
  #parts: Buffer[] = [];
  bytes = 0;

  add(part: Buffer): void {
    if (part.length > 0) this.#parts.push(part);
    this.bytes += part.length;
  }

  /** What was kept, and `rest` behind it; nothing is kept any more. Copies only what lies in several parts. */
  endedBy(rest: Buffer = Buffer.alloc(0)): Buffer {
    const whole = this.#parts.length === 0 ? rest : Buffer.concat([...this.#parts, rest]);
    this.#parts = [];
    this.bytes = 0;
    return whole;
  }
}

/** The lines of a block, and what ends them early. */
function decode(block: Buffer, first: number, maxBytes: number): { texts: string[]; fault?: BrokenInput } {
  const isSound = isUtf8(block);
  const texts: string[] = [];
  for (let start = 0; start <= block.length; ) {
    const found = block.indexOf(LINE_FEED, start);
    const end = found < 0 ? block.length : found;
    const number = first + texts.length;
    if (end - start > maxBytes) return { texts, fault: tooLong(number, end - start, maxBytes) };
    if (!isSound && !isUtf8(block.subarray(start, end))) {
      return { texts, fault: notUtf8(number, end - start) };
    }
    texts.push(block.toString('utf8', start, end));
    start = end + 1;
  }
  return { texts };
}

const notUtf8 = (line: number, bytes: number): BrokenInput =>
  new BrokenInput(line, `is not UTF-8 text (${bytes} bytes)`);

const tooLong = (number: number, bytes: number, maxBytes: number): BrokenInput =>
  new BrokenInput(number, `has ${bytes} bytes or more; at most ${maxBytes} are read`);
