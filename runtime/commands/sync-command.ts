import { randomUUID } from 'node:crypto';
import { Cancelled } from '../contract/cancelled.ts';
import type { Notice, RunConfig, SentCall } from '../contract/destination.ts';
import { ConfigFailure, codeOf, messageOf, TransientFailure } from '../contract/failure.ts';
import { stateAt, stateFile } from '../contract/state-config.ts';
import { relationName, sourceName } from '../facts/about.ts';
import { exitCodeOf } from '../facts/exit-codes.ts';
import { messagesOf } from '../facts/reject-samples.ts';
import { chosenListeners, type ListenerContext } from '../listeners/chosen-listeners.ts';
import { kestraLine } from '../listeners/kestra.ts';
import type { ListenerEvent } from '../listeners/listener.ts';
import { Listeners } from '../listeners/listeners.ts';
import { ReportFile } from '../page/report-file.ts';
import { GuardFailure } from '../run/preview/guard-changes.ts';
import { readPlan } from '../run/preview/plan-file.ts';
import type { Preview } from '../run/preview/preview.ts';
import { runOnSchedule } from '../run/schedule.ts';
import { type RunEvent, sync } from '../run/sync.ts';
import { summaryText } from '../text/present.ts';
import { previewText } from '../text/present-preview.ts';
import { paintFor } from '../text/terminal-colour.ts';
import type { SyncCommand, SyncSession } from './shared/sync-session.ts';
import { asksForFree, syncFreeStreams } from './sync-free-streams.ts';

/**
 * Makes one run, or one after another until it is stopped, and returns the exit code of the last; or one of each stream that no other
 * worker has, and returns that of the worst.
 */
export async function syncCommand<C extends RunConfig>(session: SyncSession<C>, command: SyncCommand): Promise<number> {
  const { everyMs } = command;
  const { clock, output, options } = session;
  const { signal } = options.run;
  if (await asksForFree(session)) {
    return syncFreeStreams(session, command, (own) => scheduledRun({ ...session, options: own }, command, signal));
  }
  if (everyMs === undefined) return (await oneRun(session, command)).exitCode;
  const tell = async (at: number): Promise<void> => {
    if (command.verbosity !== 'quiet') await output.error(nextRunLine(at, clock.now(), command.logFormat));
  };
  return runOnSchedule(() => scheduledRun(session, command, signal), { everyMs, clock, signal, tell });
}

function nextRunLine(at: number, now: number, format: SyncCommand['logFormat']): string {
  const message = `The next run is at ${new Date(at).toISOString()}.`;
  if (format === 'text') return message;
  return JSON.stringify({ at: new Date(now).toISOString(), level: 'info', event: 'waiting', message });
}

