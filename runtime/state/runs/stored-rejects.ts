import { BIGINT, type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { examplesKept, type RejectGroup } from '../../facts/reject-samples.ts';
import type { StreamReport } from '../../facts/report.ts';
import { stateTable } from '../schema.ts';

// More reasons than a person reads.
const groupsRead = 200;

/**
 * Why rows of a run were rejected, the most frequent reason first. Counted where they are: however many there are, only
 * the examples are read.
 */
export async function storedRejects(
  connection: DuckDBConnection,
  runId: string,
  streams: readonly StreamReport[],
): Promise<readonly RejectGroup[]> {
  const found = await connection.runAndReadAll(
    `select stream, code, field, endpoint, http_status, count(*)::double as rows, min(place, ${examplesKept})
     from ${stateTable('rejects')} where run_id = $1
     group by stream, code, field, endpoint, http_status order by rows desc, min(place) limit ${groupsRead}`,
    [runId],
    [VARCHAR],
  );
  const groups = found.getRowsJS() as unknown as readonly GroupRow[];
  const examples = await examplesOf(
    connection,
    runId,
    groups.flatMap((group) => group[6]),
  );
  const fresh = groups.map(([stream, code, field, endpoint, http_status, rows, places]) => ({
    stream,
    code,
    field,
    endpoint,
    http_status,
    isKnown: false,
    rows,
    examples: places.flatMap((place) => examples.get(place) ?? []),
  }));
  return [...fresh, ...(await knownRejects(connection, streams, fresh))];
}

type GroupRow = readonly [
  stream: string,
  code: string,
  field: string | null,
  endpoint: string | null,
  http_status: number | null,
  rows: number,
  places: readonly bigint[],
];

async function examplesOf(
  connection: DuckDBConnection,
  runId: string,
  places: readonly bigint[],
): Promise<ReadonlyMap<bigint, RejectGroup['examples'][number]>> {
  const found = await connection.runAndReadAll(
    `select place, primary_key, message, destination_id, record from ${stateTable('rejects')}
     where run_id = $1 and place in (select unnest($2))`,
    [runId, listValue([...places])],
    [VARCHAR, LIST(BIGINT)],
  );
  return new Map(
    found.getRows().map(([place, key, message, destination, record]) => [
      place as bigint,
      {
        primary_key: textOf(key),
        message: String(message),
        destination_id: textOf(destination),
        record: record === null ? undefined : JSON.parse(String(record)),
      },
    ]),
  );
}

/** Of what was rejected before, and is as it was, a run keeps only counts: the reason stands with what is known of the row. */
async function knownRejects(
  connection: DuckDBConnection,
  streams: readonly StreamReport[],
  fresh: readonly RejectGroup[],
): Promise<readonly RejectGroup[]> {
  const missing = streams.flatMap(({ name, reject_codes }) =>
    Object.entries(reject_codes).flatMap(([code, count]) => {
      const counted = fresh.filter((group) => group.stream === name && group.code === code);
      const rows = count - counted.reduce((sum, group) => sum + group.rows, 0);
      return rows > 0 ? [{ stream: name, code, rows }] : [];
    }),
  );
  const groups: RejectGroup[] = [];
  for (const { stream, code, rows } of missing) {
    const found = await connection.runAndReadAll(
      `select primary_key, message, coalesce(
         (select max_by(destination_id, "at") from ${stateTable('rejects')} as logged
          where logged.stream = record.stream and logged.primary_key = record.primary_key), destination_id)
       from ${stateTable('records')} as record
       where stream = $1 and code = $2 and outcome = 'rejected' order by primary_key limit ${Math.min(rows, examplesKept)}`,
      [stream, code],
      [VARCHAR, VARCHAR],
    );
    const examples = found.getRows().map(([key, message, destination]) => ({
      primary_key: textOf(key),
      message: String(message),
      destination_id: textOf(destination),
    }));
    groups.push({ stream, code, field: null, endpoint: null, http_status: null, isKnown: true, rows, examples });
  }
  return groups;
}

const textOf = (value: unknown): string | null => (value === null ? null : String(value));
