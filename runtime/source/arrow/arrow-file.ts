import { type FileHandle, open } from 'node:fs/promises';
import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { invalidSource, messageOf, unreadableSource } from '../../duckdb/source-failure.ts';
import { readFooterFields } from './arrow-flatbuffer.ts';
import { requireReadableFields } from './arrow-schema.ts';
import { type ArrowBatches, damageAsFailure } from './arrow-stream.ts';

export const fileMagic = 'ARROW1';

// The magic and two bytes of padding; length of the footer and the magic (arrow.apache.org/docs/format/Columnar.html, IPC File Format).
const headBytes = 8;
const tailBytes = 4 + fileMagic.length;

/** Opens the file format, batch by batch. Throws TransientFailure where the file is cut, ConfigFailure as a stream does. */
export async function openArrowFile(path: string, where: string): Promise<ArrowBatches> {
  const file = await open(path).catch((error: unknown) => {
    throw invalidSource(`${where} cannot be opened: ${messageOf(error)}`);
  });
  try {
    await requireFooter(file, where);
    const reader = await damageAsFailure(where, async () => {
      const opened = await RecordBatchReader.from(file);
      return opened.open({ autoDestroy: false });
    });
    const expected = reader.footer?.numRecordBatches;
    if (expected === undefined) throw unreadableSource(`${where} cannot be read: it has no footer`);
    return { schema: reader.schema, batches: counted(reader, expected, where), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Throws TransientFailure unless all of `expected` batches came: the library stops quietly at a message it cannot find. */
async function* counted(
  reader: AsyncIterable<RecordBatch>,
  expected: number,
  where: string,
): AsyncGenerator<RecordBatch> {
  const iterator = reader[Symbol.asyncIterator]();
  let read = 0;
  for (; ; read++) {
    const { done, value } = await damageAsFailure(where, () => iterator.next());
    if (done === true) break;
    yield value;
  }
  // Of a file without batches the library makes up one that is empty.
  if (read !== Math.max(expected, 1)) throw unreadableSource(`${where}: ${read} of ${expected} batches were found`);
}

// Not every writer puts the schema at the beginning too: apache-arrow 21.2 does not.
async function requireFooter(file: FileHandle, where: string): Promise<void> {
  const { size } = await file.stat();
  const tail = await bytesAt(file, Math.max(0, size - tailBytes), tailBytes);
  const length = tail.byteLength === tailBytes ? tail.readInt32LE(0) : 0;
  if (tail.toString('latin1', 4) !== fileMagic || length <= 0 || length > size - headBytes - tailBytes) {
    throw unreadableSource(`${where} is cut: it does not end with the footer of an Arrow file, ${size} bytes in`);
  }
  const footer = await bytesAt(file, size - tailBytes - length, length);
  requireReadableFields(await damageAsFailure(where, () => readFooterFields(footer)), where);
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
