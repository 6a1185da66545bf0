import type { DuckDBConnection } from '@duckdb/node-api';

/** A leaf of a plan: what DuckDB reads, by its own name for how it does. */
export interface Scan {
  /** `SEQ_SCAN`, `POSTGRES_SCAN`, `READ_PARQUET`. */
  readonly name: string;
  /** As the plan names it: without a schema. */
  readonly table: string | undefined;
  readonly columns: readonly string[];
}

interface Node {
  readonly name?: string;
  readonly children?: readonly Node[];
  readonly extra_info?: { readonly Table?: string; readonly Projections?: string | readonly string[] };
}

/** What DuckDB would read for a SELECT, once it has left out what nothing asks for. */
export async function scansOf(connection: DuckDBConnection, select: string): Promise<readonly Scan[]> {
  const plan = await connection.runAndReadAll(`explain (format json) ${select}`);
  return leavesOf(JSON.parse(String(plan.getRows()[0]?.[1])) as readonly Node[]);
}

const leavesOf = (nodes: readonly Node[]): readonly Scan[] =>
  nodes.flatMap(({ name = '', children = [], extra_info: info }) =>
    children.length > 0
      ? leavesOf(children)
      : [{ name: name.trim(), table: info?.Table, columns: [info?.Projections ?? []].flat() }],
  );

// Scans of DuckDB itself, of its tables and of what a statement makes.
const ownScan = /^(SEQ|TABLE|INDEX|DUMMY|COLUMN_DATA|CHUNK|DELIM|CTE|REC_CTE|RECURSIVE_CTE|EXPRESSION|EMPTY)_SCAN$/;

/** Whether rows come from another database, in an order of its own. */
export const isForeign = ({ name }: Scan): boolean => /_SCAN$/.test(name) && !ownScan.test(name);
