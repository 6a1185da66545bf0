import {
  Binary,
  BinaryView,
  type Data,
  type DataType,
  Dictionary,
  Field,
  Int32,
  LargeUtf8,
  List,
  Map_,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  Utf8View,
  Vector,
} from 'apache-arrow';
import { expect, test } from 'vitest';
import type { SourceConfig } from '../../../../runtime/contract/source-config.ts';
import { requireReadableSchema } from '../../../../runtime/source/arrow/arrow-schema.ts';
import { failureOf, opened, values } from '../support.ts';

type ArrowSourceConfig = Extract<SourceConfig, { type: 'arrow' }>;

const stdin: ArrowSourceConfig = { type: 'arrow', path: '-' };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const readAll = async (bytes: Uint8Array) => values(await opened(stdin, { stdin: once(bytes) }), {});
const bytesOf = (...parts: readonly string[]): Uint8Array => Uint8Array.from(Buffer.from(parts.join(''), 'latin1'));

function batchOf<T extends DataType>(type: T, data: Data<T>, name = 'd'): RecordBatch {
  const schema = new Schema([new Field(name, type, true)]);
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: data.length, children: [data] }));
}

const stream = (batch: RecordBatch): Uint8Array => new RecordBatchStreamWriter().writeAll([batch]).toUint8Array(true);
const file = (batch: RecordBatch): Uint8Array => new RecordBatchFileWriter().writeAll([batch]).toUint8Array(true);

// 0xC3 begins a character of two bytes; 0xFC is ü in Latin-1.
const latin1 = bytesOf('Annf\xfcr');
const offsets = Int32Array.of(0, 3, 6);
const utf8 = makeData({ type: new Utf8(), length: 2, valueOffsets: offsets, data: latin1 });
const large = makeData({ type: new LargeUtf8(), length: 2, valueOffsets: BigInt64Array.of(0n, 3n, 6n), data: latin1 });
const split = makeData({
  type: new Utf8(),
  length: 2,
  valueOffsets: Int32Array.of(0, 1, 2),
  data: bytesOf('\xc3\xbc'),
});

function viewOf(text: string, change: (view: DataView) => void = () => undefined): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  const bytes = bytesOf(text);
  view.setInt32(0, bytes.byteLength, true);
  new Uint8Array(view.buffer).set(bytes.subarray(0, bytes.byteLength > 12 ? 4 : 12), 4);
  change(view);
  return new Uint8Array(view.buffer);
}

const long = 'a text of more than twelve bytes';
function viewed(view: Uint8Array, type: Utf8View | BinaryView = new Utf8View(), buffer = bytesOf(long)): RecordBatch {
  return batchOf(type, makeData({ type: type as Utf8View, length: 1, views: view, variadicBuffers: [buffer] }));
}

const list = new List(new Field('item', new Utf8(), true));
const entries = new Struct<{ key: Utf8; value: Utf8 }>([
  new Field('key', new Utf8()),
  new Field('value', new Utf8(), true),
]);
const map = new Map_<Utf8, Utf8>(new Field('entries', entries));
const sound = makeData({ type: new Utf8(), length: 2, valueOffsets: offsets, data: bytesOf('Annfor') });
const struct = new Struct<{ name: Utf8 }>([new Field('name', new Utf8(), true)]);
const dictionary = new Dictionary(new Utf8(), new Int32(), 1);

test.each<[string, RecordBatch, string]>([
  ['a text', batchOf(new Utf8(), utf8), 'd'],
  ['a large text', batchOf(new LargeUtf8(), large), 'd'],
  ['a text whose character is cut in two', batchOf(new Utf8(), split), 'd'],
  ['a short view', viewed(viewOf('f\xfcr')), 'd'],
  ['a long view', viewed(viewOf(`${long}\xfc`), new Utf8View(), bytesOf(`${long}\xfc`)), 'd'],
  [
    'a list',
    batchOf(list, makeData({ type: list, length: 1, valueOffsets: Int32Array.of(0, 2), child: utf8 })),
    'd.item',
  ],
  ['a struct', batchOf(struct, makeData({ type: struct, length: 2, children: [utf8] })), 'd.name'],
  [
    'a key of a map',
    batchOf(
      map,
      makeData({
        type: map,
        length: 1,
        valueOffsets: Int32Array.of(0, 2),
        child: makeData({ type: entries, length: 2, children: [utf8, sound] }),
      }),
    ),
    'd.key',
  ],
  [
    'a value of a dictionary',
    batchOf(
      dictionary,
      makeData({ type: dictionary, length: 1, data: Int32Array.of(1), dictionary: new Vector([utf8]) }),
    ),
    'd',
  ],
])('%s that is not UTF-8 is refused, naming the column', async (_, batch, column) => {
  for (const bytes of [stream(batch), file(batch)]) {
    expect(await failureOf(readAll(bytes))).toMatchObject({
      code: 'source_unreadable',
      message: expect.stringMatching(new RegExp(`^source.path: column ${column} cannot be read: a value is not UTF-8`)),
    });
  }
});

test('a value that is null, or that no row has, may be any bytes', async () => {
  const nulls = makeData({
    type: new Utf8(),
    length: 2,
    nullCount: 1,
    nullBitmap: Uint8Array.of(1),
    valueOffsets: offsets,
    data: latin1,
  });
  expect(await readAll(stream(batchOf(new Utf8(), nulls)))).toEqual([{ d: 'Ann' }, { d: null }]);
  const first = makeData({ type: dictionary, length: 1, data: Int32Array.of(0), dictionary: new Vector([utf8]) });
  expect(await readAll(stream(batchOf(dictionary, first)))).toEqual([{ d: 'Ann' }]);
});

