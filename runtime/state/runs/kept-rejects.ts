import type { DuckDBConnection } from '@duckdb/node-api';
import { nearest } from '../../config/near-names.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import { identifier, literal } from '../../duckdb/sql.ts';
import { everyRecord } from '../compact.ts';
import type { FileFormat } from '../file/file-formats.ts';
import { writeFiles } from '../file/files.ts';
import { found, iso } from '../file/look.ts';
import { requireStream } from '../known-streams.ts';
import { stateTable } from '../schema.ts';
import { lastRuns } from './past-runs.ts';
import { runNamed } from './run-named.ts';

/** Which rejected rows. */
interface RejectFilter {
  readonly stream?: string | undefined;
  readonly code?: string | undefined;
  /** The id of the run that rejected them: from the log, also where the row has been corrected since. */
  readonly runId?: string | undefined;
  /** Rejected at that time or later, as SQL reads a timestamp. */
  readonly since?: string | undefined;
  /** The log of all runs, instead of the rows that stand as rejected now. */
  readonly all: boolean;
}

/** Rejected rows of one stream that share a code. */
interface RejectGroup {
  readonly stream: string;
  readonly code: string;
  readonly rows: number;
  readonly last_at: string;
  /** The message of one of them. */
  readonly message: string;
}

const columns = `run_id, stream, primary_key, code, message, field, endpoint, http_status, attempts, retryable, record, "at",
  destination_id`;
const log = stateTable('rejects');

/**
 * The rows that stand as rejected now, each once. Rows without a primary key have no name to remember them by: they stand
 * as long as the last run of their stream has rejected them.
 */
const standing = `
  select record.run_id, record.stream, record.primary_key, record.code, record.message, logged.field, logged.endpoint,
    logged.http_status, record.attempts, coalesce(logged.retryable, false) as retryable, logged.record,
    record.settled_at as "at", coalesce(logged.destination_id, record.destination_id) as destination_id
  from (${everyRecord}) as record
  left join (
    from ${log} where primary_key is not null
    qualify row_number() over (partition by stream, primary_key order by "at" desc) = 1) as logged
  on logged.stream = record.stream and logged.primary_key = record.primary_key
  where record.outcome = 'rejected'
  union all
  select ${columns} from ${log}
  where primary_key is null and (stream, run_id) in (select (stream, run_id) from (${lastRuns}))`;

/** A SELECT of rejected rows, as the lines of the rejects file have them. */
function rejectsSql({ stream, code, runId, since, all }: RejectFilter): string {
  const conditions = [
    ...(stream === undefined ? [] : [`stream = ${literal(stream)}`]),
    ...(code === undefined ? [] : [`code = ${literal(code)}`]),
    ...(runId === undefined ? [] : [`run_id = ${literal(runId)}`]),
    ...(since === undefined ? [] : [`"at" >= timestamp ${literal(since)}`]),
  ];
  const from = all || runId !== undefined ? `select ${columns} from ${log}` : standing;
  return `select ${columns} from (${from}) where ${['true', ...conditions].join(' and ')}`;
}

/**
 * A filter as it was asked for, with the id of the run that was named. Throws ConfigFailure for a run, a stream or a code that
 * is not there; `codes` are those that there may be, beside those that are kept.
 */
export async function requireRejectFilter(
  connection: DuckDBConnection,
  filter: RejectFilter,
  codes: readonly string[],
): Promise<RejectFilter> {
  const { stream, code, runId } = filter;
  if (stream !== undefined) await requireStream(connection, stream);
  if (code !== undefined) await requireCode(connection, code, codes);
  return runId === undefined ? filter : { ...filter, runId: await runNamed(connection, runId) };
}

async function requireCode(connection: DuckDBConnection, code: string, codes: readonly string[]): Promise<void> {
  const rows = await found(
    connection,
    `select distinct code from ${log} union select code from (${everyRecord}) where outcome = 'rejected' order by code`,
  );
  const kept = rows.map((row) => String(row['code']));
  if (kept.includes(code) || codes.includes(code)) return;
  const near = nearest(code, [...kept, ...codes]);
  const has = kept.length === 0 ? 'no row stands or stood rejected' : `there are ${kept.join(', ')}`;
  const hint = near === undefined ? has : `did you mean ${near}?`;
  throw new ConfigFailure(`--code ${code}: no such code; ${hint}`, { code: 'unknown_code' });
}

/** Rejected rows by stream and code, most first. */
export async function rejectGroups(
  connection: DuckDBConnection,
  filter: RejectFilter,
): Promise<readonly RejectGroup[]> {
  const rows = await found(
    connection,
    `select stream, code, count(*)::double as rows, ${iso('max("at")')} as last_at, max_by(message, "at") as message
     from (${rejectsSql(filter)}) group by stream, code order by rows desc, stream, code`,
  );
  return rows as unknown as readonly RejectGroup[];
}

/** Lines as those of the rejects file, newest first. */
export async function rejectLines(
  connection: DuckDBConnection,
  filter: RejectFilter,
  limit: number | undefined,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await found(
    connection,
    `select * replace (${iso('"at"')} as "at") from (${rejectsSql(filter)}) order by "at" desc, stream, primary_key
     ${limit === undefined ? '' : `limit ${limit}`}`,
  );
  return rows.map((row) => ({ ...row, record: row['record'] === null ? null : JSON.parse(String(row['record'])) }));
}

/** Writes rejected rows to a file, with their values, oldest first; returns how many. */
export async function exportRejects(
  connection: DuckDBConnection,
  filter: RejectFilter,
  file: { readonly path: string; readonly format: FileFormat },
): Promise<number> {
  const from = rejectsSql(filter);
  const text = `replace (${iso('"at"')} as "at"${file.format === 'jsonl' ? ', cast(record as json) as record' : ''})`;
  const what = {
    parquet: () => '*',
    jsonl: () => `* ${text}`,
    csv: async () =>
      `* exclude (record) ${text}${(await rowColumns(connection, from)).map((one) => `, ${one}`).join('')}`,
  };
  const sql = `select ${await what[file.format]()} from (${from}) as reject order by reject."at", stream, primary_key`;
  const [count = 0] = await writeFiles(connection, [{ ...file, sql }]);
  return count;
}

/**
 * The columns that the rejected rows of a SELECT had, as select expressions, in the order in which they first stand in a row.
 * One whose name a reject has itself is called `row_NAME`.
 */
async function rowColumns(connection: DuckDBConnection, from: string): Promise<readonly string[]> {
  const rows = await found(
    connection,
    `select name, min(place) as place from (
       select unnest(json_keys(record)) as name, generate_subscripts(json_keys(record), 1) as place
       from (${from}) where json_type(record) = 'OBJECT')
     group by name order by 2, 1`,
  );
  const taken = new Set(columns.split(',').map((name) => name.trim().replaceAll('"', '')));
  return rows.map(({ name }) => {
    let alias = String(name) || 'row_';
    while (taken.has(alias.toLowerCase())) alias = `row_${alias}`;
    taken.add(alias.toLowerCase());
    const pointer = `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return `record ->> ${literal(pointer)} as ${identifier(alias)}`;
  });
}
