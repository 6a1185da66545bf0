import type { DuckDBConnection } from '@duckdb/node-api';
import { rowsWithin, slicesOf } from '../duckdb/slices.ts';
import { countOf, identifier, literal } from '../duckdb/sql.ts';
import { isLeft } from '../source/diff/moves.ts';
import type { Commits } from './commits.ts';
import { stateTable } from './schema.ts';
import { SAME_RECORD } from './stream/entry.ts';
import { RECORD } from './tables.ts';

const columns = Object.keys(RECORD).map(identifier).join(', ');

const [records, journal, intents] = [stateTable('records'), stateTable('journal'), stateTable('intents')];
const outcomes = stateTable('outcomes');

/** The SQL of a condition: an entry of the journal is the last one of its row, of those of this stream that are in `part`. */
const isLatest = (stream: string, part = 'true'): string =>
  `seq in (select max(seq) from ${journal} where stream = ${stream} and ${part} group by primary_key)`;

/** How many outcomes of a row are kept beside its last one. */
const KEPT_OUTCOMES = 10;

/**
 * Brings the journal of these streams, or of all, into `records`; statements of one transaction, so that a run that is killed half
 * way has compacted nothing.
 *
 * Outcomes are journalled since an update of scattered rows costs as much as reading the keys of all of them (measured:
 * 270 ms for 2,000 among 10,000,000, against 7 ms to append them).
 */
export async function compact(connection: DuckDBConnection, only?: readonly string[]): Promise<void> {
  const found = await connection.runAndReadAll(`select distinct stream from ${journal} where ${isAmong(only)}`);
  for (const [stream] of found.getRows()) {
    for (const sql of compactionOf(literal(String(stream)))) await connection.run(sql);
  }
}

// What a transaction deletes and groups is in memory until it ends: a journal of a million updates ran out of 48 MiB, which are enough
// for a tenth of them (measured, DuckDB 1.5.5).
const bytesOfEntry = 512;

/**
 * Brings journals that are large beside the memory into `records`, as if each part of one had been that of a run; `compact` then finds
 * nothing. Parts are made by what came first: what is deleted of scattered rows takes memory until the store is tidied up.
 */
export async function compactLarge(
  connection: DuckDBConnection,
  commits: Pick<Commits, 'read' | 'transact'>,
  { memoryBytes, only }: { readonly memoryBytes: number; readonly only?: readonly string[] | undefined },
): Promise<void> {
  const most = rowsWithin(memoryBytes, bytesOfEntry);
  const ask = (sql: string) => commits.read(async () => (await connection.runAndReadAll(sql)).getRows());
  const large = await ask(
    `select stream from ${journal} where ${isAmong(only)} group by stream having count(*) > ${most}`,
  );
  for (const [name] of large) {
    const stream = literal(String(name));
    for (const { from, to } of await slicesOf(`from ${journal} where stream = ${stream}`, 'seq', most, ask)) {
      await commits.transact(async () => {
        for (const sql of compactionOf(stream, `seq between ${from} and ${to}`)) await connection.run(sql);
      });
    }
  }
}

/** The SQL of a condition: the stream is one of these; any, where none are named. */
export const isAmong = (streams: readonly string[] | undefined, column = 'stream'): string =>
  streams === undefined ? 'true' : `${column} in (${['', ...streams].map(literal).join(', ')})`;

const past = 'stream, primary_key, run_id, outcome, code, message, settled_at as "at"';
// A row that was found to be as it was tells nothing new.
const isNews = `outcome <> 'unchanged'`;

