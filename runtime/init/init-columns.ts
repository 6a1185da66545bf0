import { identifier } from '../duckdb/sql.ts';
import { counted } from '../facts/counted.ts';
import { fromOf, type Place, rowsOf, type Sample } from './init-source.ts';

/** How far a column is filled, and how many different values it has; no value of it. */
interface ColumnCounts {
  readonly name: string;
  readonly type: string;
  readonly filled: number;
  readonly distinct: number;
}

/** Counts of all rows of a database or a file; of an Arrow source, of those that were looked at. */
export async function countsOf(
  place: Place,
  sample: Sample,
  columns = sample.columns,
): Promise<readonly ColumnCounts[]> {
  const typed = columns.map((name) => ({ name, type: sample.types[sample.columns.indexOf(name)] ?? '' }));
  if (place.kind !== 'duckdb' || columns.length === 0)
    return typed.map((column) => ({ ...column, ...countedIn(sample, column.name) }));
  const counts = columns.flatMap((column, index) => {
    const filled = `nullif(${identifier(column)}::varchar, '')`;
    return [`count(${filled}) as filled_${index}`, `count(distinct ${filled}) as distinct_${index}`];
  });
  const query = `select ${counts.join(', ')} from ${fromOf(place.input)}`;
  const [row = {}] = await rowsOf(place.source, { query }, place.signal);
  return typed.map((column, index) => ({
    ...column,
    filled: Number(row[`filled_${index}`]),
    distinct: Number(row[`distinct_${index}`]),
  }));
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
  const key = counts.find(({ filled, distinct }) => filled === rows && distinct === rows);
  if (key !== undefined) return { column: key.name, why: 'filled and different in every row' };
  return { why: counts.map((column) => whyNone(column, rows)).join('; ') };
}

function whyNone({ name, filled, distinct }: ColumnCounts, rows: number): string {
  const empty = rows - filled;
  if (empty > 0) return `${name} is empty in ${empty.toLocaleString('en-US')} of ${counted(rows, 'row')}`;
  return `${name} has the same value in several rows (${counted(distinct, 'value')} in ${counted(rows, 'row')})`;
}
