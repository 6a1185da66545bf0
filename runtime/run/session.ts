import type { Connection, Dependencies, Destination, RunConfig, StreamConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import { type StateAt, stateAt } from '../contract/state-config.ts';
import type { WorkDatabase, WorkOptions } from '../duckdb/work-database.ts';
import type { Source, SourceOptions } from '../source/source.ts';
import { requireOwner, type StreamFacts } from '../state/file/owner.ts';
import { explainedRead } from '../state/file/store-failure.ts';
import type { LookedInto, StateDatabase } from '../state/state-database.ts';

/** What a session is opened for. */
interface SessionOptions<State> {
  readonly runId: string;
  readonly signal: AbortSignal;
  /** Opens the state store: to write it, or to look into it; undefined where there is none yet. */
  readonly openState: (
    work: WorkDatabase,
    options: Parameters<typeof StateDatabase.open>[1],
  ) => Promise<State | undefined>;
  /** Instead of the state store that the configuration names. */
  readonly stateAt?: StateAt | undefined;
  /** The streams that it may write; absent: all of the configuration. */
  readonly streams?: readonly StreamConfig[] | undefined;
}

/**
 * What is open for a run, or for a look at what a run would do: a connection, the source or a work database in its place, and
 * the state store, whose rate limits the connection goes on with.
 */
export class Session<C extends RunConfig, State extends LookedInto = LookedInto> {
  readonly config: C;
  readonly connection: Connection<C['streams'][number]>;
  readonly #destination: Destination<C>;
  readonly #options: SessionOptions<State>;
  readonly #dependencies: Dependencies;
  #place: { close(): Promise<void> } | undefined;
  #state: State | undefined;
  readonly #userAgent: string;
  #isProven = false;

  constructor(destination: Destination<C>, config: C, options: SessionOptions<State>, dependencies: Dependencies) {
    this.config = config;
    this.#destination = destination;
    this.connection = destination.connect(config, dependencies);
    this.#options = options;
    this.#dependencies = dependencies;
    this.#userAgent = `${destination.name}/${dependencies.version}`;
  }

  /** The state store; undefined where the configuration keeps none, or where there is nothing yet to look into. */
  get state(): State | undefined {
    return this.#state;
  }

  /** Opens the source that the configuration names, and the state store. Throws ConfigFailure where one of them cannot be had. */
  async openSource(options: SourceOptions): Promise<Source> {
    const { openSource } = await import('../source/open-source.ts');
    const source = await openSource(sourceOf(this.config), this.sourceOptions(options));
    this.#place = source;
    await this.#openState(source.work);
    return source;
  }

  /** What a source is opened with. */
  sourceOptions(options: SourceOptions): SourceOptions {
    const { environment } = this.#dependencies;
    return { ...options, environment, userAgent: this.#userAgent, stop: this.#options.signal };
  }

  /** Opens the state store, where one is kept: rows come another way. Throws ConfigFailure where it cannot be had. */
  async openStore(options: WorkOptions): Promise<void> {
    if (this.stateAt === undefined) return;
    // A database is loaded where one is needed: rows of Airbyte without a state store go without.
    const { WorkDatabase } = await import('../duckdb/work-database.ts');
    const work = await WorkDatabase.open(options);
    this.#place = work;
    await this.#openState(work);
  }

  /** Where the state store is; undefined where none is kept. */
  get stateAt(): StateAt | undefined {
    return this.#options.stateAt ?? stateAt(this.config.state);
  }

  async #openState(work: WorkDatabase): Promise<void> {
    if (this.stateAt === undefined) return;
    const { openState, runId, streams: written = this.config.streams } = this.#options;
    const { clock } = this.#dependencies;
    const streams = rememberedNames(this.#destination, written);
    this.#state = await openState(work, { path: this.stateAt, runId, clock, streams });
    if (this.#state === undefined) return;
    this.connection.quota?.restore(await this.#state.quota());
    if (this.#state.shared) this.connection.quota?.share?.(this.#state.shared);
  }

  /** What was thrown, in words that name the state store where its server is to blame; anything else is itself. */
  explained(error: unknown): unknown {
    return explainedRead(error, this.stateAt);
  }

  /** Proves that the credentials are accepted. Throws ConfigFailure otherwise. */
  async prove(): Promise<void> {
    await this.connection.prove(this.#options.signal);
    this.#isProven = true;
  }

  /** Throws ConfigFailure where the state store belongs to another workspace, or remembers other streams than these. */
  async requireOwner(streams: readonly StreamFacts[]): Promise<void> {
    const ownership = await this.#state?.ownership();
    if (ownership?.workspace !== undefined && !this.#isProven) await this.prove();
    await this.requireStreams(streams);
  }

  /** As much, without a request: whose workspace it is counts only where that has been proven. */
  async requireStreams(streams: readonly StreamFacts[]): Promise<void> {
    if (this.#state === undefined) return;
    const workspace = this.#isProven ? this.connection.workspace : undefined;
    requireOwner(await this.#state.ownership(), { workspace, streams }, this.stateAt!);
  }

  /** Ends the connection, and gives back the source or what is in its place. A state store that is written ends before. */
  async close(): Promise<void> {
    await this.connection.close();
    await this.#place?.close();
  }
}

/** The names that streams are remembered under. */
export const rememberedNames = (
  destination: Pick<Destination<RunConfig>, 'remembered'>,
  streams: readonly StreamConfig[],
): readonly string[] => streams.flatMap((stream) => destination.remembered?.(stream) ?? [stream.name]);

/** The configured source. Throws ConfigFailure where there is none to read from. */
function sourceOf({ source }: RunConfig) {
  if (source) return source;
  throw new ConfigFailure(
    'source: missing; expected `type: duckdb`, `arrow`, `clickhouse` or `databricks`, to read rows from.',
    {
      code: 'invalid_config',
    },
  );
}
