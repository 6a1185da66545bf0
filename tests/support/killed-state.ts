import type { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import type { RunOptions } from '../../runtime/run/run-options.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';

/**
 * A run that is as good as killed once its state store has made so many commits: nothing is committed after that, and no
 * request is begun. What the kill of a process does beyond that, `crash.ts` tries.
 */
export function killedState(afterCommits: number): Required<Pick<RunOptions, 'openState' | 'run'>> {
  const run = new AbortController();
  const killed = new Error('The run is killed here.');
  let left = Number.POSITIVE_INFINITY;
  const openState: typeof StateDatabase.open = async (work: WorkDatabase, options) => {
    const connect = work.connect;
    work.connect = async () => {
      const connection = await connect.call(work);
      const { run: statement } = connection;
      connection.run = async (sql, ...more) => {
        if (left <= 0) {
          run.abort(killed);
          throw killed;
        }
        if (sql === 'commit') left--;
        return statement.call(connection, sql, ...more);
      };
      return connection;
    };
    try {
      const state = await StateDatabase.open(work, options);
      // What opening commits is the business of the run before.
      left = afterCommits;
      return state;
    } finally {
      work.connect = connect;
    }
  };
  return { openState, run };
}
