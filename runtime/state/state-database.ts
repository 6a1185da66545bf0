import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../contract/clock.ts';
import type { SentCall, Workspace } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { Mirror } from '../contract/mirror.ts';
import type { RateLimitState, SharedQuota } from '../contract/rate-limit-window.ts';
import type { StateAt } from '../contract/state-config.ts';
import type { Intended } from '../contract/state-store.ts';
import { literal } from '../duckdb/sql.ts';
import type { WorkDatabase } from '../duckdb/work-database.ts';
import type { RunAbout } from '../facts/about.ts';
import type { RejectLine } from '../facts/reject-line.ts';
import type { RunSummary } from '../facts/report.ts';
import type { EarlierRun } from '../facts/run-report.ts';
import { type CommitLimits, Commits } from './commits.ts';
import { compact, compactLarge, doubt, sayWho } from './compact.ts';
import type { Hold } from './file/hold.ts';
import { requireOwner, type StreamFacts } from './file/owner.ts';
import { keepOwner, ownershipOf } from './file/ownership.ts';
import { attachToRead, holdStore } from './file/store.ts';
import { explainedWrite } from './file/store-failure.ts';
import { type InventoryProgress, inventoryProgress } from './inventory/inventory-store.ts';
import { mirrorOf } from './inventory/mirror.ts';
import { goOnAfterStored } from './next-place.ts';
import { keepQuota, quotaStates } from './runs/quota-windows.ts';
import { callRow, earlierRuns, markInterrupted, runningRow, runRow } from './runs/runs.ts';
import { noteFiled, unfiledRejects } from './runs/unfiled-rejects.ts';
import { stateTable, versionOf } from './schema.ts';
import type { StreamStateOptions } from './stream/stored-rows.ts';
import { StreamState } from './stream/stream-state.ts';
import { appendRows } from './table-rows.ts';
import { changesOfRun, UndoState } from './undo-state.ts';

interface StateOptions {
  /** Where the store is. */
  readonly path: StateAt;
  readonly runId: string;
  readonly clock: Clock;
  /** The streams that the run writes: where several runs share a store, it has these for itself. Absent: all. */
  readonly streams?: readonly string[] | undefined;
  /** The token of leases that were taken for this run before. */
  readonly lease?: string | undefined;
  /** When commits are made, where not as usual. */
  readonly commits?: CommitLimits | undefined;
}

type OfStream = Pick<StreamStateOptions, 'stream' | 'version' | 'idsOnly' | 'object'>;

/** The state store of a run: a DuckDB file, or tables on a server, attached where rows are compared. */
export class StateDatabase {
  readonly #work: WorkDatabase;
  readonly #connection: DuckDBConnection;
  readonly #options: StateOptions;
  readonly #began: number;
  readonly #commits: Commits;
  readonly #hold: Hold;
  /** Rate limits that other runs over the store share; absent where it has one run at a time. */
  readonly shared: SharedQuota | undefined;
  #quota = '';
  #isOwned = false;
  #ownership: ReturnType<typeof ownershipOf> | undefined;

