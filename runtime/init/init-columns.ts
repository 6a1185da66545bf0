import { ConfigFailure } from '../contract/failure.ts';
import type { Row } from '../contract/record.ts';
import { identifier } from '../duckdb/sql.ts';
import { counted } from '../facts/counted.ts';
import { fromOf, type Place, rowsOf, type Sample } from './init-source.ts';

/** How far a column is filled, and how many different values it has; no value of it. */
interface ColumnCounts {
  readonly name: string;
  readonly type: string;
  readonly filled: number;
  readonly distinct: number;
  /** How many rows were counted, where these are not all. */
  readonly counted?: number;
}

/**
 * Counts of all rows of a database or a file. Of those that were looked at where there is no more to ask: of an Arrow source, and of
 * what a query may not read.
 */
export async function countsOf(
  place: Place,
  sample: Sample,
  columns = sample.columns,
): Promise<readonly ColumnCounts[]> {
  const typed = columns.map((name) => ({ name, type: sample.types[sample.columns.indexOf(name)] ?? '' }));
  if (place.kind !== 'duckdb') return typed.map((column) => ({ ...column, ...countedIn(sample, column.name) }));
  if (columns.length === 0) return [];
  const row = await countedRow(place, columns);
  if (row !== undefined) {
    return typed.map((column, index) => ({
      ...column,
      filled: Number(row[`filled_${index}`]),
      distinct: Number(row[`distinct_${index}`]),
    }));
  }
  if (columns.length === 1) {
    const rows = sample.rows.length;
    const isPart = sample.total !== rows;
    return typed.map((column) => ({ ...column, ...countedIn(sample, column.name), ...(isPart && { counted: rows }) }));
  }
  // One of them cannot be asked for.
  const counts: ColumnCounts[] = [];
  for (const column of columns) counts.push(...(await countsOf(place, sample, [column])));
  return counts;
}

/** What a query counts; undefined where it may not read one of the columns. */
async function countedRow({ source, input, signal }: Place, columns: readonly string[]): Promise<Row | undefined> {
  const counts = columns.flatMap((column, index) => {
    const filled = `nullif(${identifier(column)}::varchar, '')`;
    return [`count(${filled}) as filled_${index}`, `count(distinct ${filled}) as distinct_${index}`];
  });
  try {
    const [row = {}] = await rowsOf(source, { query: `select ${counts.join(', ')} from ${fromOf(input)}` }, signal);
    return row;
  } catch (error) {
    if (error instanceof ConfigFailure) return undefined;
    throw error;
  }
}

function countedIn({ rows }: Sample, column: string): Pick<ColumnCounts, 'filled' | 'distinct'> {
  const values = rows
    .map((row) => row[column])
    .filter((value) => value !== null && value !== undefined && value !== '');
  return { filled: values.length, distinct: new Set(values.map((value) => JSON.stringify(value))).size };
}

/** The column that names a row, or why there is none; `why` can be read behind a colon. */
export interface KeyFinding {
  readonly column?: string;
  readonly why: string;
}

/** Takes the first of these columns that is filled and different in every row. */
export async function keyOf(place: Place, sample: Sample, names: readonly string[]): Promise<KeyFinding> {
  const rows = sample.total ?? sample.rows.length;
  if (rows === 0) return { why: 'there are no rows to tell one by' };
  if (names.length === 0) return { why: 'no column is called an id' };
  const counts = await countsOf(place, sample, names);
  const key = counts.find(
    ({ filled, distinct, counted: looked = rows }) => looked > 0 && filled === looked && distinct === looked,
  );
  if (key !== undefined) return { column: key.name, why: `filled and different in every row${ofRows(key)}` };
  return { why: counts.map((column) => whyNone(column, column.counted ?? rows)).join('; ') };
}

const ofRows = ({ counted: looked }: ColumnCounts): string =>
  looked === undefined ? '' : ` of the ${looked.toLocaleString('en-US')} that were looked at`;

function whyNone({ name, filled, distinct }: ColumnCounts, rows: number): string {
  const empty = rows - filled;
  if (empty > 0) return `${name} is empty in ${empty.toLocaleString('en-US')} of ${counted(rows, 'row')}`;
  return `${name} has the same value in several rows (${counted(distinct, 'value')} in ${counted(rows, 'row')})`;
}
