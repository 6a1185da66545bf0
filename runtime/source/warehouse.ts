import type { SourceRow } from '../record.ts';
import { attachDatabase } from './attach.ts';
import { bindRelation } from './relation.ts';
import { typeName } from './row-json.ts';
import type { Column, DuckDbSourceConfig, KeyReader, Relation, Source, SourceOptions } from './source.ts';
import { stageRelation } from './stage.ts';
import { requireKeyColumns, stagedRows } from './staged-rows.ts';
import { WorkDatabase } from './work-database.ts';

/** Opens a DuckDB source. Throws ConfigFailure when the file is missing, locked, or no DuckDB database. */
export async function openWarehouse(config: DuckDbSourceConfig, options: SourceOptions): Promise<Source> {
  const work = await WorkDatabase.open({
    ...options,
    memoryLimit: config.memory_limit,
    extensionDirectory: config.extension_directory,
  });
  try {
    if (config.database !== undefined) await attachDatabase(work, config.database);
    return new Warehouse(work);
  } catch (error) {
    await work.close();
    throw error;
  }
}

/** Tables and queries of a DuckDB database. */
class Warehouse implements Source {
  private readonly work: WorkDatabase;

  constructor(work: WorkDatabase) {
    this.work = work;
  }

  async columns(relation: Relation): Promise<readonly Column[]> {
    const connection = await this.work.connect();
    try {
      const { columns } = await bindRelation(connection, relation);
      return columns.map(({ name, type }) => ({ name, type: typeName(type) }));
    } finally {
      this.work.release(connection);
    }
  }

  async *rows(relation: Relation, key: KeyReader, signal: AbortSignal): AsyncGenerator<readonly SourceRow[]> {
    signal.throwIfAborted();
    const connection = await this.work.connect();
    try {
      const bound = await bindRelation(connection, relation);
      requireKeyColumns(bound.columns, key, relation.path);
      const stage = await stageRelation(this.work, connection, bound, relation.path, signal);
      try {
        yield* stagedRows(this.work, connection, stage, key, signal);
      } finally {
        await connection.run(`drop table ${stage.table.sql}`);
      }
    } finally {
      this.work.release(connection);
    }
  }

  close(): Promise<void> {
    return this.work.close();
  }
}
