import type { Emulator } from '../../emulator/server/server.ts';
import type { Outcome } from '../../runtime/contract/outcome.ts';
import type { JudgedStream, Told } from '../support/one-record-a-row.ts';
import { keysOf } from '../support/one-record-a-row.ts';
import { shownRecords } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';
import type { Kept } from './history-kept.ts';

interface Asked {
  readonly runId: string;
  /** Whatever the store says is said of the row as it is. */
  readonly isFinal: boolean;
  /** Default: `rows`. */
  readonly name?: string;
}

/** What the state store says of each row of a stream after a run. */
export function toldByStore(
  kept: Kept,
  { object, primary_key: own = object === 'accounts' ? 'domain' : 'email' }: Readonly<Record<string, unknown>>,
  rows: readonly TestRow[],
  { runId, isFinal, name = 'rows' }: Asked,
): readonly Told[] {
  const byKey = new Map(rows.map((row) => [String(row[String(own)]).toLowerCase(), row]));
  return everyRecord(kept).flatMap(
    ({ stream, primary_key, destination_id, match_key, outcome, code, run_id }): Told[] => {
      const row = byKey.get(String(primary_key).toLowerCase());
      if (row === undefined || stream !== name) return [];
      return [
        {
          primaryKey: `${primary_key} (${code ?? ''})`,
          // Of a deferred row, and in a killed run of others too, the store may have only what an earlier run has said.
          row: run_id === runId || isFinal ? row : undefined,
          outcome: String(outcome),
          id: destination_id as string | null,
          matchKey: match_key as string | null,
        },
      ];
    },
  );
}

/** The records as they are once the journal is compacted: a run that is killed leaves one. */
function everyRecord({ records, journal }: Kept): Kept['records'] {
  const ofRow = ({ stream, primary_key }: Kept['records'][number]): string => JSON.stringify([stream, primary_key]);
  const inOrder = journal.toSorted((a, b) => Number(BigInt(String(a['seq'])) - BigInt(String(b['seq']))));
  return [...new Map([...records, ...inOrder].map((one) => [ofRow(one), one])).values()];
}

/** What a run without a state store says of each row. */
export function toldByOutcomes(settled: readonly Outcome[], rows: readonly TestRow[]): readonly Told[] {
  const told = settled.flatMap((outcome, i): Told[] => {
    if (outcome === undefined) return [];
    const code =
      outcome.status === 'rejected' ? outcome.rejection.code : outcome.status === 'deferred' ? outcome.code : '';
    const id = 'id' in outcome ? outcome.id : undefined;
    return [{ primaryKey: `${i} (${code})`, row: rows[i], outcome: outcome.status, id }];
  });
  return told.map(withoutTaken);
}

/** Who was rejected, and whose record a later row has come to, has none: nothing remembers that it had one. */
function withoutTaken(one: Told, position: number, told: readonly Told[]): Told {
  const isTaken = one.outcome === 'rejected' && told.some(({ id }, i) => i > position && id === one.id);
  return isTaken ? { ...one, id: undefined } : one;
}

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
