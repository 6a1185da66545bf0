import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Keys } from '../../config/config-file.ts';
import { invalidConfig } from '../../config/problems.ts';
import { serverProblems } from '../../config/server-problems.ts';
import { secretsIn } from '../../config/source-secrets.ts';
import type { Clock } from '../../contract/clock.ts';
import type {
  Configured,
  Dependencies,
  Destination,
  Environment,
  Notice,
  RunConfig,
  Use,
} from '../../contract/destination.ts';
import { ConfigFailure } from '../../contract/failure.ts';
import type { Specification } from '../../contract/protocol.ts';
import type { StateAt } from '../../contract/state-config.ts';
import type { Scaffolder } from '../../init/scaffolder.ts';
import type { ListenerContext } from '../../listeners/chosen-listeners.ts';
import type { SourceOptions } from '../../source/source.ts';
import type { Command } from './command.ts';

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
  /** Serves the emulator until the signal aborts; resolves with an exit code. Absent where there is none. */
  readonly emulator?: (args: readonly string[], io: EmulatorIo) => Promise<number>;
  /** Shows what the program does; resolves with an exit code. Absent where it has nothing to show. */
  readonly demo?: (io: DemoIo) => Promise<number>;
  /** Asks a live workspace what is assumed of it; resolves with an exit code. Absent where nothing is. */
  readonly probe?: (io: ProbeIo) => Promise<number>;
  /** What `init` needs to know of the destination. Absent where it writes no configuration. */
  readonly scaffolder?: () => Promise<Scaffolder>;
  /** What `spec` prints, where the destination need not be loaded to tell it. */
  readonly specification?: () => Promise<Specification>;
}

interface EmulatorIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What a demo needs of the program that it shows. */
interface DemoIo {
  /** Where it may write. */
  readonly folder: string;
  /** Writes to stdout, ended by a line break. */
  readonly text: (text: string) => Promise<void>;
  readonly perform: Session['perform'];
  readonly signal: AbortSignal;
}

