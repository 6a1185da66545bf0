import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { messageOf } from '../contract/failure.ts';
import { invalidSource } from './source-failure.ts';
import { identifier, literal } from './sql.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a work database needs to know of where it runs. */
export interface WorkOptions {
  readonly temporaryDirectory: string;
  readonly constrainedMemoryBytes?: number | undefined;
  readonly memoryLimit?: string | undefined;
  readonly extensionDirectory?: string | undefined;
}

// No file name holds a slash, so no database file gives itself this name. `memory` would be taken by memory.duckdb.
const catalog = 'work/';

// Each thread needs memory of its own, and the limit is explicit: a big machine would spill where a small one does not.
const maxThreads = 4;

// Each column takes a block at least: with DuckDB's own 262144, a store of five rows takes 3.7 MB instead of 1.7, and a run on it a
// tenth more CPU; one of a million rows takes as much of both either way (measured, DuckDB 1.5.5).
const smallBlocks = 'block_size 65536';

/** A DuckDB in memory that spills to a temporary directory: where rows are staged, and what else is attached to. */
export class WorkDatabase {
  readonly directory: string;
  readonly #instance: DuckDBInstance;
  readonly #connections = new Set<DuckDBConnection>();
  #current = 'memory';
  #tables = 0;
  #threads = { most: 1, used: 1 };
  #memoryBytes = 0;
  #closing: Promise<void> | undefined;

  private constructor(instance: DuckDBInstance, directory: string) {
    this.#instance = instance;
    this.directory = directory;
  }

  /** Opens an empty one. Throws ConfigFailure when DuckDB refuses a setting. */
  static async open(options: WorkOptions): Promise<WorkDatabase> {
    const directory = await temporaryFolder(options.temporaryDirectory);
    try {
      const instance = await DuckDBInstance.create(':memory:', settings(options, directory));
      const work = new WorkDatabase(instance, directory);
      await work.#prepare();
      return work;
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw invalidSource(`source: DuckDB refused its settings: ${messageOf(error)}`);
    }
  }

