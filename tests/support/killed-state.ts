import type { DuckDBConnection } from '@duckdb/node-api';
import type { WorkDatabase } from '../../runtime/duckdb/work-database.ts';
import type { RunOptions } from '../../runtime/run/run-options.ts';
import type { CommitLimits } from '../../runtime/state/commits.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';

// What stores of several runs have of their own, or one with a single run.
const ofTheKind = /quota_windows|\$lease\$/;

/**
 * A run that is as good as killed once its state store has made so many commits that tell of rows: nothing is committed after that,
 * and no request is begun. What the kill of a process does beyond that, `crash.ts` tries.
 */
export function killedState(
  afterCommits: number,
  commits?: CommitLimits,
): Required<Pick<RunOptions, 'openState' | 'run'>> & { readonly kill: () => Promise<void> } {
  const run = new AbortController();
  const killed = new Error('The run is killed here.');
  let left = Number.POSITIVE_INFINITY;
  let state: StateDatabase | undefined;
  const watch = (connection: DuckDBConnection): DuckDBConnection => {
    const { run: whole, prepare } = connection;
    /** Whether the transaction that is open tells of rows; undefined where none is open. */
    let tells: boolean | undefined;
    let isWhole = false;
    const count = (sql: string): void => {
      if (left <= 0) {
        run.abort(killed);
        throw killed;
      }
      // A statement is a transaction by itself where none is open.
      if (sql === 'commit' ? tells : tells === undefined && sql.startsWith('insert')) left--;
      if (sql === 'begin') tells = false;
      else if (sql === 'commit' || sql === 'rollback') tells = undefined;
      else if (tells === false) tells = !ofTheKind.test(sql);
    };
    connection.run = async (sql, ...more) => {
      count(sql);
      isWhole = true;
      return whole.call(connection, sql, ...more).finally(() => {
        isWhole = false;
      });
    };
    connection.prepare = async (sql) => {
      const statement = await prepare.call(connection, sql);
      if (isWhole) return statement;
      const execute = statement.run.bind(statement);
      statement.run = async () => {
        count(sql);
        return execute();
      };
      return statement;
    };
    return connection;
  };
  const openState: typeof StateDatabase.open = async (work: WorkDatabase, options) => {
    const connect = work.connect;
    work.connect = async () => watch(await connect.call(work));
    try {
      state = await StateDatabase.open(work, { ...options, commits });
      // What opening commits is the business of the run before.
      left = afterCommits;
      return state;
    } finally {
      work.connect = connect;
    }
  };
  /** Kills it once what it has learned is committed, as far as it does not wait for more. */
  const kill = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (commits?.maxRows === 1) await state?.flush();
    }
    left = 0;
    run.abort(killed);
  };
  return { openState, run, kill };
}
