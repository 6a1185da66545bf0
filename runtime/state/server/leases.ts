import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { TransientFailure } from '../../contract/failure.ts';
import type { ServerState } from '../../contract/state-config.ts';
import { identifier, literal } from '../../duckdb/sql.ts';
import type { Holder } from '../file/hold.ts';
import { IDLE_TIMEOUT, type ServerClient } from './client.ts';
import { storeText } from './parameters.ts';
import { LEASE_LOST } from './server-failure.ts';

/** A lease that is not renewed for so long is lost, by the clock of the database. */
const leaseSeconds = 60;
const now = `(clock_timestamp() at time zone 'utc')`;
const soon = `${now} + interval '${leaseSeconds} s'`;

/** For how long a transaction that has a lease is waited for, before it is looked at. */
const lockTimeoutMs = 5_000;

/** By process of the server: what it has got of a COPY. */
type Stuck = ReadonlyMap<unknown, unknown>;

/** The server's `lock_not_available`. */
const isLockTimeout = (error: unknown): boolean =>
  error instanceof TransientFailure && (error.cause as { readonly code?: string } | undefined)?.code === '55P03';

/** The name of a lease on all streams. */
const EVERY_STREAM = '*';

/** Leases on streams of a state store: each has one writer, and who has lost one commits nothing more. */
export class Leases {
  /** undefined: all of them. */
  readonly streams: readonly string[] | undefined;
  readonly #client: ServerClient;
  readonly #table: string;
  readonly #token: string;

  private constructor(
    client: ServerClient,
    table: string,
    { streams, lease = randomUUID() }: Pick<Holder, 'streams' | 'lease'>,
  ) {
    this.#client = client;
    this.#table = table;
    this.#token = lease;
    this.streams = streams;
  }

  /** Takes all of them, or none. Throws TransientFailure that names who has one. */
  static async take(
    client: ServerClient,
    at: ServerState,
    holder: Pick<Holder, 'runId' | 'streams' | 'lease'>,
  ): Promise<Leases> {
    const leases = new Leases(client, `${identifier(at.schema)}.leases`, holder);
    for (let stuck: Stuck = new Map(); ; ) {
      try {
        await client.transact(() => leases.#take(at, holder.runId));
        return leases;
      } catch (error) {
        if (!isLockTimeout(error)) throw error;
        stuck = await leases.#endStuck(stuck);
      }
    }
  }

  /** As `take`; undefined where another run has one of them. */
  static async takeFree(...asked: Parameters<typeof Leases.take>): Promise<Leases | undefined> {
    try {
      return await Leases.take(...asked);
    } catch (error) {
      if (error instanceof TransientFailure && error.code === 'state_in_use') return undefined;
      throw error;
    }
  }

  /** What the leases are known by: who takes them again with it has them for another purpose of the same run. */
  get token(): string {
    return this.#token;
  }

  async #take(at: ServerState, runId: string): Promise<void> {
    // Who takes leases does so alone: two that take one of each other's would both wait, or both have it.
    await this.#client.rows(`select pg_advisory_xact_lock(hashtext('leases'), hashtext($1))`, [at.schema]);
    // What was taken for this run before is no one else's.
    await this.release();
    const names = this.#names;
    // A lease on all streams and one on a single stream are in each other's way.
    const inTheWay = '($2 or stream = any($1) or stream = $3)';
    const wanted = [names, this.streams === undefined, EVERY_STREAM];
    const taken = await this.#client.rows(
      `select stream, run_id, holder from ${this.#table} where expires_at > ${now} and ${inTheWay} order by stream limit 1`,
      wanted,
    );
    if (taken[0] !== undefined) throw inUse(at, taken[0]);
    // A writer that is about to renew one of these has it still: this waits for its end, and then sees that.
    await this.#client.rows(`set local lock_timeout = '${lockTimeoutMs}ms'`);
    await this.#client.rows(`delete from ${this.#table} where expires_at <= ${now} and ${inTheWay}`, wanted);
    const left = await this.#client.rows(
      `select stream, run_id, holder from ${this.#table} where ${inTheWay} order by stream limit 1`,
      wanted,
    );
    if (left[0] !== undefined) throw inUse(at, left[0]);
    await this.#client.rows(
      `insert into ${this.#table} (stream, run_id, holder, token, taken_at, expires_at)
       select stream, $2, $3, $4, ${now}, ${soon} from unnest($1::text[]) as stream`,
      [names, runId, `process ${pid} on ${hostname()}`, this.#token],
    );
  }

  /**
   * Ends the transactions of processes that were stopped while they sent rows. The server ends who is idle in a transaction, and not who
   * has begun a COPY: it would wait for the rest of that for ever, and this run with it. One that has got nothing since the last look, and
   * is older than a lease lasts, is ended. Resolves with how much each of them has got by now.
   */
  async #endStuck(before: Stuck): Promise<Stuck> {
    const found = await this.#client.rows(
      `select pid, coalesce(bytes_processed, 0)::float8 as bytes from pg_stat_activity join pg_locks using (pid)
         left join pg_stat_progress_copy using (pid)
       where locktype = 'transactionid' and granted and transactionid in (select xmax from ${this.#table} where expires_at <= ${now})
         and wait_event = 'ClientRead' and xact_start < clock_timestamp() - interval '${leaseSeconds} s'`,
    );
    for (const { pid, bytes } of found) {
      if (before.get(pid) === bytes) await this.#client.rows('select pg_terminate_backend($1)', [pid]);
    }
    return new Map(found.map(({ pid, bytes }) => [pid, bytes]));
  }

  get #names(): readonly string[] {
    return this.streams ?? [EVERY_STREAM];
  }

  /** The statement that renews them all; it fails where one of them is lost. */
  get fence(): string {
    return `do $lease$ declare renewed integer; begin
      perform set_config('idle_in_transaction_session_timeout', '${IDLE_TIMEOUT}', true);
      update ${this.#table} set expires_at = ${soon} where token = ${literal(this.#token)};
      get diagnostics renewed = row_count;
      if renewed < ${this.#names.length} then raise exception ${literal(LEASE_LOST)}; end if; end $lease$`;
  }

  async release(): Promise<void> {
    await this.#client.rows(`delete from ${this.#table} where token = $1`, [this.#token]);
  }
}

/** Its run ends, or is not heard of for a minute, and then this one can be made. */
function inUse(at: ServerState, { stream, run_id, holder }: Readonly<Record<string, unknown>>): TransientFailure {
  const what = stream === EVERY_STREAM ? 'all streams are' : `the stream ${String(stream)} is`;
  return new TransientFailure(
    `${storeText(at)}: ${what} in use by run ${String(run_id)} (${String(holder)}). Nothing was sent; run again when that one has ended: one that was killed has its streams for ${leaseSeconds} seconds more.`,
    { code: 'state_in_use', delivery: 'not-delivered' },
  );
}
