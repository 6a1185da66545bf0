import { literal } from '../../duckdb/sql.ts';

/** How a CSV file is written. With all of it given, DuckDB guesses nothing that could lose or change a value. */
export interface CsvDialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly header: boolean;
  /** Lines above the header. */
  readonly skip: number;
  readonly encoding: string;
}

/** The query that reads a file in a dialect: every column as text, under the name that the header gives it. */
export const csvQuery = (path: string, dialect: CsvDialect, further = ''): string =>
  `select * from read_csv(${literal(path)}, ${optionsOf(dialect)}, all_varchar = true${further})`;

export const optionsOf = ({ delimiter, quote, header, skip, encoding, ...dialect }: CsvDialect): string =>
  [
    `delim = ${literal(delimiter === '\t' ? '\\t' : delimiter)}`,
    `quote = ${literal(quote)}`,
    `escape = ${literal(dialect.escape)}`,
    `header = ${header}`,
    `skip = ${skip}`,
    `comment = ''`,
    `encoding = ${literal(encoding)}`,
  ].join(', ');
