import type { DuckDBConnection } from '@duckdb/node-api';
import { invalidSource } from '../duckdb/source-failure.ts';
import { literal } from '../duckdb/sql.ts';
import type { Scan } from './attached/scans.ts';
import { parquetFilesOf } from './parquet-files.ts';
import type { Relation } from './source.ts';

/**
 * Throws ConfigFailure (`invalid_source`) where a relation reads a decimal of more than 38 digits from a Parquet file: DuckDB
 * has no such type, takes it for DOUBLE and gets its values wrong, -1.50 as -24998051.85 (duckdb/duckdb#25058; seen in 1.5.5).
 */
export async function requireNarrowDecimals(
  connection: DuckDBConnection,
  relation: Relation,
  scans: readonly Scan[],
): Promise<void> {
  const read = new Set(scans.flatMap(({ name, columns }) => (/PARQUET/.test(name) ? columns : [])));
  if (read.size === 0) return;
  for (const files of await parquetFilesOf(connection, relation)) {
    const wide = (await wideColumns(connection, files)).find(({ column }) => read.has(column));
    if (wide === undefined) continue;
    throw invalidSource(
      `${relation.path}: column ${wide.column} of ${wide.file} has decimals of ${wide.precision} digits, and DuckDB reads more ` +
        'than 38 digits from Parquet as other numbers; write the column as text or with at most 38 digits, or leave it out',
    );
  }
}

interface Wide {
  readonly file: string;
  readonly column: string;
  readonly precision: number;
}

/** The columns of files, nested ones by the column that they lie in, with decimals that are too wide. */
async function wideColumns(connection: DuckDBConnection, files: readonly string[]): Promise<readonly Wide[]> {
  const found = await connection.runAndReadAll(
    `select file_name, name, coalesce(num_children, 0)::integer, coalesce("precision", 0)::integer
     from parquet_schema([${files.map(literal).join(', ')}])`,
  );
  const wide: Wide[] = [];
  // A schema lists each node before its children. The first node of a file is the file itself.
  let open: number[] = [];
  let column = '';
  for (const [file, name, children, precision] of found.getRows() as [string, string, number, number][]) {
    if (open.length === 1) column = name;
    if (precision > 38) wide.push({ file, column, precision });
    open = [...open, children];
    while (open.length > 0 && open.at(-1) === 0) {
      open.pop();
      if (open.length > 0) open[open.length - 1]!--;
    }
  }
  return wide;
}
