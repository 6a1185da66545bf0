import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { literal } from '../../duckdb/sql.ts';
import { isLeft } from '../../source/diff/moves.ts';
import type { Commits } from '../commits.ts';
import { everyRecord } from '../compact.ts';
import { stateTable } from '../schema.ts';
import { isThere } from './is-there.ts';
import { type ListRemoval, type LookedAt, noteLookedAt, uncheckedRemovals } from './list-removals.ts';

const inventory = stateTable('inventory');

/** What a reading of an object leaves in doubt, until a read by id says how it is. */
export class Doubts {
  readonly #connection: DuckDBConnection;
  readonly #commits: Commits;

  constructor(connection: DuckDBConnection, commits: Commits) {
    this.#connection = connection;
    this.#commits = commits;
  }

  /** Ids of records that rows have and that search does not show any more, those first that it lacks for longest. */
  absent(object: string): Promise<readonly string[]> {
    return this.#commits.read(async () => {
      const found = await this.#connection.runAndReadAll(
        `select id from ${inventory}
         where object = ${literal(object)} and not ${isThere()} and gone_at is null and id in (
           select destination_id from (${everyRecord}) where outcome not in ('removed', 'superseded') and not ${isLeft})
         order by missing_since, id`,
      );
      return found.getRows().map(([id]) => String(id));
    });
  }

  /** Has others read before this one the next time: its answer has not told whether it is there. */
  postpone(object: string, id: string, at: number): Promise<void> {
    return this.#commits.transact(async () => {
      await this.#connection.run(
        // Behind all those that were found to be missing at the same time.
        `update ${inventory} set missing_since = make_timestamp(${at * 1000 + 1})
         where object = ${literal(object)} and id = ${literal(id)}`,
      );
    });
  }

  /** Notes that the destination does not have these records any more. */
  gone(object: string, ids: readonly string[], at: number): Promise<void> {
    return this.#commits.transact(async () => {
      await this.#connection.run(
        `update ${inventory} set gone_at = make_timestamp(${at * 1000})
         where object = ${literal(object)} and id in (select unnest($1))`,
        [listValue([...ids])],
        [LIST(VARCHAR)],
      );
    });
  }

  /** Removals from lists that no inventory has looked at since. */
  removals(object: string): Promise<readonly ListRemoval[]> {
    return this.#commits.read(() => uncheckedRemovals(this.#connection, object));
  }

  /** Notes what has become of them: those that were not done are made again by the next run. */
  lookedAt(removals: readonly LookedAt[], at: number): Promise<void> {
    return this.#commits.transact(() => noteLookedAt(this.#connection, removals, at));
  }
}
