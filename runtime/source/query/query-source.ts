import type { SourceRow } from '../../contract/record.ts';
import { invalidSource } from '../../duckdb/source-failure.ts';
import { WorkDatabase } from '../../duckdb/work-database.ts';
import { stageBatches } from '../arrow/arrow-stage.ts';
import type { ArrowBatches } from '../arrow/arrow-stream.ts';
import { registerCompression } from '../arrow/compression/arrow-compression.ts';
import { withOrderWarning } from '../attached/order-warning.ts';
import type { Comparison } from '../diff/comparison.ts';
import { requireDistinctColumns } from '../relation.ts';
import type { Column, KeyReader, Relation, Source, SourceOptions } from '../source.ts';
import { type SourceIdentity, timeless } from '../source-identity.ts';
import { requireKeyColumns, stagedRows } from '../staged/staged-rows.ts';
import { tableParts } from '../table-name.ts';

/** A server that answers a SELECT with Arrow. */
export interface QueryServer {
  /** Which server and database it is, without anything secret. */
  readonly place: string;
  /** A name as its SQL takes it. */
  quoted(name: string): string;
  /** The SQL that reads a column, under its name, as a value that Arrow has a type for. */
  selected(column: Column): string;
  /** The columns of a SELECT, which is not run. Throws a Failure that begins with `where`. */
  columns(select: string, where: string, signal: AbortSignal | undefined): Promise<readonly Column[]>;
  /** The rows of a SELECT, in its order. Throws TransientFailure where they do not all come. */
  batches(select: string, where: string, signal: AbortSignal): Promise<Pick<ArrowBatches, 'batches' | 'close'>>;
  close(): Promise<void>;
}

/** Tables and queries of a server that answers with Arrow; rows are staged as they come. */
export class QuerySource implements Source {
  readonly work: WorkDatabase;
  readonly #server: QueryServer;
  readonly #stop: AbortSignal | undefined;

  private constructor(work: WorkDatabase, server: QueryServer, stop: AbortSignal | undefined) {
    this.work = work;
    this.#server = server;
    this.#stop = stop;
  }

  static async open(
    server: QueryServer,
    { memory_limit }: { readonly memory_limit?: string | undefined },
    options: SourceOptions,
  ): Promise<QuerySource> {
    registerCompression();
    const work = await WorkDatabase.open({ ...options, memoryLimit: memory_limit });
    return new QuerySource(work, server, options.stop);
  }

  async identity({ table, query }: Relation): Promise<SourceIdentity> {
    return { source: this.#server.place, relations: table === undefined ? tablesIn(query ?? '') : [named(table)] };
  }

  async columns(relation: Relation): Promise<readonly Column[]> {
    const where = whereOf(relation);
    const columns = await this.#server.columns(`select * from ${this.#from(relation)}`, where, this.#stop);
    requireDistinctColumns(columns, where);
    return columns;
  }

  async *rows(
    relation: Relation,
    key: KeyReader,
    signal: AbortSignal,
    comparison?: Comparison,
  ): AsyncGenerator<readonly SourceRow[]> {
    const columns = await this.columns(relation);
    requireKeyColumns(columns, key, relation.path);
    const isOrdered = saysItsOrder(relation);
    const select = this.#select(relation, columns, key);
    const opened = await this.#server.batches(select, whereOf(relation), signal);
    try {
      const stage = await stageBatches(this.work, opened.batches, signal);
      const connection = await this.work.connect();
      try {
        const warned = isOrdered ? key : withOrderWarning(key, relation.path);
        yield* stagedRows({ work: this.work, connection, signal }, stage, warned, comparison);
        await connection.run(`drop table ${stage.table.sql}`);
      } finally {
        this.work.release(connection);
      }
    } finally {
      await opened.close();
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.work.close();
  }

  /** Only the columns that are looked at; in the order of what names rows, where nothing else says one. */
  #select(relation: Relation, columns: readonly Column[], key: KeyReader): string {
    const names = key.primaryKeyColumn === undefined ? key.columns : [key.primaryKeyColumn];
    const wanted = new Set([...(key.reads ?? []), ...key.columns, ...names]);
    const read = columns.filter(({ name }) => key.reads === undefined || wanted.has(name));
    const list = (read.length === 0 ? columns : read).map((column) => this.#server.selected(column)).join(', ');
    const order =
      saysItsOrder(relation) || names.length === 0
        ? ''
        : ` order by ${names.map((one) => this.#server.quoted(one)).join(', ')}`;
    const limit = relation.first === undefined ? '' : ` limit ${relation.first}`;
    return `select ${list} from ${this.#from(relation)}${order}${limit}`;
  }

  #from(relation: Relation): string {
    const { table, query } = relation;
    if (query !== undefined) return `(\n${requireQuery(query, whereOf(relation))}\n) as source`;
    const parts = tableParts(table ?? '');
    if (parts !== undefined) return parts.map((part) => this.#server.quoted(part)).join('.');
    throw invalidSource(
      `${whereOf(relation)}: ${JSON.stringify(table)} is not the name of a table; expected up to three parts with dots between them, ` +
        'and double quotes around a part that holds a dot or a quote',
    );
  }
}

const whereOf = ({ path, query }: Relation): string => `${path}.${query === undefined ? 'table' : 'query'}`;

function requireQuery(query: string, where: string): string {
  const text = query.trim().replace(/;\s*$/, '');
  if (/^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(select|with|values|from|\()/i.test(text)) return text;
  throw invalidSource(`${where}: expected one SELECT statement`);
}

/** Whether an ORDER BY stands in a query, outside of any parentheses. */
function saysItsOrder({ query = '' }: Relation): boolean {
  let text = plainText(query);
  for (let inner = ''; inner !== text; ) {
    inner = text;
    text = text.replace(/\([^()]*\)/g, ' ');
  }
  return /\border\s+by\b/i.test(text);
}

/** A query without its comments and without what its texts say. */
const plainText = (query: string): string =>
  query.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').replace(/'(?:[^'\\]|\\.|'')*'/g, "''");

const named = (table: string): string => timeless(table.toLowerCase());

/** What stands after FROM and JOIN in a query, as it is written. */
function tablesIn(query: string): readonly string[] {
  const text = plainText(query);
  const names = [
    ...text.matchAll(/\b(?:from|join)\s+((?:[\w$]+|"[^"]+"|`[^`]+`)(?:\s*\.\s*(?:[\w$]+|"[^"]+"|`[^`]+`))*)/gi),
  ];
  return [...new Set(names.map(([, name]) => named(name!.replace(/[\s"`]/g, ''))))].sort();
}
