import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../contract/failure.ts';
import type { SourceConfig } from '../../contract/source-config.ts';
import { invalidSource } from '../../duckdb/source-failure.ts';
import type { SourceOptions } from '../source.ts';
import { ArrowCommand } from './arrow-command.ts';
import { fileMagic, openArrowFile } from './arrow-file.ts';
import { type ArrowBatches, openArrowStream } from './arrow-stream.ts';
import { ByteReader } from './byte-reader.ts';

type ArrowSourceConfig = Extract<SourceConfig, { type: 'arrow' }>;

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

/** Bytes of an Arrow stream or file, and how they are spoken of. */
interface ArrowBytes {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly where: string;
  readonly requireEndMarker: boolean;
  /** Where they stand as well, if they can be read from any place. */
  readonly file?: string | undefined;
}

/**
 * Opens an Arrow file, a pipe or the standard input: stream or file format, distinguished by their first bytes. Throws ConfigFailure where
 * there is nothing of the kind, TransientFailure where it is cut before the end of its schema.
 */
export async function openArrowInput(
  path: string,
  { require_end_marker: requireEndMarker = true }: Pick<ArrowSourceConfig, 'require_end_marker'>,
  { stdin }: SourceOptions,
  spoolDirectory: string,
): Promise<ArrowBatches> {
  const where = path === '-' ? 'source.path: standard input' : `source.path: ${path}`;
  const seekable = path !== '-' && (await requireNoFolder(path, where));
  const bytes = path === '-' ? requireStdin(stdin) : createReadStream(path, { highWaterMark: 1 << 20 });
  return openArrowBytes({ bytes, where, requireEndMarker, file: seekable ? path : undefined }, spoolDirectory);
}

/** Starts a program and opens what it writes. Throws as `openArrowInput`, and TransientFailure where the program fails. */
export async function openArrowCommand(
  command: readonly string[],
  { require_end_marker: requireEndMarker = true }: Pick<ArrowSourceConfig, 'require_end_marker'>,
  { tell, stop }: Pick<SourceOptions, 'tell' | 'stop'>,
  { path: where, spoolDirectory }: { readonly path: string; readonly spoolDirectory: string },
): Promise<ArrowBatches> {
  const program = await ArrowCommand.start(command, { where, tell });
  if (stop?.aborted) {
    await program.stop();
    stop.throwIfAborted();
  }
  const end = (): void => void program.stop();
  stop?.addEventListener('abort', end, { once: true });
  const close = async (): Promise<void> => {
    stop?.removeEventListener('abort', end);
    await program.stop();
  };
  try {
    const opened = await openArrowBytes({ bytes: program.output, where, requireEndMarker }, spoolDirectory);
    return { schema: opened.schema, batches: endingWith(program, opened.batches, where), close };
  } catch (error) {
    stop?.throwIfAborted();
    // What failed first is the program.
    await program.endedBadly(where);
    throw error;
  } finally {
    if (stop?.aborted) await close();
  }
}

/** Batches that count only once the program that wrote them has ended well. */
async function* endingWith<T>(program: ArrowCommand, batches: AsyncIterable<T>, where: string): AsyncGenerator<T> {
  try {
    yield* batches;
  } catch (error) {
    await program.endedBadly(where);
    throw error;
  }
  await program.ended(where);
}

/** Opens bytes that can be read once. Throws as `openArrowInput`. */
export async function openArrowBytes(
  { bytes, where, requireEndMarker, file }: ArrowBytes,
  spoolDirectory: string,
): Promise<ArrowBatches> {
  const reader = new ByteReader(bytes);
  try {
    const head = await reader.peek(8);
    if (!text(head).startsWith(fileMagic)) {
      requireStreamStart(head, where);
      return await openArrowStream(reader, where, { requireEndMarker });
    }
    if (file !== undefined) {
      await reader.close();
      return await openArrowFile(file, where);
    }
    // The file format is read from its end.
    const spooled = join(spoolDirectory, 'spooled.arrow');
    await writeFile(spooled, reader.remaining());
    return await openArrowFile(spooled, where);
  } catch (error) {
    await reader.close();
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
