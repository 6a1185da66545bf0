import type { DuckDBConnection } from '@duckdb/node-api';
import type { Demand, Unwanted } from '../../contract/demand.ts';
import type { Row } from '../../contract/record.ts';
import { runInterruptibly } from '../../duckdb/interruptible.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import type { Stage } from './stage.ts';

/** A stage, and the positions of its rows that a later row of the same match key supersedes. */
export interface Marked {
  readonly stage: Stage;
  readonly superseded: WorkTable | undefined;
}

/** Places of a stage, from the first up to before the last, and which of the rows there are not handed out. */
export interface PageRange {
  readonly from: number;
  readonly to: number;
  readonly unwanted?: Unwanted['rows'] | undefined;
}

/**
 * The SQL of the rows of a range that are handed out: one text, a JSON array of `PageRow` in no order without its brackets, or null.
 * A text for each row would cost half as much again, most of it for handing them over (measured, @duckdb/node-api 1.5).
 */
export function pageSql(marked: Marked, json: string, range: PageRange): string {
  const { stage } = marked;
  const { rowHash = 'null', known = 'null', repeated = 'false', waitsFor = 'null' } = stage.compared ?? {};
  return `select string_agg(concat('[', position, ',"', row_hash, '",', superseded, ',', repeated, ',', waits_for, ',', known, ',', json, ']'), ',')
    from (select position, ${rowHash} as row_hash, ${supersededSql(marked)} as superseded, coalesce(${repeated}, false) as repeated,
        coalesce(cast(${waitsFor} as varchar), 'null') as waits_for, coalesce(cast(${known} as varchar), 'null') as known, ${json} as json
      from ${stage.sql} where ${wantedSql(marked, range)})`;
}

/** A row as `pageSql` writes it; `rowHash` is empty where there is none. */
export type PageRow = readonly [
  position: number,
  rowHash: string,
  superseded: boolean,
  repeated: boolean,
  waitsFor: number | null,
  known: Readonly<Record<string, unknown>> | null,
  row: Row,
];

/** The SQL of whether a later row of the same match key supersedes a row. */
const supersededSql = ({ superseded }: Marked): string =>
  superseded === undefined ? 'false' : `position in (select position from ${superseded.sql})`;

/** The SQL of whether a row is in a range, and handed out. */
const wantedSql = (marked: Marked, { unwanted, ...range }: PageRange): string =>
  unwanted === undefined
    ? isWithin(marked, range)
    : `${isWithin(marked, range)} and not ${isUnwanted(marked, unwanted)}`;

/** The SQL of whether a row is in a range. */
export const isWithin = (
  { stage: { place = 'position' } }: Marked,
  { from, to }: Pick<PageRange, 'from' | 'to'>,
): string => `${place} >= ${from} and ${place} < ${to}`;

/** Where SQL cannot find out what is known of a row, that may be something. */
function isUnwanted(marked: Marked, rows: Unwanted['rows']): string {
  const { compared = { known: 'null' } } = marked.stage;
  const isNew = compared.known === undefined ? 'false' : `(${compared.known}) is null`;
  return rows === 'new' ? isNew : `(${isNew} or not ${isLost(marked)} and not ${isAwaited(marked)})`;
}

const isLost = (marked: Marked): string =>
  `(${supersededSql(marked)} or coalesce(${marked.stage.compared?.repeated ?? 'false'}, false))`;

function isAwaited({ stage }: Marked): string {
  const { waitsFor } = stage.compared ?? {};
  if (waitsFor === undefined) return 'false';
  return `position in (select ${waitsFor} from ${stage.sql} where ${waitsFor} is not null)`;
}

/** Counts the rows of a range that are not handed out. */
export async function countUnwanted(
  connection: DuckDBConnection,
  marked: Marked,
  signal: AbortSignal,
  { unwanted, ...range }: PageRange & { readonly unwanted: Unwanted['rows'] },
): Promise<Parameters<Demand['counted']>[0]> {
  const sql = `select count(*)::double, count(*) filter (${isLost(marked)})::double from ${marked.stage.sql}
    where ${isWithin(marked, range)} and ${isUnwanted(marked, unwanted)}`;
  const found = await runInterruptibly(connection, sql, signal, 'the staged rows could not be counted');
  const [rows, superseded] = ((await found.getRows())[0] ?? []).map(Number);
  return { deferred: rows! - superseded!, superseded: superseded! };
}
