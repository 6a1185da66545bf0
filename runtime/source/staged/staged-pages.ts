import type { Demand } from '../../contract/demand.ts';
import type { SourceRow } from '../../contract/record.ts';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import type { Work } from '../../duckdb/work.ts';
import type { WorkTable } from '../../duckdb/work-database.ts';
import { countUnwanted } from './page-sql.ts';
import { Pages, pageSize } from './pages.ts';
import type { Stage } from './stage.ts';

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
  work: Work,
  stage: Stage,
  { columns, superseded, demand }: PageOptions,
): AsyncGenerator<readonly SourceRow[]> {
  const { connection, signal } = work;
  const marked = { stage, superseded };
  const pages = await Pages.of(work, marked, stage.json(columns));
  let seen = 0;
  const end = stage.place === undefined ? stage.end : stage.rows;
  for (let from = 0, to = 0; from < end; from = to) {
    const { unwanted, pageRows = pageSize } = demand?.next() ?? {};
    to = from + (unwanted?.rows === 'all' ? countedTogether : Math.min(pages.rows, pageRows));
    if (unwanted !== undefined) {
      const counted = await countUnwanted(connection, marked, signal, { from, to, unwanted: unwanted.rows });
      seen += counted.deferred + counted.superseded;
      demand!.counted(counted, unwanted.why);
    }
    for await (const rows of pages.read({ from, to, unwanted: unwanted?.rows })) {
      seen += rows.length;
      if (rows.length > 0) yield rows;
    }
  }
  if (seen !== stage.rows) throw unreadableSource(`${seen} of ${stage.rows} staged rows came back`);
}

interface PageOptions {
  readonly columns?: readonly string[];
  readonly superseded?: WorkTable | undefined;
  readonly demand?: Demand | undefined;
}
