import type { SourceRow } from '../../contract/record.ts';
import { invalidSource } from '../../duckdb/source-failure.ts';
import { runWork, type Work } from '../../duckdb/work.ts';
import { changedRows } from '../diff/changed-rows.ts';
import type { Comparison } from '../diff/comparison.ts';
import { matchKeysOf } from '../diff/match-keys.ts';
import type { Readable } from '../diff/readable.ts';
import { markRepeated } from '../diff/repeated.ts';
import { countSharedKeys } from '../diff/shared-keys.ts';
import { supersededIn } from '../diff/superseded.ts';
import type { KeyReader } from '../source.ts';
import type { Stage } from './stage.ts';
import { stagedPages } from './staged-pages.ts';

/**
 * The rows of a stage with the earlier ones of each match key, and of each primary key, marked; with a comparison, those that differ from what is
 * stored. Keeps the stage; removes what it made itself.
 */
export async function* stagedRows(
  work: Work,
  stage: Stage,
  key: KeyReader,
  comparison?: Comparison,
): AsyncGenerator<readonly SourceRow[]> {
  const { primaryKeyColumn } = key;
  if (comparison === undefined) {
    const isNamed = primaryKeyColumn !== undefined;
    yield* allRows(work, isNamed ? await markRepeated(work, stage, primaryKeyColumn, undefined) : stage, key);
    return;
  }
  const name = nameIn(stage, comparison);
  if (isCompared(stage, comparison)) yield* changedRows(work, stage, name!, key, comparison);
  else {
    const marked = await markRepeated(work, stage, comparison.primaryKeyColumn, comparison);
    const removed = name === undefined ? undefined : 'select place from (values (0)) as none(place) where false';
    const none = { unchanged: new Map(), rekeyed: { rows: 0, known: 0 } };
    await comparison.compared({ ...none, rows: stage.rows, removed, stored: comparison.stored });
    yield* allRows(work, marked, key);
  }
}

const nameIn = (rows: Pick<Readable, 'key'>, { primaryKeyColumn }: Comparison): string | undefined =>
  primaryKeyColumn === undefined ? undefined : rows.key(primaryKeyColumn);

/** Whether rows are compared by SQL with what is stored of them: something is, and SQL knows their names. */
export const isCompared = (rows: Pick<Readable, 'key'>, comparison: Comparison | undefined): boolean =>
  comparison !== undefined && !comparison.isEmpty && nameIn(rows, comparison) !== undefined;

async function* allRows(work: Work, stage: Stage, key: KeyReader): AsyncGenerator<readonly SourceRow[]> {
  const keys = await matchKeysOf(work, stage, key);
  const superseded = await supersededIn(work, keys, key);
  await countSharedKeys(work, stage, keys, key);
  await runWork(work, `drop table ${keys.sql}`);
  key.counted?.(stage.rows);
  try {
    yield* stagedPages(work, stage, { superseded, demand: key.demand });
  } finally {
    await work.connection.run(`drop table ${superseded.sql}`);
  }
}

/** Throws ConfigFailure where the match key is made of a column that the relation does not have. */
export function requireKeyColumns(columns: readonly { readonly name: string }[], key: KeyReader, path: string): void {
  const missing = key.columns.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length === 0) return;
  const has = columns.map(({ name }) => name).join(', ');
  throw invalidSource(`${path}: has no column ${missing.join(', ')}, which the match key is made of; it has ${has}`);
}