  private constructor(work: WorkDatabase, connection: DuckDBConnection, options: StateOptions, hold: Hold) {
    this.#work = work;
    this.#connection = connection;
    this.#options = options;
    this.#began = options.clock.now();
    this.#hold = hold;
    this.#commits = new Commits(connection, {
      hold,
      explain: (error) => explainedWrite(error, options.path),
      limits: options.commits,
    });
    const ready = () => this.#commits.ensureHeld();
    this.shared = hold.share?.({ clock: options.clock, ready });
  }

  /** Opens the store, made where there is none, for this run alone, or its streams. Throws a Failure where that cannot be. */
  static async open(work: WorkDatabase, options: StateOptions): Promise<StateDatabase> {
    const { path, runId, clock, streams, lease } = options;
    const hold = await holdStore(work, path, { runId, now: clock.now(), streams, lease, make: true });
    try {
      const connection = await work.connect();
      const state = new StateDatabase(work, connection, options, hold);
      await state.#begin();
      return state;
    } catch (error) {
      await hold.release();
      throw error;
    }
  }

  /** Takes over what an earlier run that was killed has left. */
  async #begin(): Promise<void> {
    await goOnAfterStored(this.#connection);
    const { runId, clock } = this.#options;
    const { streams } = this.#hold;
    await this.#compactLarge();
    await this.#commits.transact(async () => {
      await compact(this.#connection, streams);
      await doubt(this.#connection, streams);
    });
    await this.#commits.transactAlone(async () => {
      await requireNewRun(this.#connection, runId);
      await markInterrupted(this.#connection);
      await appendRows(this.#connection, 'runs', [runningRow(runId, clock.now())]);
    });
  }

  #compactLarge(): Promise<void> {
    const { memoryBytes } = this.#work;
    return compactLarge(this.#connection, this.#commits, { memoryBytes, only: this.#hold.streams });
  }

  stream(options: OfStream): Promise<StreamState> {
    return this.#stream(options, this.#commits);
  }

  /** As `stream`, before any stream is written: to be looked into and left as it is. */
  look(options: OfStream): Promise<StreamState> {
    return this.#stream(options, undefined);
  }

  async #stream(options: OfStream, commits: Commits | undefined): Promise<StreamState> {
    const { runId, clock } = this.#options;
    const [connection, work, began] = [this.#connection, this.#work, this.#began];
    const read = <T>(ask: () => Promise<T>): Promise<T> => this.#commits.read(ask);
    const all = { ...options, connection, commits, read, runId, clock, began, isCompacted: true, work };
    return StreamState.open(all, await this.#read((on) => intendedOf(on, options.stream)));
  }

  /** Whom the store belongs to. No one else can change it while it is open. */
  ownership(): ReturnType<typeof ownershipOf> {
    this.#ownership ??= this.#read(ownershipOf);
    return this.#ownership;
  }

  /** Keeps whom it belongs to from now on. Throws ConfigFailure where another run has just said that it is another workspace's. */
  async own(workspace: Workspace | undefined, streams: readonly StreamFacts[]): Promise<void> {
    this.#isOwned = true;
    this.#ownership = undefined;
    const { path, runId } = this.#options;
    await this.#commits.transactAlone(async () => {
      requireOwner(await ownershipOf(this.#connection), { workspace, streams: [] }, path);
      await keepOwner(this.#connection, { workspace, streams, runId });
    });
  }

  /** What a run has changed and no run has undone. Throws ConfigFailure where there was no such run. */
  changesOfRun(named: string): ReturnType<typeof changesOfRun> {
    return this.#read((connection) => changesOfRun(connection, named));
  }

  /** Where to keep what is learned while a run is undone in one stream. */
  undoing(stream: string, undone: string): UndoState {
    const { runId, clock } = this.#options;
    return new UndoState(this.#connection, this.#commits, stream, { undone, runId, clock });
  }

  /** Notes a request that was made. Its failure shows with the next outcome. */
  noteCall(call: SentCall): void {
    const added = this.#commits.add({ calls: [callRow(this.#options.runId, call)] });
    added.catch(() => undefined);
  }

  /** The rate limits of the workspace that the store belongs to, as they were kept. */
  async quota(): Promise<Readonly<Record<string, RateLimitState>>> {
    return this.#read(quotaStates);
  }

  /**
   * Keeps the rate limits of a workspace, as they are now, once it owns the store. They change with every call, and share a
   * commit with others.
   */
  async keepQuota(workspace: Workspace, states: Readonly<Record<string, RateLimitState>>): Promise<void> {
    const text = JSON.stringify(states);
    if (this.shared !== undefined || !this.#isOwned || text === this.#quota) return;
    this.#quota = text;
    this.#commits.latest('quota', () => keepQuota(this.#connection, workspace, states));
  }

  /** Rejections of earlier runs that may not stand in the rejects file. */
  unfiledRejects(): Promise<readonly RejectLine[]> {
    return this.#read((connection) => unfiledRejects(connection, this.#hold.streams));
  }

  /** Resolves when everything that was handed in is on disk. */
  flush(): Promise<void> {
    return this.#commits.flush();
  }

  /**
   * Commits everything and compacts the journal; `filesAll`: all rejections stand in the rejects file. Returns what could not be
   * tidied up: the run has succeeded all the same.
   */
  async finish({ filesAll = false } = {}): Promise<string | undefined> {
    await this.#commits.flush();
    const { streams } = this.#hold;
    await this.#compactLarge();
    await this.#commits.transact(async () => {
      if (filesAll) await noteFiled(this.#connection, streams);
      await compact(this.#connection, streams);
      await this.#connection.run(sayWho(streams));
    });
    const { tidy } = this.#hold;
    return tidy && this.#read(tidy);
  }

  /** The runs before this one, the last one first. */
  earlierRuns(): Promise<readonly EarlierRun[]> {
    return this.#read((connection) => earlierRuns(connection, this.#options.runId));
  }

  /** Calls are noted at any time, and so a commit may be made at any time too. */
  #read<T>(ask: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#commits.read(() => ask(this.#connection));
  }

  async keepSummary(summary: RunSummary, about: RunAbout): Promise<void> {
    const { runId } = this.#options;
    await this.#commits.transact(async () => {
      await this.#connection.run(`delete from ${stateTable('runs')} where run_id = ${literal(runId)}`);
      await appendRows(this.#connection, 'runs', [runRow(summary, about)]);
    });
  }

  /** Gives the store back; what was not committed is lost. The work database it is attached to must still be open. */
  async close(): Promise<void> {
    await this.shared?.close();
    await this.#commits.end();
    this.#work.release(this.#connection);
    await this.#hold.release();
  }
}

/** Throws ConfigFailure where an earlier run has this id: what is kept of the two could not be distinguished. */
async function requireNewRun(connection: DuckDBConnection, runId: string): Promise<void> {
  const taken = await connection.runAndReadAll(
    `select 1 from ${stateTable('runs')} where run_id = ${literal(runId)} limit 1`,
  );
  if (taken.getRows().length === 0) return;
  const message =
    `--run-id ${runId}: the state store has a run of this id already. Nothing was sent. Give each run an id of its own, ` +
    'a repeated one too, such as the id of your orchestrator with the number of the attempt; or leave --run-id out.';
  throw new ConfigFailure(message, { code: 'run_id_taken' });
}

/** A state store that is looked into and left as it is. */
export interface LookedInto {
  readonly shared?: SharedQuota | undefined;
  look(options: OfStream): Promise<StreamState>;
  /** The rate limits of the workspace that the store belongs to, as they were kept. */
  quota(): Promise<Readonly<Record<string, RateLimitState>>>;
  /** Whom the store belongs to. */
  ownership(): ReturnType<typeof ownershipOf>;
  /** What a run has changed and no run has undone. Throws ConfigFailure where there was no such run. */
  changesOfRun(named: string): ReturnType<typeof changesOfRun>;
  /** What an inventory knows of an object, for one estimate; undefined where it does not know everything. */
  mirror?(object: string): Promise<Mirror | undefined>;
  /** How far the inventory of an object has been read; undefined where nothing was. */
  inventory?(object: string): Promise<InventoryProgress | undefined>;
}

/** The state store, to look into; undefined where there is none, or none that this program can read. */
export async function readState(
  work: WorkDatabase,
  { path, runId, clock }: StateOptions,
): Promise<LookedInto | undefined> {
  if (!(await attachToRead(work, path))) return undefined;
  const connection = await work.connect();
  // What is read of it is as it was in the first version.
  if ((await versionOf(connection, path)) === 0) return undefined;
  return {
    async look(options) {
      const asked = { runId, clock, began: clock.now(), isCompacted: false };
      const all = { ...options, ...asked, connection, commits: undefined, read: alone, work };
      return StreamState.open(all, await intendedOf(connection, options.stream));
    },
    quota: () => quotaStates(connection),
    ownership: () => ownershipOf(connection),
    changesOfRun: (named) => changesOfRun(connection, named),
    mirror: async (object) => mirrorOf(await work.connect(), object),
    inventory: (object) => inventoryProgress(connection, object),
  };
}

/** Nothing is committed on the connection of a store that is looked into. */
const alone = <T>(ask: () => Promise<T>): Promise<T> => ask();

/** What was about to be created when the run could not note any more how that ended. Few: they were in flight. */
async function intendedOf(connection: DuckDBConnection, stream: string): Promise<ReadonlyMap<string, Intended>> {
  const found = await connection.runAndReadAll(
    `select primary_key, case when count(distinct fingerprint) = 1 then any_value(fingerprint) else '' end,
       epoch_ms(min("at"))::double, arg_max(match_key, "at")
     from ${stateTable('intents')} where creates and stream = ${literal(stream)} group by primary_key`,
  );
  return new Map(
    found.getRows().map(([key, fingerprint, at, matchKey]) => {
      const named = matchKey === null ? {} : { matchKey: String(matchKey) };
      return [String(key), { fingerprint: String(fingerprint), at: Number(at), ...named }];
    }),
  );
}
