import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { apollo } from '../../connector/apollo.ts';
import { scaffolder } from '../../connector/scaffolder.ts';
import { parseArguments } from '../../runtime/cli/arguments.ts';
import { commands } from '../../runtime/commands/commands.ts';
import type { Executable, Session } from '../../runtime/commands/shared/session.ts';
import { Secrets } from '../../runtime/config/secrets.ts';
import { systemClock } from '../../runtime/contract/clock.ts';
import { EXIT_USAGE, exitCodeOf } from '../../runtime/facts/exit-codes.ts';
import { errorText } from '../../runtime/text/error-text.ts';
import { Output } from '../../runtime/text/output.ts';
import { API_KEY } from '../support/emulator.ts';

/** What a command printed, and how it ended. */
export interface Printed {
  readonly lines: readonly string[];
  readonly exit: number;
}

/**
 * Runs a command line as a page shows it: the program in this process, as on a terminal, and anything else in a shell. Of the
 * program, stdout counts, and stderr where that has nothing.
 */
export async function run(line: string, folder: string): Promise<Printed> {
  const [, own] = /^(?:destination-apollo|node dist\/destination-apollo\.mjs) ([^|]*)$/.exec(line) ?? [];
  if (own === undefined) return inShell(line, folder);
  const [words, file] = own.split(/\s*>\s*/);
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await inProcess(words!.trim().split(/\s+/), file === undefined ? undefined : join(folder, file));
  } finally {
    process.chdir(before);
  }
}

/** Runs lines of a shell, and ends at the first that fails. */
export async function inShell(script: string, folder: string): Promise<Printed> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, exit] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((ended) => child.on('close', (code) => ended(code ?? 1))),
  ]);
  return { lines: linesOf(exit === 0 ? out : err), exit };
}

const program: Executable = {
  name: apollo.name,
  version: '0.0.0',
  summary: '',
  environment: {},
  scaffolder: async () => scaffolder('0.0.0'),
  emulator: () => Promise.reject(new Error('The emulator of a page is running already.')),
};

async function inProcess(argv: readonly string[], file: string | undefined): Promise<Printed> {
  const paths = {
    stdout: join(tmpdir(), `docs-${process.pid}.out`),
    stderr: join(tmpdir(), `docs-${process.pid}.err`),
  };
  const streams = { stdout: createWriteStream(file ?? paths.stdout), stderr: createWriteStream(paths.stderr) };
  const secrets = new Secrets();
  const output = new Output({ ...streams, secrets });
  const parsed = parseArguments(argv, program);
  let exit = parsed.type === 'usage' ? EXIT_USAGE : 0;
  if (parsed.type !== 'command') await output.error(parsed.text);
  else {
    const session: Session = {
      destination: async () => apollo as unknown as Awaited<ReturnType<Session['destination']>>,
      program,
      commands,
      clock: systemClock,
      environment: { APOLLO_API_KEY: API_KEY, NO_COLOR: '1' },
      secrets,
      output,
      stdin: Readable.from([]),
      ask: () => {},
      terminal: { isStdout: file === undefined, isStderr: false, columns: () => 140 },
      files: { xcom: '/nowhere/xcom', terminationLog: '/nowhere/log' },
      source: { stdin: Readable.from([]), temporaryDirectory: tmpdir(), constrainedMemoryBytes: undefined },
      run: new AbortController(),
      perform: () => Promise.reject(new Error('No page shows a command within a command.')),
    };
    try {
      exit = await parsed.command.run(parsed.asked, session, parsed.rest);
    } catch (error) {
      await output.error(errorText(error));
      exit = exitCodeOf({ thrown: error });
    }
  }
  await output.flush();
  await Promise.all(Object.values(streams).map((stream) => new Promise((closed) => stream.end(closed))));
  const printed = (path: string) => linesOf(readFileSync(path, 'utf8'));
  const out = file === undefined ? printed(paths.stdout) : [];
  const lines = out.length > 0 || (file !== undefined && exit === 0) ? out : printed(paths.stderr);
  unlinkSync(paths.stderr);
  if (file === undefined) unlinkSync(paths.stdout);
  return { lines, exit };
}

const linesOf = (text: string): readonly string[] => (text.trim() === '' ? [] : text.trimEnd().split('\n'));
