import { FlatTable } from './arrow-flatbuffer.ts';

// The slots are those of Message.fbs, Schema.fbs and File.fbs (github.com/apache/arrow, format/, version 5). apache-arrow throws on a
// type it does not know without naming the column, believes whatever lengths are announced, and does not export its reader.

/** A field of a schema, as far as it is needed to say which column cannot be read, and what its buffers must be. */
export interface ArrowField {
  /** Undefined where it is not UTF-8. */
  readonly name: string | undefined;
  readonly typeId: number;
  /** Bits of an integer, entries of a fixed-size list, 1 of a dense union. */
  readonly parameter: number;
  /** Of a column that refers to a dictionary. */
  readonly dictionary: { readonly id: number; readonly bits: number } | undefined;
  readonly children: readonly ArrowField[];
}

interface ArrowSchema {
  readonly bigEndian: boolean;
  readonly fields: readonly ArrowField[];
}

/** The record batch of a message. */
interface BatchHeader {
  readonly length: number;
  /** One of each field, depth first. */
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
  readonly isCompressed: boolean;
  /** Of each field of views, how many buffers it has. */
  readonly variadicCounts: readonly number[];
  /** Of a batch that is a dictionary. */
  readonly dictionary: number | undefined;
}

/** What the metadata of an IPC message says. */
export interface ArrowMessage {
  readonly headerType: number;
  readonly version: number;
  readonly bodyLength: number;
  /** Of a schema message. */
  readonly schema: ArrowSchema | undefined;
  /** Of a record batch and of a dictionary. */
  readonly batch: BatchHeader | undefined;
}

export const headerTypes = { schema: 1, dictionary: 2, batch: 3 } as const;

const typeIds = { int: 2, union: 14, fixedSizeList: 16 };

/** Reads a message's metadata. Throws RangeError where it is not a flatbuffer. */
export function readMessage(metadata: Uint8Array): ArrowMessage {
  const message = FlatTable.rootOf(metadata);
  requirePairs(message, 4);
  const headerType = message.byte(1);
  const header = message.table(2);
  return {
    headerType,
    version: message.short(0),
    bodyLength: message.long(3),
    schema: headerType === headerTypes.schema && header !== undefined ? readSchema(header) : undefined,
    batch: header === undefined ? undefined : readBatch(headerType, header),
  };
}

// apache-arrow believes any number of them, and would be busy for hours.
function requirePairs(table: FlatTable, slot: number): void {
  for (const pair of table.tables(slot)) {
    pair.text(0);
    pair.text(1);
  }
}

function readSchema(schema: FlatTable): ArrowSchema {
  requirePairs(schema, 2);
  return { bigEndian: schema.short(0) !== 0, fields: schema.tables(1).map(readField) };
}

function readField(field: FlatTable): ArrowField {
  requirePairs(field, 6);
  const typeId = field.byte(2);
  const type = field.table(3);
  const dictionary = field.table(4);
  return {
    name: field.text(0),
    typeId,
    parameter: type === undefined ? 0 : parameterOf(typeId, type),
    // An index is of 32 bits where nothing is said.
    dictionary: dictionary && { id: dictionary.long(0), bits: dictionary.table(1)?.int(0) ?? 32 },
    children: field.tables(5).map(readField),
  };
}

function parameterOf(typeId: number, type: FlatTable): number {
  if (typeId === typeIds.union) return type.short(0);
  return typeId === typeIds.int || typeId === typeIds.fixedSizeList ? type.int(0) : 0;
}

function readBatch(headerType: number, header: FlatTable): BatchHeader | undefined {
  if (headerType === headerTypes.batch) return batchOf(header, undefined);
  const data = headerType === headerTypes.dictionary ? header.table(1) : undefined;
  return data && batchOf(data, header.long(0));
}

const batchOf = (batch: FlatTable, dictionary: number | undefined): BatchHeader => ({
  length: batch.long(0),
  nodes: batch.structs(1, 16, [0, 8]).map(([length, nullCount]) => ({
    length: Number(length),
    nullCount: Number(nullCount),
  })),
  buffers: batch.structs(2, 16, [0, 8]).map(([offset, length]) => ({ offset: Number(offset), length: Number(length) })),
  isCompressed: batch.table(3) !== undefined,
  variadicCounts: batch.longs(4),
  dictionary,
});

/** Where a message of a file is. */
interface Block {
  readonly offset: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
}

interface Footer {
  readonly dictionaries: readonly Block[];
  readonly batches: readonly Block[];
  /** The metadata of a schema message. */
  readonly schema: Uint8Array;
}

/** Reads a file's footer. Throws RangeError where it is not a flatbuffer. */
export function readFooter(footer: Uint8Array): Footer {
  const table = FlatTable.rootOf(footer);
  const schema = table.table(1);
  if (schema === undefined) throw new RangeError('the footer has no schema');
  const blocks = (slot: number): Block[] =>
    table.structs(slot, 24, [0, 8, 16]).map(([offset, metadataLength, bodyLength]) => ({
      offset: Number(offset),
      // 32 bits, and 32 of padding.
      metadataLength: Number(BigInt.asIntN(32, metadataLength ?? 0n)),
      bodyLength: Number(bodyLength),
    }));
  return { dictionaries: blocks(2), batches: blocks(3), schema: schemaMessage(footer, schema.at, table.short(0)) };
}

// Not every writer puts the schema at the beginning of a file too (apache-arrow 21.2 does not). So a message is put before
// the footer, whose header is the footer's schema: a root, a vtable of four slots, and a table of 12 bytes.
function schemaMessage(footer: Uint8Array, schemaAt: number, version: number): Uint8Array {
  const [vtable, table, head] = [4, 16, 32];
  const message = new Uint8Array((head + footer.byteLength + 7) & ~7);
  const view = new DataView(message.buffer);
  view.setUint32(0, table, true);
  for (const [i, value] of [12, 12, 4, 6, 8, 0].entries()) view.setUint16(vtable + 2 * i, value, true);
  view.setInt32(table, table - vtable, true);
  view.setInt16(table + 4, version, true);
  view.setUint8(table + 6, headerTypes.schema);
  view.setUint32(table + 8, head + schemaAt - (table + 8), true);
  message.set(footer, head);
  return message;
}
