import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { Failure } from '../../contract/failure.ts';
import { messageOf, unreadableSource } from '../../duckdb/source-failure.ts';
import { readMessage, schemaHeader } from './arrow-flatbuffer.ts';
import { type StreamEnd, type StreamMessage, streamMessages } from './arrow-messages.ts';
import { requireReadableSchema } from './arrow-schema.ts';
import type { ByteReader } from './byte-reader.ts';

/** An opened Arrow source: one schema, and batches that can be read once. */
export interface ArrowBatches {
  readonly schema: Schema;
  /** Throws TransientFailure (`source_unreadable`) when the last batch cannot be reached. */
  readonly batches: AsyncIterable<RecordBatch>;
  close(): Promise<void>;
}

const recordBatchHeader = 3;
const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** Opens the stream format. Throws ConfigFailure where it is none, or has a column that cannot be read. */
export async function openArrowStream(bytes: ByteReader, where: string, end: StreamEnd): Promise<ArrowBatches> {
  const messages = streamMessages(bytes, where, end);
  const first = await messages.next();
  if (first.done === true) throw unreadableSource(`${where} holds no schema: it ends where one is expected`);
  requireReadableSchema(first.value.metadata, where);

  const feed = new Feed(first.value, messages, where);
  const reader = await damageAsFailure(where, async () => {
    const opened = await RecordBatchReader.from(feed.chunks());
    return opened.open({ autoDestroy: false });
  });
  return { schema: reader.schema, batches: feed.guarded(reader), close: () => bytes.close() };
}

/** Hands whole messages to apache-arrow and remembers what became of them: its reader ends quietly on what it does not like. */
class Feed {
  private readonly first: StreamMessage;
  private readonly messages: AsyncIterable<StreamMessage>;
  private readonly where: string;
  private batches = 0;
  private complete = false;
  private failure: unknown;

  constructor(first: StreamMessage, messages: AsyncIterable<StreamMessage>, where: string) {
    this.first = first;
    this.messages = messages;
    this.where = where;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield this.first.head;
    try {
      for await (const { head, metadata, body } of this.messages) {
        const { headerType } = readMessage(metadata);
        if (headerType === schemaHeader)
          throw unreadableSource(`${this.where} has a second schema; expected one stream`);
        if (headerType === recordBatchHeader) this.batches += 1;
        yield head;
        if (body.byteLength > 0) yield body;
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
    this.complete = true;
    yield endOfStream;
  }

  async *guarded(reader: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
    let read = 0;
    const iterator = reader[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await damageAsFailure(this.where, () => iterator.next());
      if (done === true) break;
      read += 1;
      yield value;
    }
    if (this.failure !== undefined) throw this.failure;
    // Of a stream without batches the library makes up one that is empty.
    if (!this.complete || read !== Math.max(this.batches, 1)) {
      throw unreadableSource(`${this.where}: ${read} of ${this.batches} batches were read before the reader stopped`);
    }
  }
}

/** What apache-arrow throws of damaged bytes, as a TransientFailure. */
export async function damageAsFailure<T>(where: string, read: () => T | Promise<T>): Promise<Awaited<T>> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unreadableSource(`${where} cannot be read: ${messageOf(error)}`);
  }
}
