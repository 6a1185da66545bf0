import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../contract/failure.ts';
import type { ArrowSourceConfig } from '../../contract/source-config.ts';
import { invalidSource } from '../../duckdb/source-failure.ts';
import type { SourceOptions } from '../source.ts';
import { fileMagic, openArrowFile } from './arrow-file.ts';
import { type ArrowBatches, openArrowStream } from './arrow-stream.ts';
import { ByteReader } from './byte-reader.ts';

// What people have by mistake, by its first bytes.
const otherFormats: readonly { readonly starts: string; readonly is: string }[] = [
  { starts: 'PAR1', is: "a Parquet file; read it with `type: duckdb` and `query: from read_parquet('…')`" },
  { starts: 'FEA1', is: 'a Feather file of version 1; write version 2, which is the Arrow file format' },
  { starts: '\x1f\x8b', is: 'compressed with gzip; decompress it first, or compress the batches inside it' },
  { starts: '\x28\xb5\x2f\xfd', is: 'compressed with zstd; decompress it first, or compress the batches inside it' },
  { starts: 'Obj\x01', is: 'an Avro file' },
];

// What begins with a greater length is text.
const longestSchema = 256 * 1024 * 1024;

/**
 * Opens an Arrow source: stream or file format, distinguished by their first bytes. Throws ConfigFailure where there is
 * nothing of the kind, TransientFailure where it is cut before the end of its schema.
 */
export async function openArrowInput(
  { path, require_end_marker: requireEndMarker = true }: ArrowSourceConfig,
  { stdin }: SourceOptions,
  spoolDirectory: string,
): Promise<ArrowBatches> {
  const where = path === '-' ? 'source.path: standard input' : `source.path: ${path}`;
  const seekable = path !== '-' && (await requireNoFolder(path, where));
  const bytes = new ByteReader(path === '-' ? requireStdin(stdin) : createReadStream(path, { highWaterMark: 1 << 20 }));
  try {
    const head = await bytes.peek(8);
    if (!text(head).startsWith(fileMagic)) {
      requireStreamStart(head, where);
      return await openArrowStream(bytes, where, { requireEndMarker });
    }
    if (seekable) {
      await bytes.close();
      return await openArrowFile(path, where);
    }
    // The file format is read from its end.
    const spooled = join(spoolDirectory, 'spooled.arrow');
    await writeFile(spooled, bytes.remaining());
    return await openArrowFile(spooled, where);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function requireNoFolder(path: string, where: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    throw invalidSource(`${where} cannot be opened: ${messageOf(error)}`);
  });
  if (found.isDirectory()) throw invalidSource(`${where} is a folder; expected an Arrow IPC stream or file`);
  // Not a named pipe, such as the shell makes of <(…).
  return found.isFile();
}

function requireStdin(stdin: SourceOptions['stdin']): AsyncIterable<Uint8Array> {
  if (stdin === undefined) throw invalidSource('source.path: `-` is standard input, which there is none of here');
  return stdin;
}

function requireStreamStart(head: Uint8Array, where: string): void {
  const known = otherFormats.find(({ starts }) => text(head).startsWith(starts));
  if (known !== undefined) throw invalidSource(`${where} is ${known.is}`);
  if (head.byteLength < 8) return;
  const view = new DataView(head.buffer, head.byteOffset);
  const length = view.getInt32(view.getInt32(0, true) === -1 ? 4 : 0, true);
  if (length < 0 || length > longestSchema) {
    throw invalidSource(`${where} is not Arrow IPC; expected the bytes of an Arrow stream or file`);
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
