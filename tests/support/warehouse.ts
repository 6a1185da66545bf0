import { rm } from 'node:fs/promises';
import { withDatabaseFile } from './database-file.ts';

/** A cell that a test writes: text, numbers, truth values, lists of texts, or nothing. */
export type Cell = string | number | boolean | readonly string[] | null;
/** A row that a test writes; a column that it leaves out is null. */
export type TestRow = Readonly<Record<string, Cell>>;

/** Makes a DuckDB file with these tables, in the place of an older one: a stream's memory belongs to one file. Types follow the values: text where all cells of a column are null. */
export async function makeWarehouse(path: string, tables: Readonly<Record<string, readonly TestRow[]>>): Promise<void> {
  await rm(path, { force: true });
  await withDatabaseFile(path, async (connection) => {
    for (const [name, rows] of Object.entries(tables)) {
      const columns = [...new Set(rows.flatMap(Object.keys))];
      const types = columns.map((column) => `"${column}" ${typeOf(rows.map((row) => row[column]))}`);
      await connection.run(`create table "${name}" (${types.join(', ')})`);
      for (let from = 0; from < rows.length; from += 500) {
        const values = rows
          .slice(from, from + 500)
          .map((row) => `(${columns.map((one) => literal(row[one])).join(', ')})`);
        await connection.run(`insert into "${name}" values ${values.join(', ')}`);
      }
    }
  });
}

function typeOf(cells: readonly (Cell | undefined)[]): string {
  const known = cells.filter((cell) => cell !== undefined && cell !== null);
  if (known.some(Array.isArray)) return 'varchar[]';
  if (known.length > 0 && known.every((cell) => typeof cell === 'boolean')) return 'boolean';
  if (known.length > 0 && known.every((cell) => typeof cell === 'number')) {
    return known.every(Number.isInteger) ? 'bigint' : 'double';
  }
  return 'varchar';
}

function literal(cell: Cell | undefined): string {
  if (cell === undefined || cell === null) return 'null';
  if (typeof cell === 'string') return `'${cell.replaceAll("'", "''")}'`;
  return Array.isArray(cell) ? `[${cell.map((one) => literal(one)).join(', ')}]::varchar[]` : String(cell);
}