/** The statements that bring the journal of one stream into `records`, or a part of it. */
function compactionOf(stream: string, part = 'true'): readonly string[] {
  const entries = `${journal} where stream = ${stream} and ${part}`;
  const isJournalled = `stream = ${stream} and primary_key in (select primary_key from ${entries})`;
  const isCompacted = `stream = ${stream} and place in (select place from temp.compacted)`;
  return [
    // Scattered rows are found once by their keys, which is what takes the time.
    `create or replace temp table compacted as select place from ${records} where ${isJournalled}`,
    // The last outcome of a row stands in `records`, so that one which never changes takes no room here.
    `insert into ${outcomes} by name
     select ${past}, place from ${records} where ${isNews} and ${isCompacted}
     union all by name
     select ${past}, seq as place from ${entries} and ${isNews} and not (${isLatest(stream, part)})`,
    `delete from ${outcomes} where stream = ${stream} and place in (
       select place from (
         select place, row_number() over (partition by primary_key order by "at" desc, place desc) as age
         from ${outcomes} where ${isJournalled})
       where age > ${KEPT_OUTCOMES})`,
    `delete from ${records} where ${isCompacted}`,
    // What stood for a record that no row had is nothing, once a row has it.
    `insert into ${records} (${columns}, place) select ${columns}, seq from ${entries}
     and ${isLatest(stream, part)} and not (${isLeft} and destination_id is null)`,
    `delete from ${entries}`,
  ];
}

/**
 * A SELECT of the rows whose records were about to be changed, where no run learned whether they were: `patch` is a JSON
 * merge patch that takes the fields in doubt out of `values`; null where all are in doubt. `keys` are the match keys that
 * they may have got.
 */
const openOf = (which: string): string => `
  select stream, primary_key, case when count(fields) = count(*) then '{' || string_agg(fields, ',') || '}' end as patch,
    list(match_key) as keys
  from (
    select stream, primary_key, match_key, array_to_string(
        list_transform(from_json(fields, '["varchar"]'), lambda name: cast(to_json(name) as varchar) || ':null'), ',') as fields
    from ${intents} where not creates and ${which})
  group by stream, primary_key`;

/** The SQL of what is still known of `values`, by a row of `open`. */
const undoubted = (values: string): string =>
  `case when patch is not null then cast(json_merge_patch(cast(${values} as json), cast(patch as json)) as varchar) end`;

/** The SQL of the match key that it is still known by, by a row of `open`: none, where it may have got another one. */
const undoubtedKey = (key: string): string =>
  `case when list_aggregate(list_transform(keys, lambda one: one is not null and one is distinct from ${key}), 'bool_or') then null else ${key} end`;

/**
 * The fields in doubt of a record that was about to be changed, where no run learned whether it was, are forgotten: its row is
 * looked at again, and these are written. Statements of one transaction, for these streams or all.
 */
export async function doubt(connection: DuckDBConnection, only?: readonly string[]): Promise<void> {
  const which = isAmong(only);
  if ((await countOf(connection, `from ${intents} where not creates and ${which}`)) === 0) return;
  await connection.run(
    `update ${records} as record set row_hash = null, fingerprint = null, "values" = ${undoubted('record."values"')},
       match_key = ${undoubtedKey('record.match_key')}
     from (${openOf(which)}) as open where record.stream = open.stream and record.primary_key = open.primary_key`,
  );
  await connection.run(`delete from ${intents} where not creates and ${which}`);
}

/** A SELECT of records of a stream, as `doubt` will leave them. */
export const doubted = (rows: string, stream: string): string => `
  select * exclude (patch, keys, is_open) replace (
    case when is_open is null then row_hash end as row_hash, case when is_open is null then fingerprint end as fingerprint,
    case when is_open is null then "values" else ${undoubted('"values"')} end as "values",
    case when is_open is null then match_key else ${undoubtedKey('match_key')} end as match_key)
  from (${rows}) left join (select primary_key, patch, keys, true as is_open from (${openOf(`stream = ${stream}`)})) using (primary_key)`;

/** A SELECT of `records` as they will be once the journal is compacted, with a `place` that tells them apart. */
export const compactedRecords = (stream: string): string => `
  select place, ${columns} from ${records}
  where stream = ${stream} and primary_key not in (select primary_key from ${journal} where stream = ${stream})
  union all
  select seq as place, ${columns} from ${journal} where stream = ${stream} and ${isLatest(stream)}`;

