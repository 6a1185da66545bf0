import type { Row } from '../contract/record.ts';

/** What names a row, by the column of its primary key; undefined where only its match key does, or nothing. */
export function rowName(row: Row, column: string | undefined): string | undefined {
  const cell = column !== undefined && Object.hasOwn(row, column) ? row[column] : undefined;
  if (typeof cell === 'string') return cell.trim() === '' ? undefined : cell;
  return typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : undefined;
}
