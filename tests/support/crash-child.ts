// The real command, which kills itself: node crash-child.mjs '{"at":"commit","n":3}' sync --config FILE
import { subscribe } from 'node:diagnostics_channel';
import { DuckDBConnection } from '@duckdb/node-api';

const die = JSON.parse(process.argv.splice(2, 1)[0]!) as { at: string; n: number };
const counts: Record<string, number> = {};

/** Ends this process as a power cut would, the nth time that it comes by this place. */
function pass(place: string): void {
  counts[place] = (counts[place] ?? 0) + 1;
  if (die.at === place && counts[place] === die.n) process.kill(process.pid, 'SIGKILL');
}

// Only the state store commits.
const { run } = DuckDBConnection.prototype;
DuckDBConnection.prototype.run = async function (this: DuckDBConnection, sql, ...more) {
  if (sql === 'commit') pass('commit');
  const result = await run.call(this, sql, ...more);
  if (sql === 'commit') pass('committed');
  return result;
};

// An answer is there, and no one has seen it yet (undici, docs/api/DiagnosticsChannel.md).
subscribe('undici:request:trailers', () => pass('answered'));

await import('../../connector/main.ts');
