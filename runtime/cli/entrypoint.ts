import { constants, tmpdir } from 'node:os';
import { errorTraceOf } from '../airbyte/error-trace.ts';
import { write } from '../airbyte/write.ts';
import { check, discover, spec } from '../commands/airbyte-commands.ts';
import { initCommand } from '../commands/init-command.ts';
import type { ReportOptions } from '../commands/report-arguments.ts';
import { reportCommand } from '../commands/report-command.ts';
import { performStateCommand } from '../commands/state/perform-state-command.ts';
import type { StateCommand } from '../commands/state/state-command.ts';
import { type SyncCommand, syncCommand } from '../commands/sync-command.ts';
import { readCatalogFile, readConfigFile } from '../config/config-file.ts';
import { Secrets } from '../config/secrets.ts';
import { Cancelled } from '../contract/cancelled.ts';
import { systemClock } from '../contract/clock.ts';
import type { Configured, Destination, Notice, RunConfig, Surroundings, Use } from '../contract/destination.ts';
import { ConfigFailure, TransientFailure } from '../contract/failure.ts';
import { errorMessage, logMessage, type OutgoingMessage } from '../contract/protocol.ts';
import { EXIT_CODES, EXIT_USAGE } from '../facts/report.ts';
import type { Beginning } from '../init/beginning.ts';
import { preview } from '../run/preview/preview.ts';
import { messageOf, type RunOptions } from '../run/sync.ts';
import { Output } from '../text/output.ts';
import { previewText } from '../text/present-preview.ts';
import { type Command, parseArguments } from './arguments.ts';
import type { Program } from './help.ts';
import { isPrinted, lowestLevel } from './log-level.ts';

/** What the executable is, beside the destination it serves. */
export interface Executable extends Program {
  /** Serves the emulator until the signal aborts; resolves with an exit code. */
  readonly emulator: (args: readonly string[], io: EmulatorIo) => Promise<number>;
  /** What `init` needs to know of the destination. */
  readonly beginning: Beginning;
}

export interface EmulatorIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Runs the command that the process was started with, and ends the process as the contract says. */
export async function entrypoint<C extends RunConfig>(destination: Destination<C>, program: Executable): Promise<void> {
  const secrets = new Secrets();
  const output = new Output({ stdout: process.stdout, stderr: process.stderr, secrets });
  const run = new AbortController();
  // What this program writes holds people's data: its state, its rejects, what it spills.
  process.umask(0o077);
  const received = listen(run);
  const command = parseArguments(process.argv.slice(2), program);
  process.exitCode = await perform({ destination, program, secrets, output, run }, command);
  await output.flush();
  received.rethrow();
}

interface Session<C extends RunConfig> {
  readonly destination: Destination<C>;
  readonly program: Executable;
  readonly secrets: Secrets;
  readonly output: Output;
  readonly run: AbortController;
}

/** The first signal stops the run in order; the second one kills. A run that was stopped dies by its signal at the end. */
function listen(run: AbortController): { rethrow(): void } {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let first: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (first !== undefined) die(signal);
    first ??= signal;
    run.abort(new Cancelled(signal));
  };
  const die = (signal: NodeJS.Signals): void => {
    for (const name of signals) process.off(name, stop);
    process.kill(process.pid, signal);
    // The first process of a container is not ended by a signal that it does not handle (pid_namespaces(7)).
    process.exit(128 + constants.signals[signal]);
  };
  for (const name of signals) process.on(name, stop);
  return {
    rethrow: () => {
      if (first !== undefined) die(first);
    },
  };
}

async function perform<C extends RunConfig>(session: Session<C>, command: Command): Promise<number> {
  const { output } = session;
  switch (command.name) {
    case 'help':
    case 'version':
      await output.text(command.text);
      return 0;
    case 'usage':
      await output.error(command.text);
      return EXIT_USAGE;
    case 'emulator':
      return session.program.emulator(command.args, {
        stdout: (text) => void output.text(text),
        stderr: (text) => void output.error(text),
        signal: session.run.signal,
      });
    case 'init':
      return initCommand(session.program.beginning, command.options, {
        output,
        secrets: session.secrets,
        stdin: process.stdin,
        ask: (text) => void process.stderr.write(session.secrets.mask(text)),
        environment: process.env,
        source: sourceOptions(),
        signal: session.run.signal,
        program: session.program.name,
      });
    case 'report':
      return reporting(session, command.options);
    case 'sync':
      return syncing(session, command);
    case 'preview':
      return previewing(session, command);
    case 'history':
    case 'rejects':
    case 'explain':
    case 'forget':
    case 'state adopt':
    case 'export':
    case 'undo':
      return ofState(session, command);
    default:
      return airbyte(session, command);
  }
}

/** The commands of Airbyte's protocol: JSON on stdout, and a trace with exit code 1 for what cannot be a message. */
async function airbyte<C extends RunConfig>(session: Session<C>, command: Command): Promise<number> {
  const { output } = session;
  const lowest = lowestLevel(process.env);
  const print = async (message: OutgoingMessage): Promise<void> => {
    if (message.type !== 'LOG' || isPrinted(message.log.level, lowest)) await output.json(message);
  };
  try {
    if ('warnings' in command) for (const warning of command.warnings) await print(logMessage('WARN', warning));
    for await (const message of messages(session, command)) await print(message);
    return 0;
  } catch (error) {
    await output.json(errorMessage(errorTraceOf(error), systemClock.now()));
    return 1;
  }
}

