// A program of somebody else: compiled against the published types, and run against the published modules.
import { ConfigFailure, type Outcome, type RunSummary, run, sync, version } from 'destination-apollo';
import { type Destination, type RunConfig, runsOf, ConfigFailure as SameFailure } from 'destination-apollo/cdk';
import { startEmulator } from 'destination-apollo/emulator';
import { type ConformanceCheck, conformance, VirtualClock } from 'destination-apollo/testing';

const emulator = await startEmulator({ plan: 'unlimited' });
const config = {
  credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
  api_base_url: emulator.url,
  source: { type: 'duckdb' },
  state: { type: 'none' },
  streams: [{ name: 'people', object: 'contacts', query: "select 'ann@acme.example' as email" }],
};
const summary: RunSummary = await run(config, { signal: AbortSignal.timeout(60_000) });
if (summary.status !== 'succeeded' || emulator.store.contacts.size !== 1) throw new Error('The contact is not there.');

for await (const event of sync(config)) {
  if (event.type !== 'finished') continue;
  const { created }: { created: number } = event.summary.streams[0]!;
  if (created !== 0) throw new Error('The contact was made twice.');
}
await emulator.close();

// A class is one class, whichever entry it comes through.
const refused: unknown = await run({}).catch((error: unknown) => error);
if (!(refused instanceof ConfigFailure) || !(refused instanceof SameFailure)) throw new Error('Not a ConfigFailure.');

// What must not compile, does not.
// @ts-expect-error A status is one of seven.
const none: Outcome = { status: 'done' };
// @ts-expect-error A run is stopped by a signal.
const wrong: Promise<RunSummary> = run(config, { signal: 1 });
wrong.catch(() => {});

export const checks = (destination: Destination<RunConfig>): readonly ConformanceCheck[] =>
  conformance({ destination, start: () => Promise.reject(new Error('Not started.')) });
console.log(version, none.status, typeof runsOf, new VirtualClock().now() > 0);
