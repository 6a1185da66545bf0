import type { Position } from '../../contract/outcome.ts';
import type { Row, SourceRow } from '../../contract/record.ts';
import type { RowKey } from '../../contract/writer.ts';
import { rowName } from '../../source/row-name.ts';

/** A row that a later one of the same key supersedes. */
interface Superseded {
  readonly position: Position;
  readonly by: Position;
}

/**
 * Rows with positions from `first` on. Of those that share a primary key all but the last are marked, and of the others all
 * but the last that share a match key.
 */
export function lastOfKey(
  rows: readonly Row[],
  first: Position,
  { matchKeyOf, primaryKeyColumn }: Pick<RowKey, 'matchKeyOf' | 'primaryKeyColumn'>,
): { rows: readonly SourceRow[]; superseded: readonly Superseded[] } {
  const names = rows.map((row) => rowName(row, primaryKeyColumn));
  const byName = lastOf(names, first);
  const repeated = names.map((name, i) => name !== undefined && byName.get(name) !== first + i);
  const keys = rows.map((row, i) => (repeated[i] ? undefined : matchKeyOf(row)));
  const byKey = lastOf(keys, first);
  const superseded: Superseded[] = [];
  const marked = rows.map((row, i): SourceRow => {
    const position = first + i;
    const by = repeated[i] ? byName.get(names[i])! : (byKey.get(keys[i]) ?? position);
    if (by === position) return { position, row };
    superseded.push({ position, by });
    return { position, row, superseded: true, ...(repeated[i] && { repeated: true }) };
  });
  return { rows: marked, superseded };
}

function lastOf(keys: readonly (string | undefined)[], first: Position): Map<string | undefined, Position> {
  const last = new Map<string | undefined, Position>();
  for (let i = 0; i < keys.length; i++) if (keys[i] !== undefined) last.set(keys[i], first + i);
  return last;
}
