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

/**
 * Slices of rows, a FROM and what follows it, that ascend by a column which is different in each row and not null: no more than `most`
 * rows in each.
 */
export async function slicesOf(
  rows: string,
  column: string,
  most: number,
  ask: (sql: string) => Promise<readonly (readonly unknown[])[]>,
): Promise<readonly Slice[]> {
  const found = await ask(
    `select min(${column})::double, max(${column})::double, count(*)::double
     from (select ${column}, (row_number() over (order by ${column}) - 1) // ${most} as slice ${rows})
     group by slice order by slice`,
  );
  return found.map(([from, to, count]) => ({ from: Number(from), to: Number(to), rows: Number(count) }));
}
