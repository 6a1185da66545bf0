import type { Emulator } from '../../emulator/server/server.ts';
import type { JudgedStream, Told } from '../support/one-record-a-row.ts';
import { keysOf } from '../support/one-record-a-row.ts';
import { shownRecords } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';

/**
 * What is to be true of each row after a whole run that told nothing but which rows it has rejected: of rows with one primary
 * key, one match key or one record the last one counts, and its record is the one that has its key.
 */
export function toldByRejects(
  emulator: Pick<Emulator, 'store'>,
  stream: JudgedStream,
  rows: readonly TestRow[],
  rejected: ReadonlySet<string>,
): readonly Told[] {
  const field = stream.object === 'accounts' ? 'domain' : 'email';
  const isById = stream.mode === 'update';
  const records = shownRecords(emulator, stream.object);
  const idOf = (row: TestRow): string | undefined => {
    if (isById) return String(row['apollo_id']);
    const key = `${field}:${String(row[field]).toLowerCase()}`;
    return records.filter((record) => keysOf(stream.object, record).includes(key)).map(({ id }) => String(id))[0];
  };
  const isLeft = stream.mode === 'insert' || stream.on_existing === 'skip';
  const name = (row: TestRow): string => String(row[stream.primary_key ?? field]).toLowerCase();
  const key = (row: TestRow): string => String(row[isById ? 'apollo_id' : field]).toLowerCase();
  const last = new Map<string, Told>();
  for (const row of lastOf(lastOf(rows, name), key)) {
    if (rejected.has(name(row))) continue;
    const id = idOf(row) ?? 'no record with its key';
    last.set(id, { primaryKey: name(row), row, outcome: isLeft ? 'skipped' : 'updated', id });
  }
  return [...last.values()];
}

/** Of rows of one name, the last one. */
const lastOf = (rows: readonly TestRow[], name: (row: TestRow) => string): readonly TestRow[] =>
  rows.filter((row, i) => rows.findLastIndex((other) => name(other) === name(row)) === i);
