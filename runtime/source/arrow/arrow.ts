import type { SourceRow } from '../../contract/record.ts';
import type { ArrowSourceConfig } from '../../contract/source-config.ts';
import { invalidSource } from '../../duckdb/source-failure.ts';
import { WorkDatabase } from '../../duckdb/work-database.ts';
import type { Comparison } from '../diff/comparison.ts';
import { requireDistinctColumns } from '../relation.ts';
import type { Column, KeyReader, Relation, Source, SourceOptions } from '../source.ts';
import { placeOf, type SourceIdentity } from '../source-identity.ts';
import type { Stage } from '../stage.ts';
import { requireKeyColumns, stagedRows } from '../staged-rows.ts';
import { openArrowInput } from './arrow-input.ts';
import { stageBatches } from './arrow-stage.ts';
import { type ArrowBatches, damageAsFailure } from './arrow-stream.ts';
import { registerCompression } from './compression/arrow-compression.ts';

/** Opens an Arrow source and reads its schema. Throws ConfigFailure where it is not one, TransientFailure where it is cut. */
export async function openArrow(config: ArrowSourceConfig, options: SourceOptions): Promise<Source> {
  registerCompression();
  const work = await WorkDatabase.open({ ...options, memoryLimit: config.memory_limit });
  try {
    const input = await openArrowInput(config, options, work.directory);
    return new ArrowSource(work, input, config.path);
  } catch (error) {
    await work.close();
    throw error;
  }
}

/** One Arrow stream or file. It is read once; every stream of a run that asks gets the same rows. */
class ArrowSource implements Source {
  readonly work: WorkDatabase;
  readonly #input: ArrowBatches;
  readonly #path: string;
  #stage: Promise<Stage> | undefined;

  constructor(work: WorkDatabase, input: ArrowBatches, path: string) {
    this.work = work;
    this.#input = input;
    this.#path = path;
  }

  async identity(): Promise<SourceIdentity> {
    return { source: this.#path === '-' ? 'the standard input' : placeOf(this.#path), relations: [] };
  }

  async columns({ table, query, path }: Relation): Promise<readonly Column[]> {
    for (const [key, value] of Object.entries({ table, query })) {
      if (value === undefined) continue;
      throw invalidSource(`${path}.${key}: an Arrow source is one relation and has no ${key}; leave it out`);
    }
    // A damaged schema may name a list without saying of what, which only shows when its type is spelled out.
    const columns = await damageAsFailure('source.path', () =>
      this.#input.schema.fields.map(({ name, type }) => ({ name, type: String(type) })),
    );
    requireDistinctColumns(columns, 'source.path');
    return columns;
  }

  async *rows(
    relation: Relation,
    key: KeyReader,
    signal: AbortSignal,
    comparison?: Comparison,
  ): AsyncGenerator<readonly SourceRow[]> {
    requireKeyColumns(await this.columns(relation), key, relation.path);
    this.#stage ??= stageBatches(this.work, this.#input.batches, signal);
    const stage = await this.#stage;
    signal.throwIfAborted();
    const connection = await this.work.connect();
    try {
      yield* stagedRows({ work: this.work, connection, signal }, stage, key, comparison);
    } finally {
      this.work.release(connection);
    }
  }

  async close(): Promise<void> {
    await this.#input.close();
    await this.work.close();
  }
}
