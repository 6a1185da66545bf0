import { invalidSource } from '../../duckdb/source-failure.ts';
import { literal } from '../../duckdb/sql.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import { answer, openFile, quotedFile } from './csv-file.ts';
import { misfits } from './csv-misfits.ts';
import { type CsvDialect, csvQuery, optionsOf } from './csv-query.ts';
import { blankLines, delimiters, lineAfter, linesOf, widthOf, withoutQuoted } from './csv-text.ts';

type OpenFile = Awaited<ReturnType<typeof openFile>>;

/** A dialect that reads all rows of a file; or how many lines stand above what looks like its header. */
type CsvFinding = { readonly dialect: CsvDialect } | { readonly above: number };

/** What is to be read, and what ends the reading. */
interface CsvFile {
  readonly work: WorkDatabase;
  /** A file, a pattern of files, or a URL. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/**
 * Finds out how a CSV file is written, and reads it to its end to be sure. Throws ConfigFailure (`invalid_source`) that
 * says what does not fit, and where, when rows would be lost.
 */
export async function csvDialectOf({ work, path, signal }: CsvFile, skip: number | undefined): Promise<CsvFinding> {
  const connection = await work.connect();
  try {
    const file = await openFile({ connection, path, signal });
    // The line that gives Excel the delimiter.
    const lines = skip ?? (/^sep=.\r?\n/.test(file.start) ? 1 : blankLines(file.start));
    const dialect = await fitting(file, lines);
    if (dialect !== undefined) return { dialect };
    const above = skip === undefined ? await linesAbove(file) : undefined;
    if (above !== undefined && file.hasBothLineEnds) throw invalidSource(trimmed(file, above));
    if (above !== undefined) return { above };
    if (file.hasBothLineEnds) throw invalidSource(bothEnds(file));
    throw invalidSource(await misfits(file, lines));
  } finally {
    work.release(connection);
  }
}

const styles = [
  { quote: '"', escape: '"' },
  { quote: '"', escape: '\\' },
  { quote: "'", escape: "'" },
] as const;

/** The dialect that gives the most columns and reads the whole file; undefined where none does. */
async function fitting(file: OpenFile, skip: number): Promise<CsvDialect | undefined> {
  const { encoding, hasQuotes, start } = file;
  // A file with double quotes that do not fit must not pass as one in which they mean nothing.
  for (const style of styles.filter(({ quote }) => quote === '"' || !hasQuotes)) {
    const sniffed: Sniffed[] = [];
    for (const delimiter of delimiters) {
      const found = await sniff(file, { ...style, delimiter, encoding, skip, header: true });
      if (found !== undefined) sniffed.push(found);
    }
    const isList = !delimiters.some((delimiter) => withoutQuoted(start).includes(delimiter));
    const likely = sniffed.filter(({ columns }) => columns > 1 || isList);
    for (const { dialect } of likely.toSorted((a, b) => b.columns - a.columns)) {
      if (await isReadable(file, dialect)) return dialect;
    }
  }
  return undefined;
}

interface Sniffed {
  readonly dialect: CsvDialect;
  readonly columns: number;
}

/** Asks DuckDB whether a file begins as it would in a dialect, and whether it has a header. */
async function sniff(
  { connection, signal, one }: OpenFile,
  dialect: CsvDialect,
  further = '',
): Promise<Sniffed | undefined> {
  const { header: _, ...rest } = dialect;
  const options = optionsOf(dialect).replace(/header = \w+, /, '');
  const sql = `select HasHeader as header, list_transform(Columns, lambda c: c.name) as names
    from sniff_csv(${literal(one)}, ${options}, all_varchar = true${further})`;
  const [row] = (await answer(connection, sql, signal)) ?? [];
  if (row === undefined) return undefined;
  const names = row['names'] as readonly string[];
  return { dialect: { ...rest, header: row['header'] === true && !names.some(isValue) }, columns: names.length };
}

/** What hardly names a column, and stands in rows: an address, a URL, a phone number. */
const isValue = (name: string): boolean => /\S@\S+\.\S|^https?:\/\/|^[+(]?\d[\d\s()./-]{6,}$/.test(name.trim());

const isReadable = async ({ connection, path, signal }: OpenFile, dialect: CsvDialect): Promise<boolean> =>
  (await answer(connection, `select count(*) as n from (${csvQuery(path, dialect)})`, signal)) !== undefined;

const mostLinesAbove = 20;

/** How many lines stand above a header that is wider than the first line; undefined where there is no such header. */
async function linesAbove(file: OpenFile): Promise<number | undefined> {
  const lines = linesOf(file.start);
  for (let skip = 1; skip <= mostLinesAbove && skip < lines.length - 1; skip++) {
    if (lines[skip]?.trim() === '') continue;
    for (const delimiter of delimiters) {
      if (widthOf(lines[skip]!, delimiter) <= widthOf(lineAfter(file.start, 0), delimiter)) continue;
      const dialect = { ...styles[0], delimiter, encoding: file.encoding, skip, header: true };
      const found = await sniff(file, dialect, ', strict_mode = false');
      if (found !== undefined && found.columns > 1 && found.dialect.header) return skip;
    }
  }
  return undefined;
}

const trimmed = ({ path, one }: OpenFile, above: number): string =>
  `${path}: ${linesAboveText(above)} above what looks like the header and would be skipped, and some lines end in CR LF, ` +
  `others in LF alone. Nothing is left out by itself; take the rows without them: tail -n +${above + 1} ${quotedFile(one)} > rows.csv`;

const bothEnds = ({ path, one }: OpenFile): string =>
  `${path}: some lines end in CR LF, others in LF alone, and DuckDB would skip rows or cut them. ` +
  `Make them one kind: sed 's/\\r$//' ${quotedFile(one)} > rows.csv`;

/** `1 line stands`, `3 lines stand`. */
export const linesAboveText = (lines: number): string => (lines === 1 ? '1 line stands' : `${lines} lines stand`);
