import { createHash } from 'node:crypto';
import { withoutCredentials } from '../../config/credentials.ts';
import type { SourceRow } from '../../contract/record.ts';
import type { SourceConfig } from '../../contract/source-config.ts';
import { invalidSource } from '../../duckdb/source-failure.ts';
import { WorkDatabase } from '../../duckdb/work-database.ts';
import type { Comparison } from '../diff/comparison.ts';
import { requireDistinctColumns } from '../relation.ts';
import type { Column, KeyReader, Relation, Source, SourceOptions } from '../source.ts';
import { placeOf, type SourceIdentity, timeless } from '../source-identity.ts';
import type { Stage } from '../staged/stage.ts';
import { requireKeyColumns, stagedRows } from '../staged/staged-rows.ts';
import { openArrowCommand, openArrowInput } from './arrow-input.ts';
import { stageBatches } from './arrow-stage.ts';
import { type ArrowBatches, damageAsFailure } from './arrow-stream.ts';
import { registerCompression } from './compression/arrow-compression.ts';

type ArrowSourceConfig = Extract<SourceConfig, { type: 'arrow' }>;

/**
 * Opens an Arrow source, and reads its schema where it is one file or stream. Throws ConfigFailure where it is none,
 * TransientFailure where it is cut.
 */
export async function openArrow(config: ArrowSourceConfig, options: SourceOptions): Promise<Source> {
  registerCompression();
  const work = await WorkDatabase.open({ ...options, memoryLimit: config.memory_limit });
  const source = new ArrowSource(work, config, options);
  try {
    if (config.path !== undefined) await source.columns({ path: 'source' });
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Rows that can be read once: every stream of a run that asks for them gets the same. */
interface Reading {
  readonly input: ArrowBatches;
  stage?: Promise<Stage>;
}

/** An Arrow file or stream, or what programs write. */
class ArrowSource implements Source {
  readonly work: WorkDatabase;
  readonly #config: ArrowSourceConfig;
  readonly #options: SourceOptions;
  /** By where it is configured. */
  readonly #readings = new Map<string, Promise<Reading>>();

  constructor(work: WorkDatabase, config: ArrowSourceConfig, options: SourceOptions) {
    this.work = work;
    this.#config = config;
    this.#options = options;
  }

  async identity({ command = this.#config.command }: Relation): Promise<SourceIdentity> {
    const { path } = this.#config;
    if (command !== undefined) return { source: `command:${fingerprintOf(command)}`, relations: [] };
    return { source: path === undefined || path === '-' ? 'the standard input' : placeOf(path), relations: [] };
  }

  async columns(relation: Relation): Promise<readonly Column[]> {
    const { table, query, path } = relation;
    for (const [key, value] of Object.entries({ table, query })) {
      if (value === undefined) continue;
      throw invalidSource(`${path}.${key}: an Arrow source is one relation and has no ${key}; leave it out`);
    }
    const where = this.#whereOf(relation);
    const { input } = await this.#reading(relation);
    // A damaged schema may name a list without saying of what, which only shows when its type is spelled out.
    const columns = await damageAsFailure(where, () =>
      input.schema.fields.map(({ name, type }) => ({ name, type: String(type) })),
    );
    requireDistinctColumns(columns, where);
    return columns;
  }

  async *rows(
    relation: Relation,
    key: KeyReader,
    signal: AbortSignal,
    comparison?: Comparison,
  ): AsyncGenerator<readonly SourceRow[]> {
    requireKeyColumns(await this.columns(relation), key, relation.path);
    const reading = await this.#reading(relation);
    reading.stage ??= stageBatches(this.work, reading.input.batches, signal);
    const stage = await reading.stage;
    signal.throwIfAborted();
    const connection = await this.work.connect();
    try {
      yield* stagedRows({ work: this.work, connection, signal }, stage, key, comparison);
    } finally {
      this.work.release(connection);
    }
  }

  async close(): Promise<void> {
    for (const reading of this.#readings.values()) {
      const opened = await reading.catch(() => undefined);
      await opened?.input.close();
    }
    await this.work.close();
  }

  #whereOf({ path, command }: Pick<Relation, 'path' | 'command'>): string {
    if (command !== undefined) return `${path}.command`;
    return this.#config.command === undefined ? 'source.path' : 'source.command';
  }

  #reading(relation: Pick<Relation, 'path' | 'command'>): Promise<Reading> {
    const where = this.#whereOf(relation);
    const reading = this.#readings.get(where) ?? this.#open(relation, where).then((input) => ({ input }));
    this.#readings.set(where, reading);
    return reading;
  }

  async #open({ path: at, command = this.#config.command }: Pick<Relation, 'path' | 'command'>, where: string) {
    const { path } = this.#config;
    const { directory } = this.work;
    if (command !== undefined) {
      return openArrowCommand(command, this.#config, this.#options, { path: where, spoolDirectory: directory });
    }
    if (path !== undefined) return openArrowInput(path, this.#config, this.#options, directory);
    throw invalidSource(`${at}: an Arrow source needs \`path\` or \`command\` in source, or \`command\` here`);
  }
}

/** The program and its arguments up to the first option, without what changes daily: options may be secrets. */
function fingerprintOf(command: readonly string[]): string {
  const end = command.findIndex((argument, i) => i > 0 && argument.startsWith('-'));
  const plain = command.slice(0, end < 0 ? command.length : end).map((each) => timeless(withoutCredentials(each)));
  return createHash('sha256').update(JSON.stringify(plain)).digest('hex').slice(0, 16);
}
