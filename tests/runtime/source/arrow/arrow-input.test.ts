import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Bool,
  Dictionary,
  Int32,
  Int64,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Table,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TransientFailure } from '../../../../runtime/contract/failure.ts';
import type { SourceConfig } from '../../../../runtime/contract/source-config.ts';
import { streamMessages } from '../../../../runtime/source/arrow/arrow-messages.ts';
import { ByteReader } from '../../../../runtime/source/arrow/byte-reader.ts';
import { slow, sweep } from '../../../support/runs.ts';
import { allRows, failureOf, keyOf, noKey, opened, running, temporaryFolder } from '../support.ts';

type ArrowSourceConfig = Extract<SourceConfig, { type: 'arrow' }>;

const stdin: ArrowSourceConfig = { type: 'arrow', path: '-' };
const endMarker = 8;

const whole = new Table({
  id: vectorFromArray(
    Array.from({ length: 10 }, (_, i) => BigInt(i)),
    new Int64(),
  ),
  email: vectorFromArray(
    Array.from({ length: 10 }, (_, i) => `user${i % 7}@example.com`),
    new Utf8(),
  ),
  active: vectorFromArray(
    Array.from({ length: 10 }, (_, i) => (i % 3 === 0 ? null : i % 2 === 0)),
    new Bool(),
  ),
  tier: vectorFromArray(
    Array.from({ length: 10 }, (_, i) => `tier ${i % 2}`),
    new Dictionary(new Utf8(), new Int32(), 0),
  ),
});

// Three batches, of 5, 1 and 4 rows.
const table = whole.slice(0, 5).concat(whole.slice(5, 6), whole.slice(6));
const streamBytes = RecordBatchStreamWriter.writeAll(table).toUint8Array(true);
const fileBytes = RecordBatchFileWriter.writeAll(table).toUint8Array(true);

const expected = Array.from({ length: 10 }, (_, position) => {
  const row = {
    id: String(position),
    email: `user${position % 7}@example.com`,
    active: position % 3 === 0 ? null : position % 2 === 0,
    tier: `tier ${position % 2}`,
  };
  return position + 7 < 10 ? { position, row, superseded: true } : { position, row };
});

/** The bytes in pieces of these sizes, taken in turn. */
async function* pieces(bytes: Uint8Array, sizes: readonly number[] = [64 * 1024]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.byteLength; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });

test.each([
  ['stream', streamBytes],
  ['file', fileBytes],
])('the %s format is read from a path and from standard input, told apart by its bytes', async (_, bytes) => {
  const path = join(await temporaryFolder(), 'rows.csv');
  await writeFile(path, bytes);
  expect(await allRows(await opened({ type: 'arrow', path }), {}, keyOf('email'))).toEqual(expected);
  expect(await allRows(await opened(stdin, { stdin: pieces(bytes) }), {}, keyOf('email'))).toEqual(expected);
});

sweep('standard input may arrive in pieces of any size', { few: 5, some: 20, many: 200 }, async (numRuns) => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(streamBytes, fileBytes), sizes, async (bytes, size) => {
      const source = await opened(stdin, { stdin: pieces(bytes, size) });
      expect(await allRows(source, {}, keyOf('email'))).toEqual(expected);
      await source.close();
    }),
    { numRuns },
  );
});

async function readAll(bytes: Uint8Array, size: readonly number[], config: ArrowSourceConfig = stdin) {
  const source = await opened(config, { stdin: pieces(bytes, size) });
  try {
    return await allRows(source, {}, keyOf('email'));
  } finally {
    await source.close();
  }
}

test('a stream or file that is cut anywhere fails, and hands out no row', slow, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(streamBytes, fileBytes),
      fc.double({ min: 0, max: 1, noNaN: true }),
      sizes,
      async (bytes, share, size) => {
        const cut = Math.min(bytes.byteLength - 1, Math.floor(share * bytes.byteLength));
        const failure = await failureOf(readAll(bytes.subarray(0, cut), size));
        expect(failure).toBeInstanceOf(TransientFailure);
        expect(failure).toMatchObject({ code: 'source_unreadable', delivery: 'not-delivered' });
      },
    ),
    { numRuns: 60 },
  );
});

test('the messages of a stream fail at every single byte it can be cut at', async () => {
  const read = async (bytes: Uint8Array, requireEndMarker: boolean) => {
    let count = 0;
    for await (const _ of streamMessages(new ByteReader(pieces(bytes, [97])), 'x', { requireEndMarker })) count += 1;
    return count;
  };
  const total = await read(streamBytes, true);
  let whole = 0;
  for (let cut = 0; cut < streamBytes.byteLength; cut++) {
    const part = streamBytes.subarray(0, cut);
    expect(await failureOf(read(part, true))).toBeInstanceOf(TransientFailure);
    // Without the marker, the ends of messages are ends of the stream as well, and no other byte is.
    whole += (await failureOf(read(part, false))) === undefined ? 1 : 0;
  }
  expect(whole).toBe(total);
});

test('a stream without its end-of-stream marker counts as cut, unless the configuration says otherwise', async () => {
  const unmarked = streamBytes.subarray(0, -endMarker);
  expect(await failureOf(readAll(unmarked, [100]))).toMatchObject({
    code: 'source_unreadable',
    message: expect.stringContaining('the end-of-stream marker is missing'),
  });
  expect(await readAll(unmarked, [100], { ...stdin, require_end_marker: false })).toEqual(expected);
});

