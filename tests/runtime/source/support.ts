import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import type { Row, SourceRow } from '../../../runtime/contract/record.ts';
import type { SourceConfig } from '../../../runtime/contract/source-config.ts';
import { openSource } from '../../../runtime/source/open-source.ts';
import type { KeyReader, Relation, Source, SourceOptions } from '../../../runtime/source/source.ts';

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'source-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A source that is closed after the test. */
export async function opened(config: SourceConfig, options: Partial<SourceOptions> = {}): Promise<Source> {
  const source = await openSource(config, { temporaryDirectory: tmpdir(), ...options });
  onTestFinished(() => source.close());
  return source;
}

/** Makes a DuckDB file by these statements. */
export async function databaseFile(file: string, ...statements: readonly string[]): Promise<string> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
  return file;
}

/** No match key at all. */
export const noKey: KeyReader = { columns: [], matchKeyOf: () => undefined };

export const keyOf = (column: string): KeyReader => ({
  columns: [column],
  matchKeyOf: (row) => (row[column] === null ? undefined : String(row[column])),
});

export const running = (): AbortSignal => new AbortController().signal;

/** Every row of a relation, in one array. */
export async function allRows(
  source: Source,
  relation: Partial<Relation>,
  key: KeyReader = noKey,
): Promise<readonly SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const chunk of source.rows({ path: 'streams[0]', ...relation }, key, running())) rows.push(...chunk);
  return rows;
}

/** The rows alone. */
export async function values(source: Source, relation: Partial<Relation>): Promise<readonly Row[]> {
  return (await allRows(source, relation)).map(({ row }) => row);
}

/** What a promise is rejected with. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
