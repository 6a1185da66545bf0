import { open, stat } from 'node:fs/promises';
import { ConfigFailure } from '../contract/failure.ts';
import type { Row } from '../contract/record.ts';
import type { SourceConfig } from '../contract/source-config.ts';
import { identifier, literal } from '../duckdb/sql.ts';
import { namedTables } from '../source/near-tables.ts';
import type { Relation, Source } from '../source/source.ts';
import { qualifiedName, tableParts } from '../source/table-name.ts';
import { attachedSource, sqliteSource, type Variables, withPassword, withValues } from './attached-source.ts';

/** Where rows are, as a person names it: a source, and how it is read where it is a file of rows. */
export interface Origin {
  /** As a file has it, with the names of variables. */
  readonly source: SourceConfig;
  /** With their values, where it has any. */
  readonly opened?: SourceConfig;
  readonly query?: string;
  /** A CSV file, or a pattern of them: the query is found by reading it. */
  readonly csv?: string;
}

/** What is read of a source to suggest a configuration. */
export interface Sample {
  readonly columns: readonly string[];
  /** As the source names them, in the order of the columns. */
  readonly types: readonly string[];
  readonly rows: readonly Row[];
  /** How many rows there are in all, where that is known without reading them here. */
  readonly total?: number;
}

/** What a stream reads. */
export interface Input {
  readonly table?: string;
  readonly query?: string;
}

const readers: readonly (readonly [name: RegExp, reader: string])[] = [
  [/\.parquet$/i, 'read_parquet'],
  [/\.(json|jsonl|ndjson)(\.gz|\.zst)?$/i, 'read_json'],
];

const csvName = /\.(csv|tsv|tab|psv|txt)(\.gz|\.zst)?$/i;

/** Tells by content, then by name, what kind of rows a path or an address leads to. Throws ConfigFailure where neither says. */
export async function originOf(path: string, variables: Variables): Promise<Origin> {
  const attached = attachedSource(path, variables.environment);
  if (attached !== undefined) return { source: attached, opened: withPassword(attached, variables) };
  const start = await startOf(path);
  if (start?.subarray(8, 12).toString('latin1') === 'DUCK') return { source: { type: 'duckdb', database: path } };
  if (start?.toString('latin1').startsWith('SQLite format 3')) {
    const source = sqliteSource(path);
    return { source, opened: withValues(source, variables) };
  }
  const isArrow = start?.subarray(0, 6).toString('latin1') === 'ARROW1' || start?.readUInt32LE(0) === 0xffffffff;
  if (isArrow) return { source: { type: 'arrow', path } };
  if (csvName.test(path)) return { source: { type: 'duckdb' }, csv: path };
  const reader = readers.find(([name]) => name.test(path))?.[1];
  if (reader !== undefined) return { source: { type: 'duckdb' }, query: `select * from ${reader}(${literal(path)})` };
  const excel = /\.xlsx?$/i.test(path) ? ' Save the sheet of an Excel file as "CSV UTF-8", or read it by --query.' : '';
  throw new ConfigFailure(
    `${path} is neither a DuckDB or SQLite database nor an Arrow, Parquet, CSV or JSON file, nor the address of a PostgreSQL, MySQL or DuckLake.${excel}`,
    {
      code: 'invalid_source',
    },
  );
}

/** The first bytes of a file; undefined for a pattern of files, which only DuckDB can read. */
async function startOf(path: string): Promise<Buffer | undefined> {
  if (/[*?[]/.test(path) || /^[a-z0-9]{2,}:\/\//i.test(path)) return undefined;
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new ConfigFailure(`There is no file ${path}.`, { code: 'invalid_source' });
  const file = await open(path);
  try {
    const start = Buffer.alloc(16);
    await file.read(start, 0, 16, 0);
    return start;
  } finally {
    await file.close();
  }
}

const named = `
  select is_own, database_name, schema_name, name from (${namedTables})
  order by not is_own, database_name, schema_name <> 'main', schema_name, name`;

/** Tables and views of a database and of those attached to it, as a configuration names them. */
export async function tablesOf(source: Source, signal: AbortSignal): Promise<readonly string[]> {
  const rows = await rowsOf(source, { query: named }, signal);
  return rows.map(({ is_own, database_name: database, schema_name: schema, name }) =>
    [...(is_own === true ? [] : [database]), ...(schema === 'main' ? [] : [schema]), name]
      .map((part) => partOf(String(part)))
      .join('.'),
  );
}

const partOf = (name: string): string => (/[".]/.test(name) ? identifier(name) : name);

/** A relation of an open source. */
export interface Place {
  readonly source: Source;
  readonly kind: SourceConfig['type'];
  readonly input: Input;
  readonly signal: AbortSignal;
}

const sampledRows = 2000;

/** The columns of a relation, and its first rows. */
export async function sampleOf({ source, kind, input, signal }: Place): Promise<Sample> {
  const columns = await source.columns({ ...input, path: 'streams[0]' });
  const rows = await rowsOf(source, { ...input, first: sampledRows }, signal);
  const total = kind === 'duckdb' ? await countOf(source, input, signal) : undefined;
  return {
    columns: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    rows,
    ...(total !== undefined && { total }),
  };
}

async function countOf(source: Source, input: Input, signal: AbortSignal): Promise<number> {
  const [row] = await rowsOf(source, { query: `select count(*) as rows from ${fromOf(input)}` }, signal);
  return Number(row?.['rows']);
}

/** What follows FROM to read an input. */
export const fromOf = ({ table, query }: Input): string =>
  query === undefined ? qualifiedName(tableParts(table ?? '') ?? []) : `query(${literal(query)})`;

/** The rows of a relation, as many as are looked at. */
export async function rowsOf(
  source: Source,
  input: Input & Pick<Relation, 'first'>,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const nothing = { columns: [], matchKeyOf: () => undefined };
  for await (const chunk of source.rows({ ...input, path: 'streams[0]' }, nothing, signal)) {
    rows.push(...chunk.map(({ row }) => row));
    if (rows.length >= sampledRows) break;
  }
  return rows.slice(0, sampledRows);
}
