import type { DuckDBConnection } from '@duckdb/node-api';
import { runInterruptibly } from '../../duckdb/interruptible.ts';
import { invalidSource } from '../../duckdb/source-failure.ts';
import { literal } from '../../duckdb/sql.ts';
import { textBytesOf } from './csv-bytes.ts';

type TextBytes = Awaited<ReturnType<typeof textBytesOf>>;

interface Opened {
  readonly connection: DuckDBConnection;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** An open connection, what it reads, and how that begins. */
interface OpenFile extends Opened, Omit<TextBytes, 'encoding'> {
  /** The file itself; of a pattern, one of its files, since only one can be sniffed. */
  readonly one: string;
  readonly encoding: string;
}

const isRemote = (path: string): boolean => /^[a-z0-9]{2,}:\/\//i.test(path);

/** How a file, or the files of a pattern, begin. Throws ConfigFailure for what DuckDB cannot read as text. */
export async function openFile(opened: Opened): Promise<OpenFile> {
  const unread = { encoding: 'utf-8', hasBothLineEnds: false, hasQuotes: true, start: 'unread' } as const;
  const files: Omit<OpenFile, keyof Opened>[] = [];
  for (const one of await filesOf(opened)) {
    const bytes = isRemote(one) || /\.zst$/i.test(one) ? unread : await textBytesOf(one, opened.signal);
    if (bytes.encoding === undefined) throw invalidSource(foreign(one, bytes));
    if (bytes.start.trim() === '')
      throw invalidSource(`${one}: is empty; expected a line with the names of its columns`);
    files.push({ ...bytes, one, encoding: bytes.encoding });
  }
  const [first] = files;
  if (first === undefined) throw invalidSource(`${opened.path}: there is no such file`);
  if (files.some(({ encoding }) => encoding !== first.encoding)) {
    throw invalidSource(`${opened.path}: the files are not all in one encoding; give each a stream of its own`);
  }
  return {
    ...opened,
    ...first,
    hasBothLineEnds: files.some(({ hasBothLineEnds }) => hasBothLineEnds),
    hasQuotes: files.some(({ hasQuotes }) => hasQuotes),
  };
}

async function filesOf({ connection, path, signal }: Opened): Promise<readonly string[]> {
  if (isRemote(path) || !/[*?[]/.test(path)) return [path];
  const rows = await answer(connection, `select file from glob(${literal(path)}) order by file`, signal);
  return (rows ?? []).map((row) => String(row['file']));
}

function foreign(file: string, { foreign }: TextBytes): string {
  const what = foreign === undefined ? 'an unknown encoding' : `an encoding that looks like ${foreign}`;
  const convert = `iconv -f ${foreign ?? 'ENCODING'} -t UTF-8 ${quotedFile(file)} > utf8.csv`;
  return `${file}: is text in ${what}; UTF-8, UTF-16 and latin-1 are read. Convert it: ${convert}`;
}

/** The rows of a SELECT; undefined where DuckDB refuses it. */
export async function answer(
  connection: DuckDBConnection,
  sql: string,
  signal: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  try {
    return (await (await runInterruptibly(connection, sql, signal, '')).getRowObjectsJson()) as Record<
      string,
      unknown
    >[];
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** A file as a shell takes it. */
export const quotedFile = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;
