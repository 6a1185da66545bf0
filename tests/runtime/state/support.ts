import type { Json } from '@duckdb/node-api';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import type { OutcomeStatus } from '../../../runtime/contract/outcome.ts';
import type { Row, Settled, SourceRow } from '../../../runtime/contract/record.ts';
import type { Relation, Source } from '../../../runtime/source/source.ts';
import { StateDatabase } from '../../../runtime/state/state-database.ts';
import { withDatabaseFile } from '../../support/database-file.ts';

/** What a look at a source against its state store found. */
export interface Look {
  readonly rows: readonly SourceRow[];
  readonly unchanged: Readonly<Partial<Record<OutcomeStatus, number>>>;
  /** How many stored rows the source no longer has. */
  readonly removed: number;
}

export interface LookOptions {
  readonly relation?: Partial<Relation>;
  /** The column that names rows, or none. */
  readonly name?: string | undefined;
  readonly columns?: readonly string[];
  readonly version?: string;
  readonly idsOnly?: boolean;
  readonly stream?: string;
}

let runs = 0;
/** Opens a state store for one run. */
export const openState = (source: Source, path: string, runId = `run ${++runs}`, clock = new VirtualClock()) =>
  StateDatabase.open(source.work, { path, runId, clock });

const matchKeyOf = (row: Row): string | undefined =>
  typeof row['email'] === 'string' ? `email:${row['email'].toLowerCase()}` : undefined;

/** Every row that a source hands out against a state store, and what is said of the others. */
export async function look(source: Source, state: StateDatabase, options: LookOptions = {}): Promise<Look> {
  const { relation = { table: 'people' }, name = 'id', columns = ['id', 'email', 'title'], version = 'v1' } = options;
  const store = await state.stream({ stream: options.stream ?? 'people', version, idsOnly: options.idsOnly ?? false });
  let unchanged: Look['unchanged'] = {};
  let gone = 0;
  const primaryKeyColumn = 'name' in options ? options.name : name;
  const comparison = await store.comparison(
    { key: { columns: [], matchKeyOf: () => undefined, primaryKeyColumn }, columns, version },
    async (compared) => {
      unchanged = Object.fromEntries([...compared.unchanged].filter(([, count]) => count !== 0));
      gone = await counted(source, compared.removed ?? 'select 0 where false');
    },
  );
  const rows: SourceRow[] = [];
  const key = { columns: ['email'], matchKeyOf };
  for await (const chunk of source.rows({ path: 's', ...relation }, key, new AbortController().signal, comparison)) {
    rows.push(...chunk);
  }
  return { rows, unchanged, removed: gone };
}

async function counted(source: Source, sql: string): Promise<number> {
  const connection = await source.work.connect();
  const found = await connection.runAndReadAll(`select count(*)::double from (${sql})`);
  source.work.release(connection);
  return Number(found.getRows()[0]?.[0]);
}

/** Has the store remember rows as if the destination had taken them, in one run. */
export async function remember(
  state: StateDatabase,
  rows: readonly SourceRow[],
  more: (row: SourceRow) => Partial<Settled> = () => ({}),
  { stream = 'people', version = 'v1' }: { stream?: string; version?: string } = {},
): Promise<void> {
  const store = await state.stream({ stream, version, idsOnly: false });
  const settled = rows.map((row) => {
    const primaryKey = String(row.row['id']);
    const matchKey = matchKeyOf(row.row);
    return {
      position: row.position,
      row: row.row,
      rowHash: row.rowHash,
      known: row.known,
      repeated: row.repeated,
      primaryKey,
      ...(matchKey !== undefined && { matchKey }),
      fingerprint: `print ${JSON.stringify(row.row)}`,
      id: `apollo-${primaryKey}`,
      values: row.row,
      outcome: row.superseded ? { status: 'superseded' } : { status: 'created', id: `apollo-${primaryKey}` },
      ...more(row),
    } satisfies Settled;
  });
  // A chunk at a time, as a run does.
  for (let from = 0; from < settled.length; from += 2048) await store.record(settled.slice(from, from + 2048));
  await state.finish();
}

/** Runs statements on a DuckDB file and gives back what the last one found. */
export async function sqlOn(file: string, ...statements: readonly string[]): Promise<readonly Record<string, Json>[]> {
  return withDatabaseFile(file, async (on) => {
    for (const statement of statements.slice(0, -1)) await on.run(statement);
    return (await on.runAndReadAll(statements.at(-1)!)).getRowObjectsJson();
  });
}
