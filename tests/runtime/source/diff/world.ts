import { join } from 'node:path';
import type { SourceRow } from '../../../../runtime/contract/record.ts';
import type { StateDatabase } from '../../../../runtime/state/state-database.ts';
import { type LookOptions, look, openState, remember, sqlOn } from '../../state/support.ts';
import { opened, temporaryFolder } from '../support.ts';

export const people = `create table people (id varchar, email varchar, title varchar, other varchar)`;
export const row = (n: number, title = 'CTO', email = `p${n}@acme.example`) => `('${n}', '${email}', '${title}', 'x')`;
export const insert = (...rows: string[]) => `insert into people values ${rows.join(', ')}`;

/** A warehouse, changed by SQL between looks; each look is a run of its own. */
export class World {
  readonly folder: string;
  /** What DuckDB may take of memory; absent: as much as it does by itself. */
  memoryLimit: string | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async with(...statements: string[]): Promise<World> {
    const world = new World(await temporaryFolder());
    await world.change(...statements);
    return world;
  }

  get state(): string {
    return join(this.folder, 'state.duckdb');
  }

  async change(...statements: string[]): Promise<void> {
    await sqlOn(join(this.folder, 'w.duckdb'), ...statements);
  }

  /** Opens both, does something, and closes both. */
  async run<T>(work: (source: Awaited<ReturnType<typeof opened>>, state: StateDatabase) => Promise<T>): Promise<T> {
    const database = join(this.folder, 'w.duckdb');
    const source = await opened({
      type: 'duckdb',
      database,
      ...(this.memoryLimit && { memory_limit: this.memoryLimit }),
    });
    const state = await openState(source, this.state);
    try {
      return await work(source, state);
    } finally {
      await state.close();
      await source.close();
    }
  }

  look(options?: LookOptions) {
    return this.run((source, state) => look(source, state, options));
  }

  /** Looks, and remembers what was handed out. */
  async sync(options?: LookOptions, more?: Parameters<typeof remember>[2]) {
    return this.run(async (source, state) => {
      const found = await look(source, state, options);
      await remember(state, found.rows, more, options?.version ? { version: options.version } : {});
      return found;
    });
  }
}

export const ids = (rows: readonly SourceRow[]) =>
  rows.map(({ row, superseded }) => `${row['id'] ?? ''}${superseded ? ' superseded' : ''}`);
