import { ConfigFailure } from '../../contract/failure.ts';
import type { Settled } from '../../contract/record.ts';
import { literal } from '../../duckdb/sql.ts';
import { TextAppender } from '../../duckdb/text-appender.ts';
import type { WorkDatabase, WorkTable } from '../../duckdb/work-database.ts';
import type { FileFormat } from '../../state/file/file-formats.ts';
import { writeFiles } from '../../state/file/files.ts';

const formats: Readonly<Record<string, FileFormat>> = { csv: 'csv', parquet: 'parquet' };

/** What a preview says of each row, kept outside memory until it is written to a file. */
export class PreviewRows {
  readonly #work: WorkDatabase;
  readonly #table: WorkTable;
  readonly #connection: Awaited<ReturnType<WorkDatabase['connect']>>;
  readonly #appender: TextAppender;
  /** SELECTs of rows that are as they were, by stream: they are not read one by one. */
  readonly #unread: string[] = [];
  #count = 0;

  private constructor(
    work: WorkDatabase,
    table: WorkTable,
    connection: Awaited<ReturnType<WorkDatabase['connect']>>,
    appender: TextAppender,
  ) {
    this.#work = work;
    this.#table = table;
    this.#connection = connection;
    this.#appender = appender;
  }

  static async open(work: WorkDatabase): Promise<PreviewRows> {
    const table = work.newTable('preview_rows');
    const connection = await work.connect();
    await connection.run(`create table ${table.sql} (place bigint, row varchar)`);
    return new PreviewRows(work, table, connection, await TextAppender.to(connection, table));
  }

  /** Takes a row of a stream; `unsure` where only the destination knows its outcome. */
  add(stream: string, settled: Settled, how: 'sure' | 'unsure'): void {
    this.#count += 1;
    this.#appender.append(this.#count, JSON.stringify({ stream, ...rowOf(settled, how) }));
  }

  /** Takes the rows of a stream that are as they were: a SELECT of `primary_key`, `destination_id` and `outcome`. */
  addUnread(stream: string, rows: string): void {
    this.#unread.push(
      `select ${literal(stream)} as stream, primary_key,
         case when outcome in ('skipped', 'superseded') then outcome else 'unchanged' end as outcome, null as code,
         null as message, destination_id, null as conflict_id, null as changes, null as decision
       from (${rows})
       where primary_key not in (
         select json_extract_string(row, '$.primary_key') from ${this.#table.sql}
         where json_extract_string(row, '$.stream') = ${literal(stream)} and json_extract_string(row, '$.primary_key') is not null)`,
    );
  }

  /** Writes them to a file, that of its name's ending. Throws ConfigFailure where that cannot be. */
  async write(path: string): Promise<void> {
    this.#appender.close();
    const read = COLUMNS.map((name) => `json_extract_string(row, '$.${name}') as ${name}`).join(', ');
    const sql = [`select ${read} from (from ${this.#table.sql} order by place)`, ...this.#unread].join(' union all ');
    try {
      await writeFiles(this.#connection, [{ sql, path, format: formatOf(path) }], '--rows');
    } finally {
      this.#work.release(this.#connection);
    }
  }
}

const COLUMNS = [
  ...['stream', 'primary_key', 'outcome', 'code', 'message', 'destination_id', 'conflict_id', 'changes', 'decision'],
] as const;

/** The format of a file, by its name's ending. Throws ConfigFailure for another one. */
export function formatOf(path: string): FileFormat {
  const format = formats[path.slice(path.lastIndexOf('.') + 1).toLowerCase()];
  if (format !== undefined) return format;
  throw new ConfigFailure(`--rows ${path}: expected a file that ends in .csv or .parquet.`, { code: 'invalid_target' });
}

function rowOf({ primaryKey, outcome, id, values, changes = [] }: Settled, how: 'sure' | 'unsure') {
  const rejection = outcome.status === 'rejected' ? outcome.rejection : undefined;
  const said = rejection ?? (outcome.status === 'deferred' ? outcome : undefined);
  const isNew = outcome.status === 'created';
  const given = Object.entries((values ?? {}) as object).map(([field, after]) => ({ field, before: '', after }));
  return {
    primary_key: primaryKey,
    outcome: how === 'sure' ? outcome.status : 'unknown',
    code: said?.code,
    message: said?.message,
    destination_id: isNew || id?.startsWith('estimated ') ? undefined : id,
    conflict_id: rejection?.destinationId,
    changes: how === 'sure' ? (isNew ? given : changes).map(changeText).join('; ') : undefined,
  };
}

const changeText = ({ field, before, after }: { field: string; before?: unknown; after?: unknown }): string =>
  `${field}: ${textOf(before)} → ${textOf(after)}`;

const textOf = (value: unknown): string =>
  Array.isArray(value) ? value.join(', ') : value === undefined || value === null ? '' : String(value);