/** What a probe was asked to do, and what it has to do it with. */
interface ProbeIo {
  readonly asked: {
    readonly yes: boolean;
    readonly onLiveWorkspace: boolean;
    readonly withFields: boolean;
    /** Where the result is written; what it needs to go on after a stop lies beside it. */
    readonly out: string;
    readonly domain?: string | undefined;
    readonly freeMail?: string | undefined;
    readonly mark?: string | undefined;
    readonly stage?: string | undefined;
  };
  /** Absent where nothing is to be sent. */
  readonly config: RunConfig | undefined;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly version: string;
  /** Writes to stdout, ended by a line break. */
  readonly text: (text: string) => Promise<void>;
  /** Writes to stderr, ended by a line break. */
  readonly progress: (line: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What commands have of the process that they run in. */
export interface Session extends Omit<ListenerContext, 'program'> {
  /** Loaded when a command first needs it. */
  readonly destination: () => Promise<Destination<RunConfig>>;
  readonly program: Executable;
  /** Every command that it has. */
  readonly commands: readonly Command[];
  readonly clock: Clock;
  readonly stdin: Readable;
  /** Writes to stderr at once, without a line break behind it. */
  readonly ask: (text: string) => void;
  readonly source: SourceOptions;
  /** Aborted by a signal. */
  readonly run: AbortController;
  /** Runs a command line as if the program had been started with it, with this beside its environment; resolves with the exit code. */
  readonly perform: (argv: readonly string[], environment: Environment) => Promise<number>;
}

/** Which configuration, and what else it says for this run. */
interface ConfigAsked {
  readonly config?: string | undefined;
  /** `KEY=VALUE`. */
  readonly set?: readonly string[] | undefined;
}

/** The file that is read where no `--config` names one. */
const DEFAULT_CONFIG = 'sync.yaml';

/** The environment variable that names the configuration of a program. */
const configVariable = (program: string): string => `${program.toUpperCase().replaceAll('-', '_')}_CONFIG`;

/**
 * The configuration file: the one that was named, else that of the environment, else `sync.yaml` in the working directory.
 * Throws ConfigFailure where there is none.
 */
export function configPath(session: Session, given: string | undefined): string {
  const found = given ?? discovered(session);
  if (found !== undefined) return found;
  const variable = configVariable(session.program.name);
  const message = `No configuration: say --config FILE. ${variable} is not set, and there is no ${DEFAULT_CONFIG} in the working directory; \`init\` writes one.`;
  throw new ConfigFailure(message, { code: 'invalid_usage' });
}

/** Whether there is a configuration though none was named. */
export const hasConfig = (session: Session): boolean => discovered(session) !== undefined;

function discovered({ environment, program }: Session): string | undefined {
  const named = environment[configVariable(program.name)]?.trim();
  if (named) return named;
  return existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined;
}

/** Reads and checks a configuration; what is secret in it is never printed from then on. */
export async function configured(session: Session, asked: ConfigAsked, use: Use): Promise<Configured<RunConfig>> {
  const { environment, secrets } = session;
  const { interpolate, readConfigKeys } = await import('../../config/config-file.ts');
  const { withSettings } = await import('../../config/settings.ts');
  const destination = await session.destination();
  const found = new Set<string>();
  const hide = (secret: string): void => {
    found.add(secret);
    secrets.add(secret);
  };
  const keys = withSettings(await readConfigKeys(configPath(session, asked.config)), asked.set ?? []);
  const result = destination.configure(interpolate(keys, environment, hide), use, environment, [...found]);
  for (const secret of result.secrets) hide(secret);
  return { ...result, secrets: [...found] };
}

/** Where runs keep their state when nothing else is configured. */
export const defaultStatePath = (program: string): string => join(`.${program}`, 'state.duckdb');

/** Where a configuration keeps its state, read without the rest: no key is needed for it. Throws ConfigFailure where it keeps none. */
export async function stateAtOf(session: Session, given: string | undefined): Promise<StateAt> {
  const { interpolate, readConfigKeys } = await import('../../config/config-file.ts');
  const { state, source } = await readConfigKeys(configPath(session, given));
  const hide = (secret: string): void => session.secrets.add(secret);
  const { state: own } = interpolate({ state: state ?? {} }, session.environment, hide) as { state: Keys };
  const { type = 'duckdb', path = defaultStatePath(session.program.name) } = own;
  if (type === 'duckdb' && typeof path === 'string') return path;
  if (type === 'postgres' || type === 'ducklake') return serverOf(session, own, source);
  throw new ConfigFailure('state: the configuration keeps none (type: none); name its file with --state.', {
    code: 'no_state',
  });
}

/** The schema that runs keep their state in when none is configured. */
const defaultStateSchema = (program: string): string => `${program.replace(/^destination-/, '')}_sync`;

function serverOf(session: Session, own: Keys, source: unknown): StateAt {
  for (const secret of [...secretsIn({ state: own }), own['url'], own['password']]) {
    if (typeof secret === 'string') session.secrets.add(secret);
  }
  const problems = serverProblems(own);
  if (problems.length > 0) throw invalidConfig(problems);
  const { extension_directory } = (source ?? {}) as Keys;
  const folder = typeof extension_directory === 'string' && { extension_directory };
  return { schema: defaultStateSchema(session.program.name), ...folder, ...own } as unknown as StateAt;
}

/** What a connection needs of a session, with notices to whom it may concern. */
export const dependenciesOf = (
  { clock, environment, program }: Session,
  notice: (notice: Notice) => void,
): Dependencies => ({ clock, environment, version: program.version, notice });

/** Whether stdout is for a program: as asked, else JSON wherever it is not a terminal. */
export const isJson = ({ terminal }: Session, output: 'text' | 'json' | undefined): boolean =>
  (output ?? (terminal.isStdout ? 'text' : 'json')) === 'json';
