import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Secrets } from '../config/secrets.ts';
import type { Environment } from '../contract/destination.ts';
import { ConfigFailure, Failure } from '../contract/failure.ts';
import { EXIT_CODES, EXIT_USAGE } from '../facts/report.ts';
import type { Beginning } from '../init/beginning.ts';
import { init } from '../init/init.ts';
import type { InitOptions } from '../init/init-options.ts';
import { asked, suggested } from '../init/questions.ts';
import type { SourceOptions } from '../source/source.ts';
import type { Output } from '../text/output.ts';

/** What the command needs of the world around it. */
export interface InitTerminal {
  readonly output: Output;
  readonly secrets: Secrets;
  readonly stdin: Readable;
  /** Writes to stderr at once, without a line break behind it. */
  readonly ask: (text: string) => void;
  readonly environment: Environment;
  readonly source: SourceOptions;
  readonly signal: AbortSignal;
  readonly program: string;
}

/** Runs `init`: questions on stderr, answers from stdin, what was found and what to do next on stdout. */
export async function initCommand(beginning: Beginning, options: InitOptions, terminal: InitTerminal): Promise<number> {
  const { output, secrets, stdin, ask, signal, ...world } = terminal;
  const lines = options.yes || options.json ? undefined : createInterface({ input: stdin, terminal: false });
  try {
    const next = await init(beginning, options, {
      ...world,
      signal,
      answers: lines === undefined ? suggested : asked(lines, ask, signal),
      tell: (text) => output.text(`\n${text}\n\n`),
      hide: (secret) => secrets.add(secret),
    });
    await output.text(next);
    return 0;
  } catch (error) {
    if (signal.aborted) return EXIT_CODES.failed;
    await output.error(error instanceof Failure ? error.message : stackOf(error));
    return error instanceof ConfigFailure ? EXIT_USAGE : EXIT_CODES.failed;
  } finally {
    lines?.close();
    // A pipe that stays open would keep the process alive.
    stdin.destroy();
  }
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
