import type { Secrets } from '../config/secrets.ts';
import type { Environment } from '../contract/destination.ts';
import { messageOf } from '../contract/failure.ts';
import { createHttp } from '../http/http.ts';
import { proxyOf } from '../http/proxy.ts';
import type { Output } from '../text/output.ts';
import { paintFor } from '../text/terminal-colour.ts';
import { DagsterPipes } from './dagster/dagster-pipes.ts';
import { sinkFor, takenStream } from './dagster/pipes-channel.ts';
import { type PipesParameters, pipesParameters } from './dagster/pipes-parameters.ts';
import { JsonLines } from './json-lines.ts';
import type { Listener } from './listener.ts';
import { LiveRunFile } from './live-run-file.ts';
import { lineageServer, OpenLineage } from './open-lineage.ts';
import { OpenTelemetry } from './open-telemetry.ts';
import { type Pace, PlainLines } from './plain-lines.ts';
import { resultFile, terminationLog } from './result-files.ts';
import { telemetryApi } from './telemetry.ts';
import { LiveTerminal } from './terminal/terminal.ts';

/** What decides which listeners a run has. */
export interface ListenerContext {
  readonly environment: Environment;
  readonly output: Output;
  readonly secrets: Secrets;
  readonly terminal: Terminal;
  readonly files: OrchestratorFiles;
  readonly program: { readonly name: string; readonly version: string };
}

/** Which of the standard streams are terminals. */
interface Terminal {
  readonly isStdout: boolean;
  readonly isStderr: boolean;
  /** Characters in a line of stderr, now. */
  readonly columns: () => number;
}

/** Files that an orchestrator reads, where it has made room for them. */
interface OrchestratorFiles {
  /** Airflow: written if its folder exists. */
  readonly xcom: string;
  /** Kubernetes: written if it exists. */
  readonly terminationLog: string;
}

/** What a run was asked to print. */
interface Telling extends Pace {
  readonly config: string;
  readonly logFormat: 'text' | 'json';
  /** Whether stdout, a terminal, will show the summary. */
  readonly showsSummary: boolean;
}

/** The listeners of a run. */
interface ChosenListeners {
  /** Those that must write last stand last. */
  readonly listeners: readonly Listener[];
  /** What could not be set up; the run goes on without. */
  readonly problems: readonly string[];
  /** Whether a listener takes stdout, so that the summary does not go there. */
  readonly takesStdout: boolean;
}

/** The listeners of a run that is started like this. */
export function chosenListeners(context: ListenerContext, telling: Telling): ChosenListeners {
  const problems: string[] = [];
  const attempt = <T>(make: () => T | undefined): T | undefined => {
    try {
      return make();
    } catch (error) {
      problems.push(`${messageOf(error)} The run goes on without it.`);
      return undefined;
    }
  };
  const pipes = attempt(() => pipesParameters(context.environment));
  const lineage = attempt(() => openLineage(context, telling.config));
  const taken = pipes && takenStream(pipes.channel);
  const mask = (text: string) => context.secrets.mask(text);
  const listeners: readonly (Listener | undefined)[] = [
    new LiveRunFile(),
    resultFile(context.files.xcom, mask),
    terminationLog(context.files.terminationLog, mask),
    new OpenTelemetry(telemetryApi(), context.program),
    lineage,
    taken === 'stderr' ? undefined : onStderr(context, telling),
    pipes && dagsterPipes(pipes, context, telling),
  ];
  return { listeners: listeners.filter((one) => one !== undefined), problems, takesStdout: taken === 'stdout' };
}

function onStderr(
  { output, environment, terminal }: ListenerContext,
  { verbosity, progressEveryMs, logFormat, showsSummary }: Telling,
): Listener {
  const write = (line: string) => output.error(line);
  const pace = { verbosity, progressEveryMs };
  if (logFormat === 'json') return new JsonLines(write, pace);
  if (!terminal.isStderr || verbosity === 'quiet' || environment['TERM'] === 'dumb') return new PlainLines(write, pace);
  const screen = { write, columns: terminal.columns, paint: paintFor({ isTerminal: true, environment }) };
  return new LiveTerminal(screen, { verbosity, keepsFrame: !showsSummary });
}

function dagsterPipes(
  { context, channel }: PipesParameters,
  { output, secrets }: ListenerContext,
  { verbosity, progressEveryMs }: Telling,
) {
  const writers = {
    stdout: (line: string) => output.text(line),
    stderr: (line: string) => output.error(line),
    mask: (text: string) => secrets.mask(text),
  };
  return new DagsterPipes(context, sinkFor(channel, writers), { verbosity, progressEveryMs });
}

// A lineage server that does not answer must not hold up the end of a run for long.
const lineageTimeoutMs = 5000;

function openLineage({ environment, secrets, program }: ListenerContext, configPath: string): Listener | undefined {
  const server = lineageServer(environment);
  if (server === undefined) return undefined;
  if (server.apiKey !== undefined) secrets.add(server.apiKey);
  const http = createHttp({
    userAgent: `${program.name}/${program.version}`,
    connections: 1,
    proxy: proxyOf(environment),
    connectTimeoutMs: lineageTimeoutMs,
    requestTimeoutMs: lineageTimeoutMs,
  });
  return new OpenLineage({ server, http, program, configPath });
}
