import { closeSync, openSync, readSync } from 'node:fs';
import { ConfigFailure } from '../contract/failure.ts';
import { identifier, literal } from '../duckdb/sql.ts';
import type { WorkDatabase } from '../duckdb/work-database.ts';

/** A line of a file of decisions that decides something. */
interface DecisionLine {
  /** 2 for the first below the header. */
  readonly line: number;
  readonly key: string;
  readonly word: string;
  /** The record in the way, as the file names it. */
  readonly id?: string | undefined;
}

/** Which decisions of a file are asked for. */
interface DecisionsAsked {
  /** Where the file is configured, for messages. */
  readonly path: string;
  readonly stream: string;
  /** The column that names rows; absent where their match keys do. */
  readonly keyColumn: string | undefined;
}

/** The column that holds the id of the record in the way. */
const ID_COLUMN = 'conflict_id';

/**
 * Reads a CSV file of decisions: the column of the primary key, which is the first one unless another has its name, `decision`, and
 * where it has them `stream` and the id of the record in the way. Throws ConfigFailure where it is not such a file.
 */
export async function readDecisions(
  work: WorkDatabase,
  file: string,
  { path, stream, keyColumn }: DecisionsAsked,
): Promise<readonly DecisionLine[]> {
  const invalid = (why: string) => new ConfigFailure(`${path}: ${file} ${why}`, { code: 'invalid_decisions' });
  const header = headerOf(file);
  if (header === undefined) throw invalid('cannot be read. Expected a CSV file with a header.');
  const delimiter = [',', ';', '\t'].toSorted((a, b) => header.split(b).length - header.split(a).length)[0]!;
  const connection = await work.connect();
  try {
    const csv = `read_csv(${literal(file)}, header = true, all_varchar = true, auto_detect = false, delim = ${literal(delimiter)},
      quote = '"', escape = '"', new_line = ${literal(header.endsWith('\r') ? '\\r\\n' : '\\n')}, columns = {COLUMNS})`;
    const names = header
      .replace(/^\uFEFF|\r$/g, '')
      .split(delimiter)
      .map((name) => name.trim().replace(/^"|"$/g, ''));
    const columns = names.map((name) => `${literal(name)}: 'varchar'`).join(', ');
    const find = (some: readonly (string | undefined)[]) =>
      some.find((name) => name !== undefined && names.includes(name));
    if (!names.includes('decision'))
      throw invalid('has no column `decision`. `preview --rows` writes a file that has one.');
    const key = find([keyColumn, 'primary_key']) ?? names.find((name) => name !== 'stream' && name !== 'decision');
    if (key === undefined || key === 'decision') throw invalid('has no column of the primary key beside `decision`.');
    const id = find([ID_COLUMN]);
    const isOfStream = names.includes('stream') && key !== 'stream' ? `stream = ${literal(stream)}` : 'true';
    const found = await connection.runAndReadAll(
      `select line, ${identifier(key)}, trim(decision), ${id === undefined ? 'null' : `nullif(trim(${identifier(id)}), '')`}
       from (select row_number() over () + 1 as line, * from ${csv.replace('{COLUMNS}', `{${columns}}`)})
       where trim(coalesce(decision, '')) <> '' and ${isOfStream} order by line`,
    );
    return found.getRows().map(([line, name, word, shown]) => ({
      line: Number(line),
      key: String(name ?? ''),
      word: String(word),
      ...(shown !== null && { id: String(shown) }),
    }));
  } catch (error) {
    if (error instanceof ConfigFailure) throw error;
    throw invalid('is not a CSV file that can be read: each line needs as many values as the header has names.');
  } finally {
    work.release(connection);
  }
}

/** The first line of a file; undefined where there is none. */
function headerOf(file: string): string | undefined {
  try {
    const handle = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(65_536);
      const text = bytes.toString('utf8', 0, readSync(handle, bytes));
      return text === '' ? undefined : text.split('\n')[0];
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}
