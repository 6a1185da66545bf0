// One run of `sync` that kills itself: node crash-child.mjs '{"json":…,"folder":…,"die":{"at":"commit","n":3}}'
import { apollo } from '../../connector/apollo.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { WorkDatabase } from '../../runtime/source/work-database.ts';
import { StateDatabase } from '../../runtime/state/state-database.ts';
import { sync } from '../../runtime/sync.ts';

const { json, folder, die } = JSON.parse(process.argv[2]!) as {
  json: unknown;
  folder: string;
  die: { at: string; n: number };
};

const counts: Record<string, number> = {};

/** Ends this process as a power cut would, the nth time that it comes by this place. */
function pass(place: string): void {
  counts[place] = (counts[place] ?? 0) + 1;
  if (die.at === place && counts[place] === die.n) process.kill(process.pid, 'SIGKILL');
}

const openState: typeof StateDatabase.open = (work: WorkDatabase, options) => {
  const connect = work.connect.bind(work);
  work.connect = async () => {
    const connection = await connect();
    const run = connection.run.bind(connection);
    connection.run = async (sql, ...more) => {
      if (sql === 'commit') pass('commit');
      const result = await run(sql, ...more);
      if (sql === 'commit') pass('committed');
      return result;
    };
    return connection;
  };
  return StateDatabase.open(work, options);
};

const around = {
  clock: systemClock,
  environment: {},
  version: '0.0.0',
  notice: () => undefined,
  watch: () => pass('answered'),
};
const options = { only: [], run: new AbortController(), source: { temporaryDirectory: folder }, openState };
for await (const event of sync(apollo, apollo.configure(json, 'sync', {}), options, around)) {
  if (event.type === 'finished')
    console.log(JSON.stringify({ counts, status: event.summary.status, error: event.summary.error }));
}
