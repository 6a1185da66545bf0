import type { DuckDBConnection } from '@duckdb/node-api';
import type { Change } from '../contract/change.ts';
import type { Clock } from '../contract/clock.ts';
import { isFinal } from '../contract/outcome.ts';
import type { Settled, SourceRow } from '../contract/record.ts';
import type { Known, StateStore } from '../contract/state-store.ts';
import { texts } from '../duckdb/parameters.ts';
import { countOf, literal } from '../duckdb/sql.ts';
import { changesOf } from './changes.ts';
import type { Commits } from './commits.ts';
import { everyRecord } from './compact.ts';
import { keptRun } from './runs/kept-run.ts';
import { runNamed } from './runs/run-named.ts';
import { stateTable } from './schema.ts';

/** A run that is to be undone, by another one. */
interface Undone {
  readonly undone: string;
  readonly runId: string;
  readonly clock: Clock;
}

/** What a run has changed, and no run has undone yet. */
interface ChangesOfRun {
  readonly runId: string;
  /** Records that it has created: nothing gives those back. */
  readonly created: number;
  /** Records that it has created and not finished, nor has a later run: they stay as well. */
  readonly unfinished: number;
  readonly streams: readonly ChangedStream[];
}

/** As much, in one stream. */
interface ChangedStream {
  readonly stream: string;
  readonly fields: readonly string[];
  /** One row a record: `primary_key`, `destination_id`, `changes`. */
  readonly rows: readonly SourceRow[];
}

const changes = stateTable('changes');

/**
 * What a run has changed and no run has undone yet. The beginning of its id is enough. A field that it wrote twice counts
 * from the first to the last. What was written last comes first: it may have replaced what another stream had written.
 * Throws ConfigFailure where there was no such run.
 */
export async function changesOfRun(connection: DuckDBConnection, named: string): Promise<ChangesOfRun> {
  const runId = await runNamed(connection, named);
  const { created = 0 } = (await keptRun(connection, runId)) ?? {};
  const found = await connection.runAndReadAll(
    `select stream, primary_key, destination_id,
       cast(json_group_array(json_object('field', field, 'before', cast(before as json), 'after', cast("after" as json))) as varchar)
     from (select stream, primary_key, destination_id, field, arg_min_null(before, place) as before, max_by("after", place) as "after",
         max(place) as place
       from ${changes} where run_id = ${literal(runId)} and undone_by is null group by all)
     group by all order by max(place) desc`,
  );
  const streams = new Map<string, SourceRow[]>();
  for (const [stream, primaryKey, id, text] of found.getRows()) {
    const rows = streams.get(String(stream)) ?? [];
    streams.set(String(stream), rows);
    const row = { primary_key: String(primaryKey), destination_id: String(id), changes: listOf(String(text)) };
    rows.push({ position: rows.length, row, known: null });
  }
  const unfinished = await unfinishedOfRun(connection, runId);
  return {
    runId,
    created,
    unfinished,
    streams: [...streams].map(([stream, rows]) => ({ stream, fields: fieldsOf(rows), rows })),
  };
}

const unfinishedOfRun = (connection: DuckDBConnection, runId: string): Promise<number> =>
  countOf(connection, `from (${everyRecord}) where unfinished and run_id = ${literal(runId)}`);

const fieldsOf = (rows: readonly SourceRow[]): readonly string[] => [
  ...new Set(rows.flatMap(({ row }) => (row['changes'] as readonly Change[]).map(({ field }) => field))),
];

const listOf = (text: string): readonly Change[] =>
  (JSON.parse(text) as (Change & { before: unknown })[]).map(({ field, before, after }) =>
    before === null ? { field, after } : { field, before, after },
  );

/**
 * What is learned while a run is undone. Rows stay as they were settled, so that the next run does not write again what was
 * just taken back; of their records only the values change.
 */
export class UndoState implements StateStore {
  readonly #connection: DuckDBConnection;
  readonly #commits: Commits;
  readonly #stream: string;
  readonly #options: Undone;

  constructor(connection: DuckDBConnection, commits: Commits, stream: string, options: Undone) {
    this.#connection = connection;
    this.#commits = commits;
    this.#stream = stream;
    this.#options = options;
  }

  async recall(): Promise<ReadonlyMap<string, Known>> {
    return new Map();
  }

  /** What was restored and is not known for it is found out by reading it again. */
  async intend(): Promise<undefined> {
    return undefined;
  }

  async record(settled: readonly Settled[]): Promise<void> {
    const { runId, clock } = this.#options;
    const of = { stream: this.#stream, runId, at: clock.now() };
    await this.#commits.add({ changes: settled.flatMap((one) => changesOf(one, of)) });
    const ended = settled.filter(({ outcome }) => isFinal(outcome) && outcome.status !== 'rejected');
    const learned = settled.filter(({ values }) => values !== undefined);
    await this.#commits.transact(async () => {
      await this.#keepValues(learned);
      await this.#markUndone(ended);
    });
  }

  async #keepValues(settled: readonly Settled[]): Promise<void> {
    await this.#connection.run(
      `update ${stateTable('records')} as record
       set "values" = cast(json_merge_patch(coalesce(cast(record."values" as json), '{}'), cast(learned.text as json)) as varchar)
       from (select unnest($1) as id, unnest($2) as text) as learned
       where record.stream = ${literal(this.#stream)} and record.destination_id = learned.id`,
      ...texts(
        settled.map(({ id = '' }) => id),
        settled.map(({ values }) => JSON.stringify(values)),
      ),
    );
  }

  async #markUndone(settled: readonly Settled[]): Promise<void> {
    const { undone, runId } = this.#options;
    // What a later run has changed is given back once that one is undone.
    const kept = settled.flatMap(({ primaryKey = '', leftAlone = [] }) =>
      leftAlone.map((field) => [primaryKey, field] as const),
    );
    await this.#connection.run(
      `update ${changes} set undone_by = ${literal(runId)}
       where run_id = ${literal(undone)} and stream = ${literal(this.#stream)} and primary_key in (select unnest($1))
         and (primary_key, field) not in (select (unnest($2), unnest($3)))`,
      ...texts(
        settled.map(({ primaryKey = '' }) => primaryKey),
        kept.map(([key]) => key),
        kept.map(([, field]) => field),
      ),
    );
  }
}
