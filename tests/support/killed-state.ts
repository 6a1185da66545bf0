import type { DuckDBConnection } from '@duckdb/node-api';
import type { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import type { RunOptions } from '../../runtime/run/run-options.ts';
import type { CommitLimits } from '../../runtime/state/commits.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';

// What stores of several runs have of their own, or one with a single run; the statements of a transaction tell nothing either.
const ofTheKind = /^(begin|rollback)$|quota_windows|\$lease\$/;

/**
 * A run that is as good as killed once its state store has made so many commits that tell of rows: nothing is committed after that,
 * and no request is begun. What the kill of a process does beyond that, `crash.ts` tries.
 */
export function killedState(
  afterCommits: number,
  commits?: CommitLimits,
): Required<Pick<RunOptions, 'openState' | 'run'>> {
  const run = new AbortController();
  const killed = new Error('The run is killed here.');
  let left = Number.POSITIVE_INFINITY;
  let tells = false;
  const watch = (connection: DuckDBConnection): DuckDBConnection => {
    const { run: statement, createAppender } = connection;
    connection.run = async (sql, ...more) => {
      if (left <= 0) {
        run.abort(killed);
        throw killed;
      }
      if (sql === 'commit' && tells) left--;
      tells = sql === 'commit' ? false : tells || !ofTheKind.test(sql);
      return statement.call(connection, sql, ...more);
    };
    connection.createAppender = (table, ...more) => {
      tells ||= !ofTheKind.test(table);
      return createAppender.call(connection, table, ...more);
    };
    return connection;
  };
  const openState: typeof StateDatabase.open = async (work: WorkDatabase, options) => {
    const connect = work.connect;
    work.connect = async () => watch(await connect.call(work));
    try {
      const state = await StateDatabase.open(work, { ...options, commits });
      // What opening commits is the business of the run before.
      left = afterCommits;
      return state;
    } finally {
      work.connect = connect;
    }
  };
  return { openState, run };
}
