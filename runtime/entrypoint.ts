import { tmpdir } from 'node:os';
import { check, discover, spec } from './airbyte-commands.ts';
import { type Command, parseArguments } from './arguments.ts';
import { systemClock } from './clock.ts';
import { readConfigFile } from './config-file.ts';
import type { Configured, Destination, RunConfig, Surroundings, Use } from './destination.ts';
import { ConfigFailure, TransientFailure } from './failure.ts';
import type { Program } from './help.ts';
import { Output } from './output.ts';
import { previewText, progressText, summaryText } from './present.ts';
import { preview } from './preview.ts';
import { errorMessage, type FailureType, logMessage, type OutgoingMessage } from './protocol.ts';
import { EXIT_CODES, EXIT_USAGE } from './report.ts';
import { Secrets } from './secrets.ts';
import { Cancelled, messageOf, type RunOptions, sync } from './sync.ts';

/** What the executable is, beside the destination it serves. */
export interface Executable extends Program {
  /** Serves the emulator until the signal aborts; resolves with an exit code. */
  readonly emulator: (args: readonly string[], io: EmulatorIo) => Promise<number>;
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
    case 'sync':
    case 'preview':
      return people(session, command);
    default:
      return airbyte(session, command);
  }
}

/** The commands of Airbyte's protocol: JSON on stdout, and a trace with exit code 1 for what cannot be a message. */
async function airbyte<C extends RunConfig>(session: Session<C>, command: Command): Promise<number> {
  const { output } = session;
  try {
    if ('warnings' in command) for (const warning of command.warnings) await output.json(logMessage('WARN', warning));
    for await (const message of messages(session, command)) await output.json(message);
    return 0;
  } catch (error) {
    await output.json(errorMessage(traceOf(error), systemClock.now()));
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
    case 'spec':
      return spec(destination);
    default:
      throw new ConfigFailure(`${command.name} is not available in this version; use sync.`, { code: 'unavailable' });
  }
}

function traceOf(error: unknown): { message: string; failure_type: FailureType; stack_trace?: string } {
  if (error instanceof ConfigFailure) return { message: error.message, failure_type: 'config_error' };
  if (error instanceof TransientFailure) return { message: error.message, failure_type: 'transient_error' };
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    message: messageOf(error),
    failure_type: 'system_error',
    ...(stack !== undefined && { stack_trace: stack }),
  };
}

async function configured<C extends RunConfig>(session: Session<C>, path: string, use: Use): Promise<Configured<C>> {
  const json = await readConfigFile(path, process.env);
  const result = session.destination.configure(json, use, process.env);
  for (const secret of result.secrets) session.secrets.add(secret);
  return result;
}

const surroundings = <C extends RunConfig>({ program }: Session<C>, notice: Surroundings['notice']): Surroundings => ({
  clock: systemClock,
  environment: process.env,
  version: program.version,
  notice,
});

/** `sync` and `preview`: progress on stderr, the result on stdout. */
async function people<C extends RunConfig>(
  session: Session<C>,
  command: Extract<Command, { name: 'sync' | 'preview' }>,
): Promise<number> {
  const { destination, output } = session;
  const isQuiet = command.verbosity === 'quiet';
  const asJson = (command.output ?? (process.stdout.isTTY ? 'text' : 'json')) === 'json';
  const tell = async (text: string): Promise<void> => {
    if (!isQuiet) await output.error(text);
  };
  const world = surroundings(session, (notice) => void tell(notice.message));
  try {
    const checked = await configured(session, command.config, 'sync');
    if (command.name === 'preview') {
      const result = await preview(destination, checked, { ...options(session, command), show: command.show }, world);
      await (asJson ? output.json(result) : output.text(previewText(result)));
      return 0;
    }
    return await syncing(session, command, { checked, world, asJson, tell });
  } catch (error) {
    await output.error(
      error instanceof Error && !(error instanceof ConfigFailure || error instanceof TransientFailure)
        ? (error.stack ?? error.message)
        : messageOf(error),
    );
    return error instanceof ConfigFailure ? EXIT_USAGE : EXIT_CODES.failed;
  }
}

// Often enough to see that it lives, seldom enough not to fill a log.
const progressEveryMs = 30_000;

async function syncing<C extends RunConfig>(
  session: Session<C>,
  command: Extract<Command, { name: 'sync' }>,
  {
    checked,
    world,
    asJson,
    tell,
  }: { checked: Configured<C>; world: Surroundings; asJson: boolean; tell: (text: string) => Promise<void> },
): Promise<number> {
  const { destination, output } = session;
  let toldAt = systemClock.now();
  for await (const event of sync(destination, checked, options(session, command), world)) {
    if (event.type === 'warning') await tell(`warning: ${event.message}`);
    if (event.type === 'progress' && systemClock.now() - toldAt >= progressEveryMs) {
      toldAt = systemClock.now();
      await tell(progressText(event.stream, event.calls));
    }
    if (event.type === 'finished') {
      const { summary, cause } = event;
      if (summary.error !== undefined) await output.error(isDefect(cause) ? stackOf(cause) : summary.error);
      await (asJson ? output.json(summary) : output.text(summaryText(summary, checked.config.rejects.path)));
      return EXIT_CODES[summary.status];
    }
  }
  throw new Error('The run ended without a summary.');
}

const isDefect = (cause: unknown): boolean =>
  !(cause instanceof Cancelled || cause instanceof ConfigFailure || cause instanceof TransientFailure);
const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

const options = <C extends RunConfig>(
  { run }: Session<C>,
  { runId, streams }: Extract<Command, { name: 'sync' | 'preview' }>,
): RunOptions => ({
  runId,
  only: streams,
  run,
  source: { stdin: process.stdin, temporaryDirectory: tmpdir(), constrainedMemoryBytes: constrainedMemory() },
});

/** What a container lets this process use; 0 and absurd numbers mean no limit. */
function constrainedMemory(): number | undefined {
  const bytes = process.constrainedMemory?.() ?? 0;
  return bytes > 0 && bytes < 2 ** 50 ? bytes : undefined;
}
