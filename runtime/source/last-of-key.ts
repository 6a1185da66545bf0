import type { Position } from '../outcome.ts';
import type { Row, SourceRow } from '../record.ts';

/** A row that a later one of the same match key supersedes. */
export interface Superseded {
  readonly position: Position;
  readonly by: Position;
}

/** Rows with positions from `first` on; of those that share a match key all but the last are marked. */
export function lastOfKey(
  rows: readonly Row[],
  first: Position,
  matchKeyOf: (row: Row) => string | undefined,
): { rows: readonly SourceRow[]; superseded: readonly Superseded[] } {
  const last = new Map<string, Position>();
  const keys = rows.map((row, i) => {
    const key = matchKeyOf(row);
    if (key !== undefined) last.set(key, first + i);
    return key;
  });
  const superseded: Superseded[] = [];
  const marked = rows.map((row, i): SourceRow => {
    const position = first + i;
    const key = keys[i];
    const by = key === undefined ? position : last.get(key)!;
    if (by === position) return { position, row };
    superseded.push({ position, by });
    return { position, row, superseded: true };
  });
  return { rows: marked, superseded };
}
