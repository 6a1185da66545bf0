import { type FileHandle, open } from 'node:fs/promises';
import { messageOf } from '../../contract/failure.ts';
import { invalidSource, unreadableSource } from '../../duckdb/source-failure.ts';
import { type IpcMessage, saidBy } from './arrow-messages.ts';
import { headerTypes, readFooter } from './arrow-metadata.ts';
import { type ArrowBatches, damageAsFailure, openMessages } from './arrow-stream.ts';

type Block = ReturnType<typeof readFooter>['batches'][number];

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
    const opened = await openMessages(fileMessages(file, where), where);
    return { ...opened, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The messages of a file as a stream would have them: the schema, the dictionaries, the batches. Throws TransientFailure
 * where the footer names a message that is not there.
 */
async function* fileMessages(file: FileHandle, where: string): AsyncGenerator<IpcMessage> {
  const { size } = await file.stat();
  const tail = await bytesAt(file, Math.max(0, size - tailBytes), tailBytes);
  const length = tail.byteLength === tailBytes ? tail.readInt32LE(0) : 0;
  if (tail.toString('latin1', 4) !== fileMagic || length <= 0 || length > size - headBytes - tailBytes) {
    throw unreadableSource(`${where} is cut: it does not end with the footer of an Arrow file, ${size} bytes in`);
  }
  const end = size - tailBytes - length;
  const bytes = await bytesAt(file, end, length);
  const { schema, dictionaries, batches } = await damageAsFailure(where, () => readFooter(bytes));
  requireDistinctBlocks([...dictionaries, ...batches], end, where);

  const prefix = Buffer.alloc(8, 0xff);
  prefix.writeInt32LE(schema.byteLength, 4);
  yield {
    head: Buffer.concat([prefix, schema]),
    metadata: schema,
    says: await damageAsFailure(where, () => saidBy(schema, where, end)),
    body: new Uint8Array(0),
  };
  for (const block of dictionaries) yield await messageAt(file, block, headerTypes.dictionary, where);
  for (const block of batches) yield await messageAt(file, block, headerTypes.batch, where);
}

/** Throws TransientFailure where a block lies outside the file, or on another one: its rows would be read twice. */
function requireDistinctBlocks(blocks: readonly Block[], end: number, where: string): void {
  let free = headBytes;
  for (const { offset, metadataLength, bodyLength } of blocks.toSorted((a, b) => a.offset - b.offset)) {
    const after = offset + metadataLength + bodyLength;
    if (offset < free || metadataLength < 8 || bodyLength < 0 || !(after <= end)) {
      throw unreadableSource(`${where} is damaged: its footer names a message at byte ${offset}, where none can be`);
    }
    free = after;
  }
}

async function messageAt(
  file: FileHandle,
  { offset, metadataLength, bodyLength }: Block,
  headerType: number,
  where: string,
): Promise<IpcMessage> {
  const head = await bytesAt(file, offset, metadataLength);
  // Before format 0.15 there was no continuation, only the length.
  const prefixLength = head.readInt32LE(0) === -1 ? 8 : 4;
  const metadata = head.subarray(prefixLength);
  const says = saidBy(metadata, where, offset);
  if (head.readInt32LE(prefixLength - 4) !== metadata.byteLength || says.headerType !== headerType) {
    throw unreadableSource(`${where} is damaged: the message at byte ${offset} is not the one that the footer names`);
  }
  if (says.bodyLength !== bodyLength) {
    throw unreadableSource(`${where} is damaged: the message at byte ${offset} has a body of another length`);
  }
  return { head, metadata, says, body: await bytesAt(file, offset + metadataLength, bodyLength) };
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
