import { constants, tmpdir } from 'node:os';
import { commands } from '../commands/commands.ts';
import type { Executable, Session } from '../commands/shared/session.ts';
import { Secrets } from '../config/secrets.ts';
import { Cancelled } from '../contract/cancelled.ts';
import { systemClock } from '../contract/clock.ts';
import type { Destination, Environment, RunConfig } from '../contract/destination.ts';
import { EXIT_CODES, EXIT_USAGE, exitCodeOf } from '../facts/exit-codes.ts';
import { errorText } from '../text/error-text.ts';
import { Output } from '../text/output.ts';
import { parseArguments } from './arguments.ts';

/**
 * Runs the command that the process was started with, and ends the process as the contract says. A destination that is given by
 * what loads it is loaded for the commands that need it.
 */
export async function entrypoint(
  given: Destination<RunConfig> | (() => Promise<Destination<RunConfig>>),
  program: Executable,
): Promise<void> {
  const destination = typeof given === 'function' ? given : async () => given;
  const secrets = new Secrets();
  const output = new Output({ stdout: process.stdout, stderr: process.stderr, secrets });
  const run = new AbortController();
  // What this program writes holds people's data: its state, its rejects, what it spills.
  process.umask(0o077);
  const received = listen(run);
  const parsed = parseArguments(process.argv.slice(2), program);
  const code = await perform(parsed, sessionOf({ destination, program, secrets, output, run }));
  await output.flush();
  process.exitCode = output.failure === undefined ? code : await cutOff(output.failure, output, code);
  received.rethrow();
}

/** A command has not succeeded whose output is cut off: a file on a full disk would look like an answer. */
async function cutOff(failure: Error, output: Output, code: number): Promise<number> {
  await output.error(errorText(failure));
  await output.flush();
  return code === 0 ? EXIT_CODES.failed : code;
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

async function perform(parsed: ReturnType<typeof parseArguments>, session: Session): Promise<number> {
  const { output } = session;
  if (parsed.type === 'usage') {
    await output.error(parsed.text);
    return EXIT_USAGE;
  }
  if (parsed.type !== 'command') {
    await output.text(parsed.text);
    return 0;
  }
  try {
    return await parsed.command.run(parsed.asked, session, parsed.rest);
  } catch (error) {
    if (!session.run.signal.aborted) await output.error(errorText(error));
    return exitCodeOf({ thrown: error });
  }
}

/** What is looked for where no orchestrator has set a variable. */
const FILES = { xcom: '/airflow/xcom/return.json', terminationLog: '/dev/termination-log' } as const;

/** A command within a command: what stops the run stops both, what ends this one does not end the other. */
function performWithin(session: Session, argv: readonly string[], environment: Environment): Promise<number> {
  const run = new AbortController();
  const { signal } = session.run;
  signal.addEventListener('abort', () => run.abort(signal.reason), { once: true });
  const within = { ...session, run, environment: { ...session.environment, ...environment } };
  return perform(parseArguments(argv, session.program), within);
}

type Made = Pick<Session, 'destination' | 'program' | 'secrets' | 'output' | 'run'>;

/** The only place that touches the process. */
function sessionOf(made: Made): Session {
  const { stdin, stdout, stderr, env } = process;
  const session: Session = {
    ...made,
    commands,
    clock: systemClock,
    environment: env,
    stdin,
    ask: (text) => void stderr.write(made.secrets.mask(text)),
    terminal: {
      isStdout: stdout.isTTY === true,
      isStderr: stderr.isTTY === true,
      columns: () => stderr.columns ?? 80,
    },
    files: FILES,
    source: {
      stdin,
      tell: (line) => void made.output.error(line),
      temporaryDirectory: tmpdir(),
      constrainedMemoryBytes: constrainedMemory(),
    },
    perform: (argv, environment) => performWithin(session, argv, environment),
  };
  return session;
}

/** What a container lets this process use; 0 and absurd numbers mean no limit. */
function constrainedMemory(): number | undefined {
  const bytes = process.constrainedMemory?.() ?? 0;
  return bytes > 0 && bytes < 2 ** 50 ? bytes : undefined;
}
