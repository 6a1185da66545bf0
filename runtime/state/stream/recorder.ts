import type { Settled } from '../../contract/record.ts';
import { texts } from '../../duckdb/parameters.ts';
import { literal } from '../../duckdb/sql.ts';
import { rejectLine } from '../../facts/reject-line.ts';
import { changesOf } from '../changes.ts';
import { lostBy, overwritten } from '../compact.ts';
import { nextPlace } from '../next-place.ts';
import type { TableRow } from '../tables.ts';
import { entryOf } from './entry.ts';
import type { Intentions } from './intentions.ts';
import { conflictOf } from './kept-decisions.ts';
import type { StreamStateOptions } from './stored-rows.ts';

/** What is remembered of a record that may hold another row's values. */
const unknownValues = { row_hash: null, fingerprint: null, values: null } as const;

/** Writes what has become of the rows of one stream. */
export class Recorder {
  readonly #options: StreamStateOptions;
  readonly #intentions: Intentions;
  /** Whether rows may come to records that others have: not where nothing was known of the stream before this run. */
  mayShare = true;
  /** The records that rows have learned of since the last commit. */
  readonly #learned = new Map<string, string>();
  /** Records that rows without them have written to in this run. */
  readonly #overwritten = new Set<string>();

  constructor(options: StreamStateOptions, intentions: Intentions) {
    this.#options = options;
    this.#intentions = intentions;
  }

  /** Resolves when there is room for more. `as` replaces options: rows that are gone have a writer of their own. */
  async record(
    settled: readonly Settled[],
    as: {
      readonly version?: string | undefined;
      readonly isRemoval?: boolean;
      readonly aheadMs?: number | undefined;
    } = {},
  ): Promise<void> {
    const { commits, stream, version, runId, clock, began, isRemoval } = { isRemoval: false, ...this.#options, ...as };
    const at = clock.now();
    const { aheadMs = 0 } = as;
    const confirmed = { from: began + aheadMs, at: at + aheadMs };
    const overwrote = settled.flatMap(({ overwrote: id }) => id ?? []);
    for (const id of overwrote) this.#overwritten.add(id);
    const fresh: TableRow<'records'>[] = [];
    const changed: TableRow<'journal'>[] = [];
    for (const one of settled) {
      const known = entryOf(one, { stream, version, runId, at, confirmed, isRemoval });
      if (known === undefined) continue;
      const entry = this.#overwritten.has(known.destination_id ?? '') ? { ...known, ...unknownValues } : known;
      // A row that the comparison found to be new has no other entry, and none comes to it in this run.
      if (one.known === null) fresh.push(entry);
      else changed.push(entry);
    }
    const ended = this.#intentions.endedBy(settled);
    const conflicts = settled.flatMap((one) => conflictOf(one, { stream, runId, at }));
    const rejects = settled.flatMap((one) => rejectOf(one, runId, stream, at));
    const changes = settled.flatMap((one) => changesOf(one, { stream, runId, at }));
    this.mayShare ||= settled.some(({ revises }) => revises !== undefined);
    const learned = this.mayShare ? settled.filter(isLearned) : [];
    for (const { id, primaryKey } of learned) this.#learned.set(id!, primaryKey!);
    await commits?.add(
      { records: fresh, journal: changed, rejects, changes, conflicts },
      ended,
      learned.length + overwrote.length === 0 ? undefined : () => this.#letGo(at, overwrote),
    );
  }

  /**
   * Has rows let go of records that others have learned of: of two rows that came to one record, the last one has it. What was
   * overwritten is written again by the next run.
   */
  async #letGo(at: number, overwrote: readonly string[]): Promise<void> {
    const { connection, stream, runId } = this.#options;
    if (overwrote.length > 0) {
      const forgotten = overwritten(literal(stream), nextPlace(at, overwrote.length));
      await connection.run(forgotten, ...texts(overwrote));
    }
    const [ids, keys] = [[...this.#learned.keys()], [...this.#learned.values()]];
    this.#learned.clear();
    if (ids.length === 0) return;
    const lost = lostBy(literal(stream), { seq: nextPlace(at, ids.length), at, runId });
    await connection.run(lost, ...texts(ids, keys));
  }
}

function rejectOf(settled: Settled, runId: string, stream: string, at: number): TableRow<'rejects'>[] {
  if (settled.isKnownReject) return [];
  const line = rejectLine(settled, runId, stream, at);
  return line === undefined
    ? []
    : [{ ...line, record: JSON.stringify(line.record), at, in_file: false, place: nextPlace(at) }];
}

/** Whether a row has a record by now that the state store did not know it by. */
const isLearned = ({ id, known, primaryKey, outcome }: Settled): boolean =>
  id !== undefined && primaryKey !== undefined && outcome.status !== 'superseded' && id !== known?.id;
