import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow/Arrow';
import { Failure, messageOf } from '../../contract/failure.ts';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import { requireBatchLayout, requireNoNulls } from './arrow-batch.ts';
import { type IpcMessage, streamMessages } from './arrow-messages.ts';
import { type ArrowField, headerTypes } from './arrow-metadata.ts';
import { requireReadableExtensions, requireReadableSchema } from './arrow-schema.ts';
import type { ByteReader } from './byte-reader.ts';

/** An opened Arrow source: one schema, and batches that can be read once. */
export interface ArrowBatches {
  readonly schema: Schema;
  /** Throws TransientFailure (`source_unreadable`) when the last batch cannot be reached. */
  readonly batches: AsyncIterable<RecordBatch>;
  close(): Promise<void>;
}

const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/** Opens the stream format. Throws ConfigFailure where it is not one, or has a column that cannot be read. */
export async function openArrowStream(
  bytes: ByteReader,
  where: string,
  end: { readonly requireEndMarker: boolean },
): Promise<ArrowBatches> {
  return { ...(await openMessages(streamMessages(bytes, where, end), where)), close: () => bytes.close() };
}

/** Opens messages: a schema, then dictionaries and batches. Throws as `openArrowStream` does. */
export async function openMessages(
  messages: AsyncGenerator<IpcMessage>,
  where: string,
): Promise<Omit<ArrowBatches, 'close'>> {
  const first = await damageAsFailure(where, () => messages.next());
  if (first.done === true) throw unreadableSource(`${where} holds no schema: it ends where one is expected`);
  const { fields } = requireReadableSchema(first.value.metadata, where);

  const feed = new Feed(first.value, messages, fields, where);
  const reader = await damageAsFailure(where, async () => {
    const opened = await RecordBatchReader.from(feed.chunks());
    return opened.open({ autoDestroy: false });
  });
  await damageAsFailure(where, () => requireReadableExtensions(reader.schema, where));
  return { schema: reader.schema, batches: feed.guarded(reader) };
}

/** Hands whole messages to apache-arrow and remembers what became of them: its reader ends quietly on what it does not like. */
class Feed {
  readonly #first: IpcMessage;
  readonly #messages: AsyncIterable<IpcMessage>;
  readonly #fields: readonly ArrowField[];
  readonly #where: string;
  #batches = 0;
  #complete = false;
  #failure: unknown;

  constructor(first: IpcMessage, messages: AsyncIterable<IpcMessage>, fields: readonly ArrowField[], where: string) {
    this.#first = first;
    this.#messages = messages;
    this.#fields = fields;
    this.#where = where;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield this.#first.head;
    try {
      for await (const message of this.#messages) {
        await damageAsFailure(this.#where, () => this.#require(message));
        yield message.head;
        if (message.body.byteLength > 0) yield message.body;
      }
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    this.#complete = true;
    yield endOfStream;
  }

  /** Throws where a message is not what may follow a schema, or is not as the schema says. */
  #require({ says, body }: IpcMessage): void {
    const { headerType, batch, version } = says;
    if (headerType === headerTypes.schema) {
      throw unreadableSource(`${this.#where} has a second schema; expected one stream`);
    }
    // apache-arrow passes over the metadata of such a message and takes its body for the next one.
    if (batch === undefined)
      throw new RangeError(`a message of kind ${headerType} is neither a batch nor a dictionary`);
    const fields = batch.dictionary === undefined ? this.#fields : [valuesOf(batch.dictionary, this.#fields)];
    requireNoNulls(requireBatchLayout(batch, fields, { version, bodyLength: body.byteLength }), batch, body);
    if (headerType === headerTypes.batch) this.#batches += 1;
  }

  async *guarded(reader: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
    let read = 0;
    const iterator = reader[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await damageAsFailure(this.#where, () => iterator.next());
      if (done === true) break;
      read += 1;
      yield value;
    }
    if (this.#failure !== undefined) throw this.#failure;
    // Of a stream without batches the library makes up one that is empty.
    if (!this.#complete || read !== Math.max(this.#batches, 1)) {
      throw unreadableSource(`${this.#where}: ${read} of ${this.#batches} batches were read before the reader stopped`);
    }
  }
}

/** The field of a dictionary's values, which is that of the column without its index. */
function valuesOf(id: number, fields: readonly ArrowField[]): ArrowField {
  const all = fields.flatMap(withDescendants);
  const found = all.find(({ dictionary }) => dictionary?.id === id);
  if (found === undefined) throw new RangeError(`no column refers to dictionary ${id}`);
  return { ...found, dictionary: undefined };
}

const withDescendants = (field: ArrowField): ArrowField[] => [field, ...field.children.flatMap(withDescendants)];

/** What apache-arrow throws of damaged bytes, as a TransientFailure. */
export async function damageAsFailure<T>(where: string, read: () => T | Promise<T>): Promise<Awaited<T>> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unreadableSource(`${where} cannot be read: ${messageOf(error)}`);
  }
}
