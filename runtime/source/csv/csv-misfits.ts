import { literal } from '../../duckdb/sql.ts';
import { answer, type openFile } from './csv-file.ts';
import { type CsvDialect, csvQuery, optionsOf } from './csv-query.ts';
import { delimiters, lineAfter, widthOf } from './csv-text.ts';

type OpenFile = Awaited<ReturnType<typeof openFile>>;

/** How DuckDB calls what is wrong with a line (duckdb.org/docs/stable/data/csv/reading_faulty_csv_files, 2026-08). */
const reasons: Readonly<Record<string, string>> = {
  'TOO MANY COLUMNS': 'has more values than the header has columns',
  'MISSING COLUMNS': 'has fewer values than the header has columns',
  'UNQUOTED VALUE': 'has a quote that is not closed, or text behind a closing one',
  'LINE SIZE OVER MAXIMUM': 'is longer than 2 MB',
  'INVALID ENCODING': 'is in another encoding',
};

/** Which lines of a file do not fit, in words: how many, the first of each kind, and what to do. Quotes no value. */
export async function misfits(file: OpenFile, skip: number): Promise<string> {
  const { path, encoding, start } = file;
  const line = lineAfter(start, skip);
  const delimiter = delimiters.toSorted((a, b) => widthOf(line, b) - widthOf(line, a))[0]!;
  const width = widthOf(line, delimiter);
  const dialect = { delimiter, quote: '"', escape: '"', header: true, skip, encoding };
  const found = await rejected(file, dialect, width);
  if (found === undefined || found.kinds.length === 0) {
    return `${path}: does not read as CSV with any of , ; | and tab between values. Give --query with the options of read_csv that fit.`;
  }
  const { kinds, fit } = found;
  const all = kinds.reduce((sum, { lines }) => sum + lines, 0);
  const many = all === 1 ? '1 line would be skipped' : `${all.toLocaleString('en-US')} lines would be skipped`;
  const each = kinds.map(({ kind, first }) => `line ${first} ${reasons[kind] ?? `is refused (${kind})`}`);
  return [
    `${path}: ${many} of ${(all + fit).toLocaleString('en-US')}: ${each.join('; ')} (${width}).`,
    'Put them right in the file: a value that holds the delimiter, a quote or a line break stands in double quotes.',
    ...(await wayRound(file, dialect, kinds)),
  ].join('\n');
}

interface Kind {
  readonly kind: string;
  readonly lines: number;
  readonly first: number;
}

/** What DuckDB refuses of a file when it is given every setting, by kind, and how many lines fit. */
async function rejected(
  { connection, path, signal }: OpenFile,
  dialect: CsvDialect,
  width: number,
): Promise<{ readonly kinds: readonly Kind[]; readonly fit: number } | undefined> {
  const columns = Array.from({ length: width }, (_, i) => `c${i}: 'varchar'`).join(', ');
  const read = `select count(*) as n from read_csv(${literal(path)}, ${optionsOf(dialect)}, auto_detect = false,
    columns = {${columns}}, store_rejects = true, rejects_limit = 0)`;
  const [row] = (await answer(connection, read, signal)) ?? [];
  if (row === undefined) return undefined;
  // A line may be refused for each of its values: the first reason is enough.
  const kinds = await answer(
    connection,
    `select kind, count(*)::integer as lines, min(line)::integer as first
     from (select line, min(error_type::varchar) as kind from reject_errors group by line) group by kind order by first`,
    signal,
  );
  return { kinds: (kinds ?? []) as unknown as readonly Kind[], fit: Number(row['n']) };
}

/** The query that reads the file all the same, where there is one. */
async function wayRound(
  { connection, path, signal }: OpenFile,
  dialect: CsvDialect,
  kinds: readonly Kind[],
): Promise<readonly string[]> {
  const isShort = kinds.every(({ kind }) => kind === 'MISSING COLUMNS');
  const query = csvQuery(path, dialect, isShort ? ', null_padding = true' : ', ignore_errors = true');
  if ((await answer(connection, `select count(*) from (${query})`, signal)) === undefined) return [];
  const what = isShort ? 'fill them up with nulls' : 'leave them out in every run';
  return [`Or ${what}, knowingly, by giving this as --query:`, `  ${query}`];
}
