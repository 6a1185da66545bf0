import type { DuckDBConnection } from '@duckdb/node-api';
import type { Position } from '../../contract/outcome.ts';
import type { Wanted } from '../../contract/state-store.ts';
import { countOf, literal } from '../../duckdb/sql.ts';
import type { WorkDatabase, WorkTable } from '../../duckdb/work-database.ts';
import { type Moves, movesOf, withOwn } from '../../source/diff/moves.ts';
import { knownOf } from '../../source/known.ts';
import { compactedRecords, movedTo, supersededBy } from '../compact.ts';
import { nextPlace } from '../next-place.ts';
import { workTableOf } from '../table-rows.ts';
import type { StoredRows, StreamStateOptions } from './stored-rows.ts';

/** Which row of a stream has which record, as rows come to others than they had. */
export class RecordMoves {
  readonly #options: StreamStateOptions;
  readonly #stored: StoredRows;

  constructor(options: StreamStateOptions, stored: StoredRows) {
    this.#options = options;
    this.#stored = stored;
  }

  async resolve(
    rows: readonly Wanted[],
    renames: readonly string[] | undefined,
  ): Promise<ReadonlyMap<string, Position>> {
    await this.#options.commits?.flush();
    return this.#decided(rows, renames, async ({ table }, waits) => {
      if (table) await this.move(table);
      return waits;
    });
  }

  foresee(rows: readonly Wanted[], renames: readonly string[] | undefined) {
    return this.#decided(rows, renames, async ({ table }, waits, connection) => {
      const sql = `select primary_key, cast(${this.#stored.known} as varchar) from ${table?.sql}`;
      const found = table === undefined ? [] : (await connection.runAndReadAll(sql)).getRows();
      return { waits, moved: new Map(found.map(([key, text]) => [String(key), knownOf(String(text))])) };
    });
  }

  /** Decides which record each row has, and hands over what has to move, while that is there. */
  async #decided<T>(
    rows: readonly Wanted[],
    renames: readonly string[] | undefined,
    use: (moves: Moves, waits: ReadonlyMap<string, Position>, connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const { work } = this.#options;
    const connection = await work.connect();
    try {
      const wanted = await wantedTable(work, rows);
      const around = { work, connection, signal: new AbortController().signal };
      const stored = this.#stored.select();
      const moves = await movesOf(around, withOwn(`select * from ${wanted.sql}`, stored), { stored, renames });
      const waits = moves.waits && (await connection.runAndReadAll(waitsIn(wanted, moves.waits)));
      const positions = (waits?.getRows() ?? []).map(([key, position]) => [String(key), Number(position)] as const);
      const used = await use(moves, new Map(positions), connection);
      await moves.drop();
      await connection.run(`drop table ${wanted.sql}`);
      return used;
    } finally {
      work.release(connection);
    }
  }

  /** Has rows go to other records, before any of them is sent: whatever cuts the run off, no record has two rows. */
  move({ sql }: WorkTable): Promise<void> {
    return this.#journal(`from ${sql}`, (seq) => movedTo(sql, seq));
  }

  /** Forgets what these rows have left at the destination: another row writes to their records from now on. */
  async supersede(primaryKeys: string): Promise<void> {
    const { stream, runId, clock } = this.#options;
    const records = compactedRecords(literal(stream));
    const rows = `from (${records}) where outcome <> 'superseded' and primary_key in (${primaryKeys})`;
    await this.#journal(rows, (seq) => supersededBy(rows, { seq, at: clock.now(), runId }));
  }

  /** Journals as many rows as there are, by a statement that numbers them from `seq`. */
  async #journal(rows: string, statement: (seq: number) => string): Promise<void> {
    const { connection, commits, clock } = this.#options;
    if (commits === undefined) return;
    const count = await this.#stored.read(() => countOf(connection, rows));
    if (count === 0) return;
    const seq = nextPlace(clock.now(), count);
    await commits.transact(async () => {
      await connection.run(statement(seq));
    });
  }
}

/** A table of rows as `movesOf` asks for them, without what is stored. */
const wantedTable = (work: WorkDatabase, rows: readonly Wanted[]): Promise<WorkTable> =>
  workTableOf(
    work,
    'wanted',
    { position: 'bigint', primary_key: 'varchar', key: 'varchar', superseded: 'boolean' },
    rows.map(({ primaryKey, matchKey, ...row }) => ({ ...row, primary_key: primaryKey, key: matchKey })),
  );

/** A SELECT of the primary keys of rows that wait, and of the positions of those for which they do. */
const waitsIn = (wanted: WorkTable, waits: WorkTable): string => `
  select wanted.primary_key, waits.waits_for::double
  from ${waits.sql} as waits join ${wanted.sql} as wanted on wanted.position = waits.position`;
