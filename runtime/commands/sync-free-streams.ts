import { randomUUID } from 'node:crypto';
import type { RunConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { EXIT_CODES, EXIT_USAGE, exitCodeOf } from '../facts/exit-codes.ts';
import { chosenStreams } from '../run/chosen-streams.ts';
import type { RunOptions } from '../run/run-options.ts';
import { rememberedNames } from '../run/session.ts';
import { FreeStreams } from '../state/server/free-streams.ts';
import { errorText } from '../text/error-text.ts';
import type { SyncCommand, SyncSession } from './shared/sync-session.ts';

/** What `--stream` takes for any stream that no other worker has. */
const AUTO = 'auto';

/** Whether a command asks for the streams that are free; where a stream has that name, it is meant. */
export async function asksForFree<C extends RunConfig>({ options, configured }: SyncSession<C>): Promise<boolean> {
  if (!options.only.includes(AUTO)) return false;
  const { config } = await configured();
  return config.streams.every(({ name }) => name !== AUTO);
}

/** How one of the runs ended. */
interface Ended {
  readonly exitCode: number;
}

/**
 * Makes one run of each stream that is free, one after another, while other workers do the same: a stream is run by one of them.
 * Resolves with the exit code of the worst run; 0 where none was left.
 */
export async function syncFreeStreams<C extends RunConfig>(
  session: SyncSession<C>,
  command: SyncCommand,
  run: (options: RunOptions) => Promise<Ended>,
): Promise<number> {
  const { config } = await session.configured();
  const { options, destination } = session;
  requireAlone(command, options);
  const { state } = config;
  if (state?.type !== 'postgres') throw noLeases(state?.type ?? 'none');
  const streams = chosenStreams(config.streams, { ...options, only: [] }).map((index) => config.streams[index]!);
  const shared = streams.map((one) => ({ name: one.name, remembered: rememberedNames(destination, [one]) }));
  const free = await FreeStreams.open(state, shared, session.clock.now());
  const codes: number[] = [];
  try {
    for (;;) {
      const runId = randomUUID();
      const taken = options.run.signal.aborted ? undefined : await free.take(runId);
      if (taken === undefined) break;
      const { name, lease, release } = taken;
      const openState: RunOptions['openState'] = async (work, opening) => {
        // It loads DuckDB.
        const { StateDatabase } = await import('../state/state-database.ts');
        return StateDatabase.open(work, { ...opening, lease });
      };
      codes.push((await run({ ...options, runId, only: [name], openState }).finally(release)).exitCode);
    }
    if (codes.length === 0 && command.verbosity !== 'quiet') await session.output.error(nothingFree);
    return worst(codes);
  } catch (error) {
    if (codes.length === 0) throw error;
    await session.output.error(errorText(error));
    return worst([...codes, exitCodeOf({ thrown: error })]);
  } finally {
    await free.close();
  }
}

const nothingFree = 'No stream is free: other runs have them, or have just come to their end with them.';

// Who must do something comes first, and what goes on by itself last.
const severity: readonly number[] = [EXIT_CODES.failed, EXIT_USAGE, EXIT_CODES.rejected, EXIT_CODES.deferred, 0];

/** A signal, which none of these stands for, ends the last run. */
const worst = (codes: readonly number[]): number =>
  codes.toSorted((a, b) => severity.indexOf(a) - severity.indexOf(b))[0] ?? 0;

/** Options that are about one run, or about named streams. Throws ConfigFailure. */
function requireAlone(
  { plan, report, everyMs, pick, runId }: SyncCommand,
  { only, enable }: Pick<RunOptions, 'only' | 'enable'>,
): void {
  const others = {
    'another --stream': only.length > 1,
    '--enable': enable,
    '--run-id': runId !== undefined,
    '--key': (pick?.keys?.length ?? 0) > 0,
    '--plan': plan !== undefined,
    '--report': report !== undefined,
    '--every': everyMs !== undefined,
  };
  const given = Object.entries(others).find(([, isGiven]) => isGiven)?.[0];
  if (given === undefined) return;
  throw new ConfigFailure(`--stream auto makes a run of each stream that is free, and does not go with ${given}.`, {
    code: 'invalid_usage',
  });
}

const noLeases = (type: string): ConfigFailure =>
  new ConfigFailure(
    `--stream auto: workers share streams by leases, which a state store in PostgreSQL has (state.type: postgres); this one is ${type}. Name the streams, or leave --stream out for all of them.`,
    { code: 'invalid_usage' },
  );