/** One run of several: what stops all of them stops it, and its own end leaves the others alone. */
async function scheduledRun<C extends RunConfig>(
  session: SyncSession<C>,
  command: SyncCommand,
  signal: AbortSignal,
): Promise<Finished | Refused> {
  const run = new AbortController();
  const stop = (): void => run.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await oneRun({ ...session, options: { ...session.options, run } }, command);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Makes one run, tells its listeners, and puts the summary on stdout. */
async function oneRun<C extends RunConfig>(session: SyncSession<C>, command: SyncCommand): Promise<Finished | Refused> {
  const format = command.output ?? (session.terminal.isStdout ? 'text' : 'json');
  const showsSummary = format === 'text' && session.terminal.isStdout;
  const { listeners: chosen, problems, takesStdout } = chosenListeners(session, { ...command, showsSummary });
  const listeners = new Listeners(chosen, session.clock, session.secrets);
  for (const message of problems) await listeners.tell({ type: 'warning', message });
  const report = command.report === undefined ? undefined : new ReportFile(command.report, session, command);
  const { signal } = session.options.run;
  const stopping = (): void => {
    if (signal.reason instanceof Cancelled) void listeners.tell({ type: 'stopping', signal: signal.reason.signal });
  };
  signal.addEventListener('abort', stopping, { once: true });
  const end = await listeners
    .whileTicking(() => run(session, command, listeners, report))
    .catch(refused)
    .finally(() => signal.removeEventListener('abort', stopping));
  await listeners.tell(end);
  if (end.type === 'finished' && !takesStdout) await show(session, format, end);
  if (end.type === 'refused' && end.preview && format !== 'kestra') {
    await (format === 'json' ? session.output.json(end.preview) : session.output.text(previewText(end.preview)));
  }
  await listeners.close();
  return end;
}

type Finished = Extract<ListenerEvent, { type: 'finished' }>;
type Refused = Extract<ListenerEvent, { type: 'refused' }> & { readonly preview?: Preview };

function refused(error: unknown): Refused {
  const exitCode = exitCodeOf({ thrown: error });
  const preview = error instanceof GuardFailure ? { preview: error.preview } : {};
  return { type: 'refused', message: messageOf(error), code: codeOf(error), exitCode, ...preview, ...stackOf(error) };
}

async function show(
  { output, terminal, environment }: ListenerContext,
  format: 'text' | 'json' | 'kestra',
  end: Finished,
): Promise<void> {
  const { summary } = end;
  if (format === 'json') return output.json(summary);
  if (format === 'kestra') return output.text(kestraLine(summary));
  const paint = paintFor({ isTerminal: terminal.isStdout, environment });
  const width = terminal.isStdout ? { width: terminal.columns() } : {};
  await output.text(summaryText(summary, { ...end, ...width, paint }));
}

async function run<C extends RunConfig>(
  session: SyncSession<C>,
  command: SyncCommand,
  listeners: Listeners,
  report: ReportFile | undefined,
): Promise<Finished> {
  const { destination, clock, environment, program } = session;
  const checked = await session.configured();
  const plan = command.plan === undefined ? undefined : await readPlan(command.plan);
  const { config } = checked;
  if (command.everyMs !== undefined) refuseStdin(config);
  const rejectsPath = config.rejects.path;
  const runId = session.options.runId ?? randomUUID();
  const streams = announced(config, session.options.only);
  const at = stateAt(config.state);
  const state = at && stateFile(at);
  await listeners.tell({ type: 'started', runId, streams, source: sourceName(config), ...(state && { state }) });
  const around = {
    clock,
    environment,
    version: program.version,
    notice: (notice: Notice) => void listeners.tell(notice),
    watch: (call: SentCall) => {
      report?.add(call);
      void listeners.tell({ type: 'called', call });
    },
  };
  for await (const event of sync(destination, checked, { ...session.options, runId, plan }, around)) {
    if (event.type !== 'finished') {
      await listeners.tell(event);
      continue;
    }
    const { summary, cause, savedCalls, aftermath } = event;
    const page = await pageOf(event, report, listeners);
    const stack = summary.error === undefined || cause instanceof Cancelled ? {} : stackOf(cause);
    return {
      type: 'finished',
      summary,
      savedCalls,
      exitCode: exitCodeOf({ status: summary.status, cause }),
      examples: messagesOf(aftermath.rejects),
      rejectsPath,
      ...(page !== undefined && { report: page }),
      ...stack,
    };
  }
  throw new Error('The run ended without a summary.');
}

function refuseStdin({ source }: RunConfig): void {
  if (source?.type !== 'arrow' || source.path !== '-') return;
  const message =
    'source.path: the standard input can be read once only, and --every reads the source again and again.';
  throw new ConfigFailure(message, { code: 'invalid_source' });
}

/** A page that cannot be written does not fail the run. */
async function pageOf(
  { summary, aftermath }: Extract<RunEvent, { type: 'finished' }>,
  report: ReportFile | undefined,
  listeners: Listeners,
): Promise<string | undefined> {
  try {
    return report?.write(summary, aftermath);
  } catch (error) {
    await listeners.tell({ type: 'warning', message: `The report cannot be written: ${messageOf(error)}` });
    return undefined;
  }
}

const announced = (
  config: RunConfig,
  only: readonly string[],
): Extract<ListenerEvent, { type: 'started' }>['streams'] =>
  config.streams
    .filter(({ name, enabled }) => (only.length === 0 ? enabled !== false : only.includes(name)))
    .map((stream) => {
      const { name, object, mode } = stream;
      return { name, object, mode, from: relationName(config, stream) };
    });

/** Of what this program does not throw on purpose: only a trace tells where the defect is. */
const stackOf = (error: unknown): { stack?: string } =>
  error instanceof ConfigFailure || error instanceof TransientFailure || !(error instanceof Error) || !error.stack
    ? {}
    : { stack: error.stack };
