import { randomUUID } from 'node:crypto';
import type { SyncCommand } from './arguments.ts';
import { Cancelled } from './cancelled.ts';
import type { Clock } from './clock.ts';
import type { Configured, Destination, Notice, RunConfig, SentCall } from './destination.ts';
import { ConfigFailure, TransientFailure } from './failure.ts';
import { Audience } from './observers/audience.ts';
import { kestraLine } from './observers/kestra.ts';
import type { AnnouncedStream, Happening } from './observers/observer.ts';
import { type Surroundings, watchersOf } from './observers/observers.ts';
import { endOf, rejectExamples } from './observers/reject-examples.ts';
import { summaryText } from './present.ts';
import { EXIT_CODES, EXIT_USAGE } from './report.ts';
import { messageOf, type RunOptions, sync } from './sync.ts';
import { paintFor } from './terminal-colour.ts';

/** What `sync` needs of the process that it runs in. */
export interface SyncSession<C extends RunConfig> extends Surroundings {
  readonly destination: Destination<C>;
  readonly clock: Clock;
  /** Reads and checks the configuration. */
  readonly configured: () => Promise<Configured<C>>;
  readonly options: RunOptions;
}

/** Makes one run, tells those who watch, puts the summary on stdout, and returns the exit code. */
export async function syncCommand<C extends RunConfig>(session: SyncSession<C>, command: SyncCommand): Promise<number> {
  const format = command.output ?? (session.terminal.isStdout ? 'text' : 'json');
  const showsSummary = format === 'text' && session.terminal.isStdout;
  const { observers, problems, takesStdout } = watchersOf(session, { ...command, showsSummary });
  const audience = new Audience(observers, session.clock);
  for (const message of problems) await audience.tell({ type: 'warning', message });
  const end = await audience.whileTicking(() => run(session, audience)).catch(refused);
  await audience.tell(end);
  if (end.type === 'finished' && !takesStdout) await show(session, format, end);
  await audience.close();
  return end.exitCode;
}

type Finished = Extract<Happening, { type: 'finished' }>;
type Refused = Extract<Happening, { type: 'refused' }>;

function refused(error: unknown): Refused {
  const exitCode = error instanceof ConfigFailure ? EXIT_USAGE : EXIT_CODES.failed;
  return { type: 'refused', message: messageOf(error), exitCode, ...stackOf(error) };
}

async function show(
  { output, terminal, environment }: Surroundings,
  format: 'text' | 'json' | 'kestra',
  end: Finished,
): Promise<void> {
  const { summary } = end;
  if (format === 'json') return output.json(summary);
  if (format === 'kestra') return output.text(kestraLine(summary));
  const paint = paintFor(terminal.isStdout, environment);
  const width = terminal.isStdout ? { width: terminal.columns() } : {};
  await output.text(summaryText(summary, { ...end, ...width, paint }));
}

async function run<C extends RunConfig>(session: SyncSession<C>, audience: Audience): Promise<Finished> {
  const { destination, clock, environment, program } = session;
  const checked = await session.configured();
  const { config } = checked;
  const rejectsPath = config.rejects.path;
  const rejects = { path: rejectsPath, from: await endOf(rejectsPath) };
  const runId = session.options.runId ?? randomUUID();
  const streams = announced(config, session.options.only);
  await audience.tell({ type: 'started', runId, streams, source: sourceName(config) });
  const around = {
    clock,
    environment,
    version: program.version,
    notice: (notice: Notice) => void audience.tell(notice),
    watch: (call: SentCall) => void audience.tell({ type: 'called', call }),
  };
  for await (const event of sync(destination, checked, { ...session.options, runId }, around)) {
    if (event.type !== 'finished') {
      await audience.tell(event);
      continue;
    }
    const { summary, cause, savedCalls } = event;
    const examples = await rejectExamples(rejects, runId, summary.streams);
    const stack = summary.error === undefined || cause instanceof Cancelled ? {} : stackOf(cause);
    return {
      type: 'finished',
      summary,
      savedCalls,
      exitCode: EXIT_CODES[summary.status],
      examples,
      rejectsPath,
      ...stack,
    };
  }
  throw new Error('The run ended without a summary.');
}

const announced = ({ streams, source }: RunConfig, only: readonly string[]): readonly AnnouncedStream[] =>
  streams
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .map(({ name, object, mode, table, query }) => {
      const whole = source?.type === 'arrow' ? source.path : name;
      return { name, object, mode, from: table ?? (query === undefined ? whole : `query of ${name}`) };
    });

function sourceName({ source }: RunConfig): string {
  if (source === undefined) return 'nowhere';
  return `${source.type}:${source.type === 'arrow' ? source.path : (source.database ?? ':memory:')}`;
}

/** Of what this program does not throw on purpose: only a trace tells where the defect is. */
const stackOf = (error: unknown): { stack?: string } =>
  error instanceof ConfigFailure || error instanceof TransientFailure || !(error instanceof Error) || !error.stack
    ? {}
    : { stack: error.stack };