  async #prepare(): Promise<void> {
    const connection = await this.#instance.connect();
    await connection.run(`attach ':memory:' as ${identifier(catalog)}`);
    // Without it, timestamps with a time zone would be read and written in the zone of the machine.
    await connection.run(`set global TimeZone = 'UTC'`);
    const set = await connection.runAndReadAll(`select current_setting('threads'), current_setting('memory_limit')`);
    const [[threads, memory] = []] = set.getRows();
    this.#memoryBytes = bytesOf(String(memory));
    if (Number(threads) > maxThreads) await connection.run(`set global threads = ${maxThreads}`);
    const most = Math.min(Number(threads), maxThreads);
    this.#threads = { most, used: most };
    connection.closeSync();
  }

  /** What DuckDB may hold in memory. More is spilled, but a statement has some that cannot be. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /**
   * Gives statements all threads, or one: small statements have nothing to share, and DuckDB has one thread look again and again
   * whether the other is done (a fifth of the CPU of a first load, measured, DuckDB 1.5.5).
   */
  async share(work: 'large statements' | 'small statements'): Promise<void> {
    const { most, used } = this.#threads;
    const wanted = work === 'large statements' ? most : 1;
    if (wanted === used || this.#closing) return;
    this.#threads = { most, used: wanted };
    const connection = await this.#instance.connect();
    try {
      await connection.run(`set global threads = ${wanted}`);
    } finally {
      connection.closeSync();
    }
  }

  /** Attaches a database file read-only, under the name DuckDB itself gives it, and makes it the current one. */
  async attach(file: string): Promise<void> {
    const connection = await this.connect();
    try {
      await connection.run(`use ${identifier(catalog)}`);
      await connection.run('detach memory');
      await connection.run(`attach ${literal(file)} (read_only, type duckdb)`);
      const named = await connection.runAndReadAll(
        `select database_name from duckdb_databases() where not internal and database_name <> ${literal(catalog)}`,
      );
      this.#current = String(named.getRows()[0]?.[0]);
    } finally {
      this.release(connection);
    }
  }

  /**
   * Attaches a database file under a name of ours, beside what is attached already; to be written, it is made where there is none.
   * Throws what DuckDB throws.
   */
  async attachBeside(file: string, name: string, options: { readonly readOnly: boolean }): Promise<void> {
    const connection = await this.connect();
    try {
      const mode = options.readOnly ? 'read_only' : existsSync(file) ? 'read_write' : `read_write, ${smallBlocks}`;
      await connection.run(`attach ${literal(file)} as ${identifier(name)} (${mode}, type duckdb)`);
    } finally {
      this.release(connection);
    }
  }

  /** A connection of its own, with the attached file as the current database. Give it back with `release`. */
  async connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect();
    await connection.run(`use ${identifier(this.#current)}`);
    this.#connections.add(connection);
    return connection;
  }

  /** Ends a connection. Safe to call twice. */
  release(connection: DuckDBConnection): void {
    if (this.#connections.delete(connection)) connection.closeSync();
  }

  /** A name for a new table in the work database. */
  newTable(purpose: string): WorkTable {
    this.#tables += 1;
    return new WorkTable(`${purpose}_${this.#tables}`);
  }

  /** Ends all connections and removes the temporary directory. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    for (const connection of this.#connections) {
      connection.interrupt();
      // DuckDB 1.5.5 ends the process where a connection is closed within a transaction and the PostgreSQL of it is gone.
      await connection.run('rollback').catch(() => undefined);
      this.release(connection);
    }
    this.#instance.closeSync();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** The name of a table in the work database: parts for an appender, `sql` for a statement. */
export class WorkTable {
  readonly catalog = catalog;
  readonly schema = 'main';
  readonly name: string;
  readonly sql: string;

  constructor(name: string) {
    this.name = name;
    this.sql = `${identifier(catalog)}.main.${identifier(name)}`;
  }
}

// At each checkpoint DuckDB writes the last hundred thousand rows of a table once more. With its own 16 MB a first load of 300,000
// rows wrote each of them twice: 12 µs of CPU a record instead of 8, and 41 MB instead of 23 (measured, DuckDB 1.5.5).
const longLog = '64MB';

/** Whether the rows that come between checkpoints, which are in memory, are few beside the limit. */
function hasRoom(memoryLimit: string): boolean {
  const [, count, unit] = /^([\d.]+) ?([MG])i?B$/i.exec(memoryLimit.trim()) ?? [];
  return Number(count) * (unit?.toUpperCase() === 'G' ? 1000 : 1) >= 500;
}

function settings(options: WorkOptions, directory: string): Record<string, string> {
  const memoryLimit = options.memoryLimit ?? defaultMemoryLimit(options.constrainedMemoryBytes);
  return {
    memory_limit: memoryLimit,
    // Two threads ran out of 45 MB in a comparison of a million rows that one has room for.
    ...(/^\d{1,2}(\.\d+)? ?Mi?B$/.test(memoryLimit) && { threads: '1' }),
    ...(hasRoom(memoryLimit) && { checkpoint_threshold: longLog }),
    temp_directory: join(directory, 'spill'),
    ...(options.extensionDirectory === undefined ? {} : { extension_directory: options.extensionDirectory }),
  };
}

/** A size as DuckDB shows its settings: `48.6 MiB`. */
function bytesOf(shown: string): number {
  const [count, unit] = shown.split(' ');
  const power = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(unit ?? '');
  return power < 0 ? Number.POSITIVE_INFINITY : Number(count) * 1024 ** power;
}

const megabyte = 1_000_000;

/** A fifth of what the process may use, 1 GB at most: JavaScript needs the rest. */
export function defaultMemoryLimit(constrainedBytes: number | undefined): string {
  // Where there is no limit, Node reports 0, undefined or, with cgroup v1, nearly 2 ** 63 (nodejs.org/api/process.html).
  const limited = constrainedBytes !== undefined && constrainedBytes > 0 && constrainedBytes < totalmem();
  const bytes = (limited ? constrainedBytes : totalmem()) / 5;
  return `${Math.floor(Math.min(bytes, 1000 * megabyte) / megabyte)}MB`;
}
