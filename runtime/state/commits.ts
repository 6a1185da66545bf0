import type { DuckDBConnection } from '@duckdb/node-api';
import { texts } from '../duckdb/parameters.ts';
import { Planned } from '../duckdb/planned.ts';
import { literal } from '../duckdb/sql.ts';
import type { Hold } from './file/hold.ts';
import { packedRows } from './packed-rows.ts';
import { stateTable } from './schema.ts';
import { appendRows } from './table-rows.ts';
import type { TableName, TableRow } from './tables.ts';

/** Rows by table. */
type Rows = { readonly [T in TableName]?: readonly TableRow<T>[] };
type Buffer = { -readonly [T in TableName]?: TableRow<T>[] };

/** Intents of a stream that are no more: what came of them is known. */
interface EndedIntents {
  readonly stream: string;
  readonly primaryKeys: readonly string[];
  readonly creates: 'only' | 'and others';
}

/** How many rows, and for how long, wait for others to share a commit with. */
export interface CommitLimits {
  readonly maxRows: number;
  readonly maxAgeMs: number;
}

// A commit costs some milliseconds, however much it holds; what is not committed is sent again after a crash.
const usualLimits: CommitLimits = { maxRows: 2_000, maxAgeMs: 1_000 };

interface CommitsOptions {
  /** What has the store for this run. */
  readonly hold: Hold;
  /** Puts what DuckDB throws into words. */
  readonly explain: (error: unknown) => unknown;
  readonly limits?: CommitLimits | undefined;
}

/**
 * Writes to the state store in transactions, one after another: what is added waits for others to share a commit with, by
 * number or by age. Once a commit has failed, so does everything after it.
 */
export class Commits {
  readonly #connection: DuckDBConnection;
  readonly #hold: Hold;
  readonly #explain: (error: unknown) => unknown;
  readonly #limits: CommitLimits;
  readonly #planned: Planned;
  readonly #latest = new Map<string, () => Promise<void>>();
  #buffer: Buffer = {};
  #count = 0;
  #ended: EndedIntents[] = [];
  #then: (() => Promise<void>)[] = [];
  #intents: TableRow<'intents'>[] = [];
  /** The commit that will have them, until it is under way. */
  #intending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tail: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #isRenewed = false;
  #renewedAt = Date.now();

  constructor(connection: DuckDBConnection, { hold, explain, limits = usualLimits }: CommitsOptions) {
    this.#connection = connection;
    this.#planned = new Planned(connection);
    this.#hold = hold;
    this.#explain = explain;
    this.#limits = limits;
    if (hold.renewEveryMs !== undefined) {
      this.#renewal = setInterval(() => this.#renew(), hold.renewEveryMs / 2).unref();
    }
  }

  /** What is held is renewed by each transaction: one without statements is made only where none came since. */
  #renew(): void {
    if (!this.#isRenewed) this.transact(async () => undefined).catch(() => undefined);
    this.#isRenewed = false;
  }

  /** Takes rows, and intents that came to their end with them: all of them in one commit, and what is to be done `then`. Resolves when there is room. */
  async add(rows: Rows, ended: readonly EndedIntents[] = [], then?: () => Promise<void>): Promise<void> {
    this.#throwIfFailed();
    if (then) this.#then.push(then);
    this.#ended.push(...ended.filter(({ primaryKeys }) => primaryKeys.length > 0));
    for (const [table, more] of Object.entries(rows)) {
      const waiting: unknown[] = this.#buffer[table as TableName] ?? [];
      waiting.push(...more);
      this.#buffer[table as TableName] = waiting as never;
      this.#count += more.length;
    }
    if (this.#count >= this.#limits.maxRows) return this.flush();
    this.#flushInTime();
  }

  #flushInTime(): void {
    // Durability is about the time of the machine: a simulated clock must not be moved by it.
    const { maxAgeMs } = this.#limits;
    if (this.#isPending) this.#timer ??= setTimeout(() => void this.flush().catch(() => undefined), maxAgeMs).unref();
  }

  /** Has something written with the next commit; what waited under the same name is written no more. */
  latest(name: string, write: () => Promise<void>): void {
    this.#throwIfFailed();
    this.#latest.set(name, write);
    this.#flushInTime();
  }

  /** Resolves when the intents are on disk. Those that come while a commit is under way share the next one. */
  intend(rows: readonly TableRow<'intents'>[]): Promise<void> {
    this.#intents.push(...rows);
    this.#intending ??= this.#hold.fence
      ? this.transact(() => this.#noteIntents())
      : this.#inTurn(() => this.#noteAlone());
    return this.#intending;
  }

  async #noteIntents(): Promise<void> {
    this.#intending = undefined;
    const planned = this.#hold.keepsPlans ? this.#planned : undefined;
    await appendRows(
      this.#connection,
      'intents',
      this.#intents.splice(0),
      planned && ((sql, texts) => planned.run(sql, texts)),
    );
  }

  /** Each request waits for this: one statement is a transaction without those that begin and end one. */
  async #noteAlone(): Promise<void> {
    // What other requests wait for by now shares it.
    await new Promise((turn) => setImmediate(turn));
    await this.#explained(() => this.#noteIntents());
    this.#hold.committed();
  }

