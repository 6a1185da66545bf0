import type { Readable } from 'node:stream';
import { readConfigFile } from '../../config/config-file.ts';
import type { Secrets } from '../../config/secrets.ts';
import type { Clock } from '../../contract/clock.ts';
import type {
  Configured,
  Destination,
  Environment,
  Notice,
  RunConfig,
  Surroundings,
  Use,
} from '../../contract/destination.ts';
import type { Beginning } from '../../init/beginning.ts';
import type { OrchestratorFiles, Terminal } from '../../listeners/observers.ts';
import type { SourceOptions } from '../../source/source.ts';
import type { Output } from '../../text/output.ts';

/** What the command line says of the program it belongs to. */
export interface Program {
  /** The name of the executable. */
  readonly name: string;
  readonly version: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** The environment variables it reads, and what they stand for. */
  readonly environment: Readonly<Record<string, string>>;
}

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

/** What commands have of the process that they run in. */
export interface Session {
  readonly destination: Destination<RunConfig>;
  readonly program: Executable;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly output: Output;
  readonly stdin: Readable;
  /** Writes to stderr at once, without a line break behind it. */
  readonly ask: (text: string) => void;
  readonly terminal: Terminal;
  readonly files: OrchestratorFiles;
  readonly source: SourceOptions;
  /** Aborted by a signal. */
  readonly run: AbortController;
}

/** Reads and checks a configuration; what is secret in it is never printed from then on. */
export async function configured(session: Session, path: string, use: Use): Promise<Configured<RunConfig>> {
  const { destination, environment, secrets } = session;
  const found = new Set<string>();
  const hide = (secret: string): void => {
    found.add(secret);
    secrets.add(secret);
  };
  const json = await readConfigFile(path, environment, hide);
  const result = destination.configure(json, use, environment, [...found]);
  for (const secret of result.secrets) hide(secret);
  return { ...result, secrets: [...found] };
}

/** What a connection needs of a session, with notices to whom it may concern. */
export const surroundingsOf = (
  { clock, environment, program }: Session,
  notice: (notice: Notice) => void,
): Surroundings => ({ clock, environment, version: program.version, notice });

/** Whether stdout is for a program: as asked, else JSON wherever it is not a terminal. */
export const isJson = ({ terminal }: Session, output: 'text' | 'json' | undefined): boolean =>
  (output ?? (terminal.isStdout ? 'text' : 'json')) === 'json';
