import { type DuckDBConnection, VARCHAR } from '@duckdb/node-api';
import { nearest } from '../../config/near-names.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import { stateTable } from '../schema.ts';

/** The id of the run that was named by it, or by its beginning. Throws ConfigFailure where that fits no run, or several. */
export async function runNamed(connection: DuckDBConnection, named: string): Promise<string> {
  const found = await connection.runAndReadAll(
    `select run_id from ${stateTable('runs')} where starts_with(run_id, $1) order by run_id = $1 desc, started_at desc limit 6`,
    [named],
    [VARCHAR],
  );
  const fitting = found.getRows().map(([id]) => String(id));
  const [first] = fitting;
  if (first !== undefined && (first === named || fitting.length === 1)) return first;
  if (first !== undefined) {
    throw unknown(named, `more than one run has an id that begins so, such as ${listed(fitting)}; give more of it`);
  }
  const last = await connection.runAndReadAll(
    `select run_id from ${stateTable('runs')} order by started_at desc limit 1000`,
  );
  const known = last.getRows().map(([id]) => String(id));
  if (known.length === 0) throw unknown(named, 'the state store knows no run yet');
  // Two letters or fewer are near to the beginning of any id.
  const beginnings = named.length < 3 ? [] : known.map((id) => id.slice(0, named.length));
  const near = nearest(named, known) ?? nearest(named, beginnings);
  const meant = known.find((id) => near !== undefined && id.startsWith(near));
  const hint = meant === undefined ? `the last ones are ${listed(known)}` : `did you mean ${meant}?`;
  throw unknown(named, `the state store has no such run; ${hint}`);
}

const listed = (ids: readonly string[]): string => ids.slice(0, 5).join(', ');

const unknown = (named: string, why: string): ConfigFailure =>
  new ConfigFailure(`--run ${named}: ${why}`.replace(/(?<![.?])$/, '.'), { code: 'unknown_run' });
