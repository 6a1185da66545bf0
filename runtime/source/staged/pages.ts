import type { Position } from '../../contract/outcome.ts';
import type { SourceRow } from '../../contract/record.ts';
import { runInterruptibly } from '../../duckdb/interruptible.ts';
import { unreadableSource } from '../../duckdb/source-failure.ts';
import type { Work } from '../../duckdb/work.ts';
import { withoutNulls } from '../known.ts';
import { parseRows } from '../row-text.ts';
import { isWithin, type Marked, type PageRange, type PageRow, pageSql } from './page-sql.ts';

/** Rows in a chunk, and in a page at most: as many as a DuckDB vector has. */
export const pageSize = 2048;

// A page is in memory several times while it is made, and other statements need some beside it.
const shareOfMemory = 1 / 64;
const mostCharacters = 16_000_000;
const firstRows = 64;
// Half of what was too much may be all the memory there is, and other statements need some.
const parts = 8;

/** Reads ranges of a stage: as many rows at once as go into memory, by what those before were like. */
export class Pages {
  readonly #work: Work;
  readonly #marked: Marked;
  readonly #json: string;
  readonly #isAsked: boolean;
  /** How much of JSON text goes into memory at once. */
  readonly #characters: number;
  #next = 0;
  #rows = pageSize;

  private constructor(work: Work, marked: Marked, json: string) {
    this.#work = work;
    this.#marked = marked;
    this.#json = json;
    this.#isAsked = marked.stage.compared?.known !== undefined;
    this.#characters = Math.min(work.work.memoryBytes * shareOfMemory, mostCharacters);
  }

  /** Looks at the first rows, which tell how many may come at once. */
  static async of(work: Work, marked: Marked, json: string): Promise<Pages> {
    const pages = new Pages(work, marked, json);
    const sql = `select count(*), sum(length(${json}))::double from ${marked.stage.sql} where ${isWithin(marked, { from: 0, to: firstRows })}`;
    const found = await runInterruptibly(work.connection, sql, work.signal, unreadable);
    const [[rows, characters] = []] = await found.getRows();
    pages.#fit(Number(rows), Number(characters));
    return pages;
  }

  /** How many rows the next range should have. */
  get rows(): number {
    return this.#rows;
  }

  /** The rows of a range that are handed out, in order. Throws TransientFailure where not even one row can be read. */
  async *read(range: PageRange): AsyncGenerator<readonly SourceRow[]> {
    const { from, to } = range;
    let rows: readonly SourceRow[];
    try {
      rows = await this.#page(range);
    } catch (error) {
      // Rows that are wider than those before may be too much at once: for the memory of DuckDB, or for a string of JavaScript.
      if (to - from <= 1 || this.#work.signal.aborted) throw error;
      const step = Math.ceil((to - from) / parts);
      for (let at = from; at < to; at += step) yield* this.read({ ...range, from: at, to: Math.min(at + step, to) });
      return;
    }
    yield rows;
  }

  async #page(range: PageRange): Promise<readonly SourceRow[]> {
    const { connection, signal } = this.#work;
    const sql = pageSql(this.#marked, this.#json, range);
    const result = await runInterruptibly(connection, sql, signal, unreadable);
    const [[found] = []] = await result.getRows();
    const text = String(found ?? '');
    const read = parseRows(`[${text}]`) as readonly PageRow[];
    this.#fit(read.length, text.length);
    // In order, but for a join that spilled. Sorting here costs nothing; ORDER BY doubled the time of a page (measured).
    const rows = read.map((row) => this.#rowOf(row)).sort((a, b) => a.position - b.position);
    for (const { position } of rows) this.#follow(position);
    return rows;
  }

  /** Every row comes by here: one shape, and no parts that are spread. */
  #rowOf(row: PageRow): SourceRow {
    return {
      position: row[0],
      row: row[6],
      superseded: row[3] || row[2] || undefined,
      repeated: row[3] || undefined,
      rowHash: row[1] || undefined,
      known: this.#isAsked ? row[5] && withoutNulls(row[5]) : undefined,
      waitsFor: row[4] ?? undefined,
    };
  }

  #follow(position: Position): void {
    if (position < this.#next) throw unreadableSource(`the staged rows came back out of order at position ${position}`);
    this.#next = position + 1;
  }

  #fit(rows: number, characters: number): void {
    if (rows > 0) this.#rows = Math.max(1, Math.min(pageSize, Math.floor((this.#characters * rows) / characters)));
  }
}

const unreadable = 'the staged rows could not be read back';
