import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceRow } from '../record.ts';
import type { KeyReader } from './source.ts';
import { invalidSource } from './source-failure.ts';
import type { Stage } from './stage.ts';
import { stagedPages } from './staged-pages.ts';
import { findSuperseded } from './superseded.ts';
import type { WorkDatabase } from './work-database.ts';

/** The rows of a stage with the earlier ones of each match key marked. Keeps the stage; removes what it made itself. */
export async function* stagedRows(
  work: WorkDatabase,
  connection: DuckDBConnection,
  stage: Stage,
  key: KeyReader,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceRow[]> {
  const superseded = await findSuperseded(work, connection, stage, key, signal);
  try {
    yield* stagedPages(connection, stage, signal, { superseded });
  } finally {
    await connection.run(`drop table ${superseded.sql}`);
  }
}

/** Throws ConfigFailure where the match key is made of a column that the relation does not have. */
export function requireKeyColumns(columns: readonly { readonly name: string }[], key: KeyReader, path: string): void {
  const missing = key.columns.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length === 0) return;
  const has = columns.map(({ name }) => name).join(', ');
  throw invalidSource(`${path}: has no column ${missing.join(', ')}, which the match key is made of; it has ${has}`);
}
