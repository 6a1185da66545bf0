import type { DuckDBMaterializedResult } from '@duckdb/node-api';
import type { Demand } from '../../contract/demand.ts';
import type { Row, SourceRow } from '../../contract/record.ts';
import type { Known } from '../../contract/state-store.ts';
import { runInterruptibly } from '../../duckdb/interruptible.ts';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import type { Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import { knownOf } from '../known.ts';
import { parseRow } from '../row-text.ts';
import { countUnwanted, pageSql } from './page-sql.ts';
import type { Stage } from './stage.ts';

/** Rows in a chunk, and in a page: as many as a DuckDB vector has. */
export const pageSize = 2048;

// Where none but a few are handed out, a page may have many.
const countedTogether = 8 * pageSize;

/**
 * The rows of a stage in order, a page at a time, `superseded` where the position stands in that table; without those that
 * the demand does not want by then. Throws TransientFailure unless every row came, or was counted.
 *
 * Each page is a query of its own, run to its end. A streaming result of DuckDB that fails ends like one that is
 * exhausted, in Node (measured, @duckdb/node-api 1.5) as in Rust (duckdb-rs PR 664, 832); a finished one raises. Nor
 * does a page hold anything open while a consumer waits for hours.
 */
export async function* stagedPages(
  work: Work,
  stage: Stage,
  options: PageOptions = {},
): AsyncGenerator<readonly SourceRow[]> {
  // Pages are small, and so is all that is written of their rows meanwhile.
  await work.work.share('small statements');
  try {
    yield* pagesOf(work, stage, options);
  } finally {
    await work.work.share('large statements');
  }
}

async function* pagesOf(
  { connection, signal }: Work,
  stage: Stage,
  { columns, superseded, demand }: PageOptions,
): AsyncGenerator<readonly SourceRow[]> {
  const json = stage.json(columns);
  const marked = { stage, superseded };
  let seen = 0;
  let next = 0;
  const end = stage.place === undefined ? stage.end : stage.rows;
  for (let from = 0, to = 0; from < end; from = to) {
    const { unwanted, pageRows = pageSize } = demand?.next() ?? {};
    to = from + (unwanted?.rows === 'all' ? countedTogether : Math.min(pageSize, pageRows));
    if (unwanted !== undefined) {
      const counted = await countUnwanted(connection, marked, signal, { from, to, unwanted: unwanted.rows });
      seen += counted.deferred + counted.superseded;
      demand!.counted(counted, unwanted.why);
    }
    const sql = pageSql(marked, json, { from, to, unwanted: unwanted?.rows });
    const page = await runInterruptibly(connection, sql, signal, 'the staged rows could not be read back');
    const rows = await pageRowsOf(page, { isAsked: stage.compared?.known !== undefined });
    for (const { position } of rows) {
      if (position < next) throw unreadableSource(`the staged rows came back out of order at position ${position}`);
      next = position + 1;
    }
    seen += rows.length;
    if (rows.length > 0) yield rows;
  }
  if (seen !== stage.rows) throw unreadableSource(`${seen} of ${stage.rows} staged rows came back`);
}

interface PageOptions {
  readonly columns?: readonly string[];
  readonly superseded?: WorkTable | undefined;
  readonly demand?: Demand | undefined;
}

async function pageRowsOf(
  result: DuckDBMaterializedResult,
  { isAsked }: { readonly isAsked: boolean },
): Promise<readonly SourceRow[]> {
  const rows: SourceRow[] = [];
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const { rowCount } = chunk;
    const [positions, texts, marks, hashes, knowns, repeats, waits] = Array.from({ length: 7 }, (_, i) =>
      chunk!.getColumnVector(i),
    );
    for (let i = 0; i < rowCount; i++) {
      const row: Row = parseRow(String(texts!.getItem(i)));
      const isRepeated = repeats!.getItem(i) === true;
      const rowHash = hashes!.getItem(i);
      const waitsFor = waits!.getItem(i);
      // Every row comes by here: one shape, and no parts that are spread.
      rows.push({
        position: Number(positions!.getItem(i)),
        row,
        superseded: isRepeated || marks!.getItem(i) === true || undefined,
        repeated: isRepeated || undefined,
        rowHash: typeof rowHash === 'bigint' ? String(rowHash) : undefined,
        known: isAsked ? knownIn(knowns!.getItem(i)) : undefined,
        waitsFor: typeof waitsFor === 'number' ? waitsFor : undefined,
      });
    }
  }
  // In order, but for a join that spilled. Sorting here costs nothing; ORDER BY doubled the time of a page (measured).
  return rows.sort((a, b) => a.position - b.position);
}

const knownIn = (text: unknown): Known | null => (typeof text === 'string' ? knownOf(text) : null);
