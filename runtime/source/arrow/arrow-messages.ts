import { unreadableSource } from '../../duckdb/source-failure.ts';
import { type ArrowMessage, readMessage } from './arrow-metadata.ts';
import type { ByteReader } from './byte-reader.ts';

/** One message: `head` is prefix and metadata, as they came. */
export interface IpcMessage {
  readonly head: Uint8Array;
  readonly metadata: Uint8Array;
  readonly says: ArrowMessage;
  readonly body: Uint8Array;
}

const continuation = -1;
// More than any schema takes; what is beyond it is not a length, but text.
const longestMetadata = 256 * 1024 * 1024;

/**
 * The messages of an IPC stream, each of them whole. Throws TransientFailure when the stream is cut or when bytes
 * follow its end.
 *
 * apache-arrow 21.2 takes a stream that is cut between messages, or inside the prefix of one, for one that has ended
 * (AsyncMessageReader.next). The format makes the marker optional: "or closing the stream interface"
 * (arrow.apache.org/docs/format/Columnar.html, IPC Streaming Format). But a producer that crashes closes it too.
 */
export async function* streamMessages(
  bytes: ByteReader,
  where: string,
  // Whether a stream without the end-of-stream marker counts as cut.
  { requireEndMarker }: { readonly requireEndMarker: boolean },
): AsyncGenerator<IpcMessage> {
  for (let count = 0; ; count++) {
    const start = bytes.taken;
    const cut = (what: string) =>
      unreadableSource(`${where} is cut: ${what}, ${bytes.taken} bytes in (whole messages: ${count})`);
    const whole = async (length: number, what: string): Promise<Uint8Array> => {
      const part = await bytes.take(length);
      if (part.byteLength < length) throw cut(`it ends inside ${what}`);
      return part;
    };

    const first = await bytes.take(4);
    if (first.byteLength === 0 && count > 0 && !requireEndMarker) return;
    if (first.byteLength < 4) throw cut(missingPrefix(first, count));
    // Before format 0.15 there was no continuation, only the length.
    const prefix = int32(first) === continuation ? [first, await whole(4, 'the prefix of a message')] : [first];
    const length = int32(prefix.at(-1) ?? first);
    if (length === 0) return await requireEnd(bytes, where);
    if (length < 0 || length > longestMetadata) {
      throw unreadableSource(`${where} is not an Arrow stream at byte ${start}: a message of ${length} bytes`);
    }

    const metadata = await whole(length, 'the metadata of a message');
    const says = saidBy(metadata, where, start);
    const body = await whole(says.bodyLength, 'the body of a message');
    yield { head: Buffer.concat([...prefix, metadata]), metadata, says, body };
  }
}

/** What a stream lacks that ends where a message should begin. */
function missingPrefix({ byteLength }: Uint8Array, messages: number): string {
  if (byteLength > 0) return 'it ends inside the prefix of a message';
  return messages === 0 ? 'it holds nothing' : 'the end-of-stream marker is missing';
}

async function requireEnd(bytes: ByteReader, where: string): Promise<void> {
  const end = bytes.taken;
  const after = await bytes.take(1);
  if (after.byteLength > 0) {
    throw unreadableSource(`${where} goes on after its end-of-stream marker at byte ${end}; expected one stream`);
  }
}

/** What a message's metadata says. Throws TransientFailure where it cannot be read. */
export function saidBy(metadata: Uint8Array, where: string, start: number): ArrowMessage {
  try {
    const says = readMessage(metadata);
    if (says.bodyLength >= 0 && Number.isSafeInteger(says.bodyLength)) return says;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw unreadableSource(`${where} is damaged: the message at byte ${start} has no readable metadata`);
}

const int32 = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