test.each([stream, file])('a name of a column that is not UTF-8 is refused', async (write) => {
  const bytes = Buffer.from(write(batchOf(new Utf8(), sound, 'name')));
  for (let at = bytes.indexOf('name'); at >= 0; at = bytes.indexOf('name', at + 1)) bytes[at] = 0xfc;
  expect(await failureOf(readAll(bytes))).toMatchObject({
    code: 'source_unreadable',
    message: 'source.path: standard input cannot be read: the name of column 1 is not UTF-8',
  });
});

test('a sound view is read, short and long', async () => {
  expect(await readAll(stream(viewed(viewOf('exactly 12 b'))))).toEqual([{ d: 'exactly 12 b' }]);
  expect(await readAll(stream(viewed(viewOf(long))))).toEqual([{ d: long }]);
});

test.each<[string, Uint8Array]>([
  ['a length below zero', viewOf(long, (view) => view.setInt32(0, -1, true))],
  ['a length beyond the buffer', viewOf(long, (view) => view.setInt32(0, 33, true))],
  ['a length of billions', viewOf(long, (view) => view.setInt32(0, 0x7fffffff, true))],
  ['a buffer that is not there', viewOf(long, (view) => view.setInt32(8, 1, true))],
  ['a buffer below zero', viewOf(long, (view) => view.setInt32(8, -1, true))],
  ['an offset beyond the buffer', viewOf(long, (view) => view.setInt32(12, 100, true))],
  ['an offset below zero', viewOf(long, (view) => view.setInt32(12, -1, true))],
  ['an offset to other bytes', viewOf(long.slice(0, 20), (view) => view.setInt32(12, 1, true))],
  ['another beginning', viewOf(long, (view) => view.setUint8(4, 0x62))],
  ['a short length before a long text', viewOf(long, (view) => view.setInt32(0, 3, true))],
  ['a length that cuts a short text', viewOf('Annabelle', (view) => view.setInt32(0, 3, true))],
])('a view with %s is refused, naming the column', async (_, view) => {
  for (const type of [new Utf8View(), new BinaryView()]) {
    expect(await failureOf(readAll(stream(viewed(view, type))))).toMatchObject({
      code: 'source_unreadable',
      message: expect.stringMatching(/^source.path: column d cannot be read: a view of /),
    });
  }
});

test.each<[string, RecordBatch, RegExp]>([
  [
    'offsets that descend',
    batchOf(
      new Binary(),
      makeData({ type: new Binary(), length: 2, valueOffsets: Int32Array.of(0, 5, 3), data: latin1 }),
    ),
    /offsets/,
  ],
  [
    'offsets beyond the bytes',
    batchOf(new Utf8(), makeData({ type: new Utf8(), length: 2, valueOffsets: Int32Array.of(0, 3, 99), data: latin1 })),
    /offsets/,
  ],
  [
    'a list beyond its values',
    batchOf(list, makeData({ type: list, length: 1, valueOffsets: Int32Array.of(0, 3), child: sound })),
    /offsets/,
  ],
  [
    'an entry that its dictionary has not',
    batchOf(
      dictionary,
      makeData({ type: dictionary, length: 1, data: Int32Array.of(-1), dictionary: new Vector([sound]) }),
    ),
    /entry -1 of a dictionary of 2/,
  ],
])('%s are refused, naming the column', async (_, batch, message) => {
  expect(await failureOf(readAll(stream(batch)))).toMatchObject({
    code: 'source_unreadable',
    message: expect.stringMatching(new RegExp(`^source.path: column d(.item)? cannot be read: .*${message.source}`)),
  });
});

/** A batch of four integers whose metadata says `rows` where it first says four. */
function announced(rows: bigint): Uint8Array {
  const values = makeData({ type: new Int32(), length: 4, data: Int32Array.of(11, 12, 13, 14) });
  const bytes = Buffer.from(stream(batchOf(new Int32(), values)));
  const four = Buffer.from(BigInt64Array.of(4n).buffer);
  bytes.writeBigInt64LE(rows, bytes.indexOf(four));
  return bytes;
}

test('a batch that announces another number of rows than its columns have is refused', async () => {
  for (const rows of [3n, 5n, -4n, 2n ** 60n]) {
    expect(await failureOf(readAll(announced(rows)))).toMatchObject({
      code: 'source_unreadable',
      message: expect.stringMatching(/column d has|announces/),
    });
  }
});

// A message whose header is a schema with nothing but its byte order: root, vtable, table; vtable, table.
function schemaOf(byteOrder: number): Uint8Array {
  const shorts = [16, 0, 12, 12, 4, 6, 8, 0, 12, 0, 4, 1, 12, 0, 6, 6, 4, 0, 8, 0, byteOrder, 0];
  return new Uint8Array(Int16Array.from(shorts).buffer);
}

test('a big-endian stream is refused', () => {
  expect(requireReadableSchema(schemaOf(0), 'x')).toEqual({ bigEndian: false, fields: [] });
  expect(() => requireReadableSchema(schemaOf(1), 'x')).toThrow(/^x is big-endian/);
});

test('a table whose size is damaged is not one without fields', () => {
  const bytes = schemaOf(0);
  // The high byte of the size of the schema's vtable.
  bytes[29] = 187;
  expect(() => requireReadableSchema(bytes, 'x')).toThrow(/^x is not Arrow IPC/);
});