  /** Resolves when everything that was added is on disk. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isPending) return this.#tail.then(() => this.#throwIfFailed());
    const buffer = this.#buffer;
    const ended = this.#ended;
    const latest = [...this.#latest.values()];
    this.#latest.clear();
    this.#buffer = {};
    this.#ended = [];
    const then = this.#then;
    this.#then = [];
    this.#count = 0;
    return this.transact(async () => {
      for (const [table, rows] of Object.entries(buffer)) {
        await appendRows(this.#connection, table as TableName, rows as never);
      }
      for (const intents of endedTogether(ended)) await deleteIntents(this.#connection, intents);
      for (const write of [...then, ...latest]) await write();
    });
  }

  /** Reads with everything that was added on disk, and no commit under way on the connection. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    await this.flush();
    const found = this.#tail.then(work);
    this.#tail = found.then(
      () => undefined,
      () => undefined,
    );
    return found;
  }

  /** Runs statements as one transaction, after those before. */
  transact(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(() => this.#transaction(work));
  }

  /** As `transact`, for statements that change what is of all streams, and that other runs may change. */
  transactAlone(work: () => Promise<void>): Promise<void> {
    const { alone = (transaction) => transaction() } = this.#hold;
    return this.#inTurn(() => alone(() => this.#transaction(work)));
  }

  #inTurn(transaction: () => Promise<void>): Promise<void> {
    const run = this.#tail.then(transaction);
    this.#tail = run.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return run;
  }

  async #transaction(work: () => Promise<void>): Promise<void> {
    const startedAt = Date.now();
    await this.#explained(async () => {
      await this.#connection.run('begin');
      await this.#hold.fence?.(this.#connection);
      await work();
      await this.#hold.fence?.(this.#connection);
      await this.#connection.run('commit');
    });
    this.#isRenewed = true;
    this.#renewedAt = startedAt;
    this.#hold.committed();
  }

  async #explained(statements: () => Promise<void>): Promise<void> {
    this.#throwIfFailed();
    try {
      await statements();
    } catch (error) {
      // Before anybody learns of it: a connection that is closed with a transaction ends the process where its server is gone.
      await this.#connection.run('rollback').catch(() => undefined);
      throw this.#explain(error);
    }
  }

  /** Resolves when what is held is held for some time yet: after a stop of the process, or of its machine, that must be found out. */
  async ensureHeld(): Promise<void> {
    const { renewEveryMs } = this.#hold;
    if (renewEveryMs === undefined) return;
    this.#throwIfFailed();
    if (Date.now() - this.#renewedAt < 3 * renewEveryMs) return;
    await this.transact(async () => undefined);
  }

  /** Resolves when nothing is under way any more. What was not committed is lost, and nothing can be added. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    clearInterval(this.#renewal);
    this.#failure ??= { error: new Error('The state store has been closed.') };
    await this.#tail;
    this.#planned.close();
  }

  get #isPending(): boolean {
    return this.#count > 0 || this.#ended.length > 0 || this.#latest.size > 0;
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

/** One for each stream and kind: to look for the intents costs more than to delete them. */
function endedTogether(ended: readonly EndedIntents[]): Iterable<EndedIntents> {
  const together = new Map<string, EndedIntents>();
  for (const one of ended) {
    const name = `${one.creates} of ${one.stream}`;
    const { primaryKeys = [] } = together.get(name) ?? {};
    together.set(name, { ...one, primaryKeys: [...primaryKeys, ...one.primaryKeys] });
  }
  return together.values();
}

async function deleteIntents(
  connection: DuckDBConnection,
  { stream, primaryKeys, creates }: EndedIntents,
): Promise<void> {
  const keys = packedRows(
    { primary_key: 'varchar' },
    primaryKeys.map((primary_key) => ({ primary_key })),
  );
  await connection.run(
    `delete from ${stateTable('intents')} where stream = ${literal(stream)} and primary_key in (${keys.sql})
       ${creates === 'only' ? 'and creates' : ''}`,
    ...texts(...keys.texts),
  );
}