/** A SELECT of `records` of all streams, as they will be once the journal is compacted. */
export const everyRecord = `
  select ${columns} from ${records}
  where (stream, primary_key) not in (select (stream, primary_key) from ${journal})
  union all
  select ${columns} from ${journal}
  where (stream, seq) in (select (stream, max(seq)) from ${journal} group by stream, primary_key)`;

/** A statement that journals rows, `from` and `where` of a SELECT, as superseded. */
export const supersededBy = (rows: string, { seq, at, runId }: { seq: number; at: number; runId: string }): string => `
  insert into ${journal} by name
  select ${seq} - 1 + row_number() over () as seq, ${columns} from (
    select * replace ('superseded' as outcome, null as row_hash, null as fingerprint, null as "values", null as code,
      null as message, null as attempts, false as unfinished, make_timestamp(${at * 1000}) as settled_at,
      ${literal(runId)} as run_id) ${rows})`;

/** A statement that journals what is stored from now on of rows that have moved: a table with the columns of `records`. */
export const movedTo = (table: string, seq: number): string => `
  insert into ${journal} by name
  select ${seq} - 1 + row_number() over () as seq, ${columns} from ${table}`;

/** A statement that journals the rows which have lost their record: of the ids `$1`, to the rows of the primary keys `$2`. */
export const lostBy = (stream: string, { seq, at, runId }: { seq: number; at: number; runId: string }): string => `
  insert into ${journal} by name
  select ${seq} - 1 + row_number() over () as seq, ${columns} from (
    select lost.* replace ('superseded' as outcome, null as destination_id, null as "values",
      null as lists, '${SAME_RECORD}' as code, destination_id as message, null as attempts, false as unfinished,
      make_timestamp(${at * 1000}) as settled_at, ${literal(runId)} as run_id)
    from (${compactedRecords(stream)}) as lost
    join (select unnest($1) as id, unnest($2) as key) as learned on destination_id = id
    where primary_key <> key)`;

/** A statement that journals that nothing is known any more of what the records of the ids `$1` hold: they are written again. */
export const overwritten = (stream: string, seq: number): string => `
  insert into ${journal} by name
  select ${seq} - 1 + row_number() over () as seq, ${columns} from (
    select holder.* replace (null as row_hash, null as fingerprint, null as "values")
    from (${compactedRecords(stream)}) as holder
    where destination_id in (select unnest($1)) and not ${isLeft})`;

/** A statement that completes what is said of rows whose record another row has, in these streams or all. */
export const sayWho = (only?: readonly string[]): string => `
  update ${records} as record
  set message = record.message || ': the row with the primary key ' || holder.primary_key || ' has this record.'
  from ${records} as holder
  where record.code = '${SAME_RECORD}' and record.outcome = 'superseded' and not contains(record.message, ':')
    and ${isAmong(only, 'record.stream')} and holder.stream = record.stream and holder.destination_id = record.message`;

/** A statement that tells the newest id of each match key among `$1`, whichever stream has learned it. */
export const latestIds = `
  select match_key, arg_max(destination_id, settled_at) from (${everyRecord})
  where match_key in (select unnest($1)) and destination_id is not null group by match_key`;

/** A statement that tells by which match keys a run has had records among `$1` confirmed for rows of other streams than this one. */
export const confirmedElsewhere = (stream: string, runId: string): string => `
  select destination_id, arg_max(match_key, settled_at) from (${everyRecord})
  where run_id = ${runId} and stream <> ${stream} and destination_id in (select unnest($1)) and match_key is not null
    and outcome in ('created', 'updated', 'unchanged', 'skipped') group by destination_id`;

/** A SELECT of `records` while the journal holds nothing of the stream. */
export const plainRecords = (stream: string): string =>
  `select place, ${columns} from ${records} where stream = ${stream}`;
