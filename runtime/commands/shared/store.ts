import type { Configured, Dependencies, Destination, RunConfig } from '../../contract/destination.ts';
import type { StateAt } from '../../contract/state-config.ts';
import type { SourceOptions } from '../../source/source.ts';
import { filled } from './arguments.ts';
import type { Command } from './command.ts';
import { type Asked, type Options, optional } from './option.ts';
import { config, output } from './options.ts';
import type { Said } from './said.ts';
import { configured, dependenciesOf, isJson, type Session, stateAtOf } from './session.ts';

/** Options of every command that looks into a state store. */
const storeOptions = {
  config: { ...config, says: 'the configuration that names the state store; default: sync.yaml' },
  state: optional('file', 'the file of the state store', filled, { conflicts: ['config'] }),
  output,
};

/** What these commands need of the process that they run in. */
export interface StoreSession {
  readonly destination: () => Promise<Destination<RunConfig>>;
  /** Reads and checks a configuration. */
  readonly configured: (path: string | undefined) => Promise<Configured<RunConfig>>;
  /** Where a configuration keeps its state. */
  readonly stateAt: (config: string | undefined) => Promise<StateAt>;
  readonly source: SourceOptions;
  readonly dependencies: Dependencies;
  readonly run: AbortController;
}

/** The store that was named, and how. */
interface NamedStore extends StoreSession {
  readonly path: StateAt;
  /** Reads the configuration that names it; absent where its file was named. */
  readonly config: (() => Promise<RunConfig>) | undefined;
}

type StoreAsked<O extends Options> = Asked<O & typeof storeOptions>;

/** A command that looks into a state store, or takes something out of it, without a run. */
export interface StoreCommand<O extends Options> extends Command<O & typeof storeOptions> {
  /** What it has to say. Throws ConfigFailure where there is no such state store, TransientFailure where a run has it. */
  said(asked: StoreAsked<O>, session: StoreSession): Promise<Said>;
}

/** Makes such a command of what is its own. */
export function storeCommand<O extends Options>(
  own: Omit<Command<O>, 'run' | 'problem'> & {
    readonly problem?: (asked: StoreAsked<O>) => string | undefined;
    readonly answer: (asked: StoreAsked<O>, store: NamedStore) => Promise<Said>;
  },
): StoreCommand<O> {
  const { answer, ...command } = own;
  const said = async (asked: StoreAsked<O>, session: StoreSession): Promise<Said> =>
    answer(asked, await named(asked as Asked<typeof storeOptions>, session));
  return {
    ...command,
    options: { ...storeOptions, ...own.options },
    said,
    run: async (asked, session) => {
      await print(await said(asked, storeSession(session)), session, asked as Asked<typeof storeOptions>);
      return 0;
    },
  };
}

async function named({ config, state }: Asked<typeof storeOptions>, session: StoreSession): Promise<NamedStore> {
  if (state !== undefined) return { ...session, path: state, config: undefined };
  const read = async (): Promise<RunConfig> => (await session.configured(config)).config;
  return { ...session, path: await session.stateAt(config), config: read };
}

/** What such a command needs of a session. */
export const storeSession = (session: Session): StoreSession => ({
  destination: session.destination,
  configured: (config) => configured(session, { config }, 'sync'),
  stateAt: (config) => stateAtOf(session, config),
  source: session.source,
  dependencies: dependenciesOf(session, ({ message }) => void session.output.error(message)),
  run: session.run,
});

/** Puts on stdout what a command has to say. */
export async function print(
  said: Said,
  session: Session,
  { output: format }: { readonly output: 'text' | 'json' | undefined },
): Promise<void> {
  const { output } = session;
  if (isJson(session, format)) for (const line of said.json) await output.json(line);
  else await output.text(said.text);
}