function messages<C extends RunConfig>(
  session: Session<C>,
  command: Command,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { destination, run } = session;
  const options = { surroundings: surroundings(session, () => undefined), signal: run.signal };
  switch (command.name) {
    case 'check':
      return check(destination, () => configured(session, command.config, 'airbyte'), options);
    case 'discover':
      return discover(destination, () => configured(session, command.config, 'airbyte'), options);
    case 'write':
      return writing(session, command);
    default:
      return spec(destination);
  }
}

async function* writing<C extends RunConfig>(
  session: Session<C>,
  { config, catalog }: Extract<Command, { name: 'write' }>,
): AsyncGenerator<OutgoingMessage, void, void> {
  const { destination, output, run } = session;
  const unread = (): void => run.abort(new Error('Nobody reads the standard output any more.'));
  output.closed.addEventListener('abort', unread, { once: true });
  const options = { catalog: () => readCatalogFile(catalog), stdin: process.stdin, run, source: sourceOptions() };
  try {
    yield* write(
      destination,
      () => configured(session, config, 'airbyte'),
      options,
      surroundings(session, () => undefined),
    );
  } finally {
    // A client that still sends would keep the process alive.
    process.stdin.destroy();
  }
}

async function configured<C extends RunConfig>(session: Session<C>, path: string, use: Use): Promise<Configured<C>> {
  const found = new Set<string>();
  const hide = (secret: string): void => {
    found.add(secret);
    session.secrets.add(secret);
  };
  const json = await readConfigFile(path, process.env, hide);
  const result = session.destination.configure(json, use, process.env, [...found]);
  for (const secret of result.secrets) hide(secret);
  return { ...result, secrets: [...found] };
}

const surroundings = <C extends RunConfig>({ program }: Session<C>, notice: Surroundings['notice']): Surroundings => ({
  clock: systemClock,
  environment: process.env,
  version: program.version,
  notice,
});

/** What is looked for where no orchestrator has set a variable. */
const FILES = { xcom: '/airflow/xcom/return.json', terminationLog: '/dev/termination-log' } as const;

function syncing<C extends RunConfig>(session: Session<C>, command: SyncCommand): Promise<number> {
  const { destination, output, program, secrets } = session;
  const { stdout, stderr } = process;
  const terminal = {
    isStdout: stdout.isTTY === true,
    isStderr: stderr.isTTY === true,
    columns: () => stderr.columns ?? 80,
  };
  const world = { clock: systemClock, environment: process.env, output, secrets, terminal, files: FILES };
  return syncCommand(
    {
      ...world,
      destination,
      program: { name: program.name, version: program.version },
      configured: () => configured(session, command.config, 'sync'),
      options: options(session, command),
    },
    command,
  );
}

async function previewing<C extends RunConfig>(
  session: Session<C>,
  command: Extract<Command, { name: 'preview' }>,
): Promise<number> {
  const { destination, output } = session;
  const tell = ({ message }: Notice): void => {
    if (command.verbosity !== 'quiet') void output.error(message);
  };
  try {
    const checked = await configured(session, command.config, 'sync');
    const asked = { ...options(session, command), show: command.show };
    const result = await preview(destination, checked, asked, surroundings(session, tell));
    await (isJson(command) ? output.json(result) : output.text(previewText(result)));
    return 0;
  } catch (error) {
    return failed(session, error);
  }
}

async function ofState<C extends RunConfig>(session: Session<C>, command: StateCommand): Promise<number> {
  const { destination, output, run } = session;
  const tell = ({ message }: Notice): void => void output.error(message);
  try {
    const said = await performStateCommand(
      {
        destination,
        configured: (path) => configured(session, path, 'sync'),
        source: sourceOptions(),
        surroundings: surroundings(session, tell),
        run,
      },
      command,
    );
    if (isJson(command)) for (const line of said.json) await output.json(line);
    else await output.text(said.text);
    return 0;
  } catch (error) {
    return failed(session, error);
  }
}

const isJson = ({ output }: { readonly output: 'text' | 'json' | undefined }): boolean =>
  (output ?? (process.stdout.isTTY ? 'text' : 'json')) === 'json';

/** Says why a command came to nothing; only a trace tells where a defect of ours is. */
async function failed<C extends RunConfig>({ output }: Session<C>, error: unknown): Promise<number> {
  const isForeseen = error instanceof ConfigFailure || error instanceof TransientFailure;
  await output.error((!isForeseen && error instanceof Error && error.stack) || messageOf(error));
  if (error instanceof ConfigFailure) return EXIT_USAGE;
  return isForeseen && error.code === 'state_in_use' ? EXIT_CODES.deferred : EXIT_CODES.failed;
}

function reporting<C extends RunConfig>(session: Session<C>, options: ReportOptions): Promise<number> {
  const { output, program, secrets } = session;
  return reportCommand(options, {
    output,
    secrets,
    program: { name: program.name, version: program.version },
    statePath: async (config) => (await configured(session, config, 'sync')).config.state,
    source: sourceOptions(),
  });
}

const options = <C extends RunConfig>(
  { run }: Session<C>,
  { runId, streams, full, retryRejects, ...command }: Extract<Command, { name: 'sync' | 'preview' }>,
): RunOptions => ({
  runId,
  only: streams,
  run,
  full,
  retryRejects,
  undone: command.name === 'sync' ? command.undone : undefined,
  source: sourceOptions(),
});

const sourceOptions = () => ({
  stdin: process.stdin,
  temporaryDirectory: tmpdir(),
  constrainedMemoryBytes: constrainedMemory(),
});

/** What a container lets this process use; 0 and absurd numbers mean no limit. */
function constrainedMemory(): number | undefined {
  const bytes = process.constrainedMemory?.() ?? 0;
  return bytes > 0 && bytes < 2 ** 50 ? bytes : undefined;
}