test('two streams one after the other are not taken for the first', async () => {
  const twice = Buffer.concat([streamBytes, streamBytes]);
  expect(await failureOf(readAll(twice, [1000]))).toMatchObject({
    message: expect.stringMatching(/^source.path: standard input goes on after its end-of-stream marker/),
  });
  const joined = Buffer.concat([streamBytes.subarray(0, -endMarker), streamBytes]);
  expect(await failureOf(readAll(joined, [1000]))).toMatchObject({
    message: expect.stringContaining('a second schema'),
  });
});

test('damaged bytes never read as rows that were not written, unless the damage is in a value', slow, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const bytes = Uint8Array.from(streamBytes);
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      const got = await readAll(bytes, [5000]).catch((error: unknown) => error);
      if (Array.isArray(got)) expect(got).toHaveLength(expected.length);
      else expect(got).toHaveProperty('kind');
    }),
    // The type of a column turns into a list of nothing.
    { numRuns: 40, examples: [[179, 22]] },
  );
});

const foreign: readonly (readonly [name: string, bytes: Uint8Array, message: RegExp])[] = [
  ['a Parquet file', Buffer.from('PAR1 and so on'), /is a Parquet file; read it with `type: duckdb`/],
  ['a gzip file', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), /compressed with gzip/],
  ['a CSV file', Buffer.from('id,email\n1,a@example.com\n'), /is not Arrow IPC/],
  ['a JSON file', Buffer.from('{"id": 1, "email": "x"}\n'), /is not Arrow IPC/],
];

test.each(foreign)('%s is a mistake in the configuration', async (_, bytes, message) => {
  expect(await failureOf(opened(stdin, { stdin: pieces(bytes) }))).toMatchObject({
    code: 'invalid_source',
    message: expect.stringMatching(message),
  });
});

test('a missing file, a folder, a missing standard input, a table and a query are mistakes in the configuration', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'folder'));
  const messageOf = async (promise: Promise<unknown>) => String(await failureOf(promise));
  expect(await messageOf(opened({ type: 'arrow', path: join(folder, 'none') }))).toMatch(
    /none cannot be opened: ENOENT/,
  );
  expect(await messageOf(opened({ type: 'arrow', path: join(folder, 'folder') }))).toMatch(/folder is a folder/);
  expect(await messageOf(opened(stdin))).toMatch(/standard input, which there is none of/);
  const source = await opened(stdin, { stdin: pieces(streamBytes) });
  expect(await messageOf(allRows(source, { table: 't' }))).toMatch(
    /streams\[0\].table: an Arrow source is one relation/,
  );
  expect(await messageOf(allRows(source, { query: 'q' }))).toMatch(
    /streams\[0\].query: an Arrow source is one relation/,
  );
  expect(await messageOf(allRows(source, {}, keyOf('mail')))).toMatch(/has no column mail/);
});

test('columns come in order, and two of one name are refused', async () => {
  const source = await opened(stdin, { stdin: pieces(streamBytes) });
  expect(await source.columns({ path: 'streams[0]' })).toEqual([
    { name: 'id', type: 'Int64' },
    { name: 'email', type: 'Utf8' },
    { name: 'active', type: 'Bool' },
    { name: 'tier', type: 'Dictionary<Int32, Utf8>' },
  ]);
});

test('an empty stream and an empty file have columns and no rows', async () => {
  const empty = whole.slice(0, 0);
  for (const bytes of [RecordBatchStreamWriter.writeAll(empty), RecordBatchFileWriter.writeAll(empty)]) {
    const source = await opened(stdin, { stdin: pieces(bytes.toUint8Array(true)) });
    expect((await source.columns({ path: 's' })).map(({ name }) => name)).toEqual(['id', 'email', 'active', 'tier']);
    expect(await allRows(source, {}, keyOf('email'))).toEqual([]);
  }
});

test('two streams of a run read the same rows, though standard input can be read only once', async () => {
  const source = await opened(stdin, { stdin: pieces(streamBytes) });
  expect(await allRows(source, {}, keyOf('email'))).toEqual(expected);
  const unmarked = expected.map(({ position, row }) => ({ position, row }));
  expect(await allRows(source, {}, keyOf('id'))).toEqual(unmarked);
});

test('standard input is not read ahead of what is asked for', async () => {
  const many = Array.from({ length: 50 }, () => table);
  const big = RecordBatchStreamWriter.writeAll(table.concat(...many)).toUint8Array(true);
  let handedOut = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces(big, [512])) {
      handedOut += piece.byteLength;
      yield piece;
    }
  }
  const source = await opened(stdin, { stdin: counted() });
  await source.columns({ path: 's' });
  expect(handedOut).toBeLessThan(big.byteLength / 4);
});

test('an abort ends waiting for a producer that says nothing', async () => {
  async function* silent(): AsyncGenerator<Uint8Array> {
    yield streamBytes.subarray(0, streamBytes.byteLength - 200);
    await new Promise(() => undefined);
  }
  const temporaryDirectory = await temporaryFolder();
  const source = await opened(stdin, { stdin: silent(), temporaryDirectory });
  const run = new AbortController();
  const reason = new Error('stop');
  const first = failureOf(source.rows({ path: 's' }, noKey, run.signal)[Symbol.asyncIterator]().next());
  setImmediate(() => run.abort(reason));
  expect(await first).toBe(reason);
  await source.close();
  expect(await readdir(temporaryDirectory)).toEqual([]);
});

test('what the producer throws fails the run', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield streamBytes.subarray(0, streamBytes.byteLength - 200);
    throw new Error('EPIPE');
  }
  const source = await opened(stdin, { stdin: broken() });
  const read = source.rows({ path: 's' }, noKey, running())[Symbol.asyncIterator]();
  expect(await failureOf(read.next())).toMatchObject({
    code: 'source_unreadable',
    message: expect.stringContaining('EPIPE'),
  });
});
