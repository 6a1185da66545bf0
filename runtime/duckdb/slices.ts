/** Values of a column, from one to another, and how many rows have one of them. */
export interface Slice {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

// Where memory has no limit, a number that DuckDB can still divide by.
const mostOfAll = 1e15;

/** How many rows of so many bytes go into a memory at once; one at the least. */
export const rowsWithin = (memoryBytes: number, bytesOfRow: number): number =>
  Math.max(1, Math.floor(Math.min(memoryBytes / bytesOfRow, mostOfAll)));

/** The SELECT of slices that ascend, with no more than so many rows in each; the column is different in each row, and not null. */
export const slicesSql = (rows: string, column: string, most: number): string =>
  `select min(${column})::double, max(${column})::double, count(*)::double
   from (select ${column}, (row_number() over (order by ${column}) - 1) // ${most} as slice ${rows})
   group by slice order by slice`;

/** The slices that such a SELECT has found. */
export const slicesIn = (rows: readonly (readonly unknown[])[]): readonly Slice[] =>
  rows.map(([from, to, count]) => ({ from: Number(from), to: Number(to), rows: Number(count) }));
